"""The trees of a site's files, kept from one reading of the site to the next.

A file whose text is the same gives the very tree that it gave before, and a rule that was made of the same
nodes of a template is the very node that it was. So whoever reads further knows by identity what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from interlock.config.nodes import Mark, Node, SourceFile
from interlock.config.reader import Resolver, parse_yaml
from interlock.errors import Diagnostic


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a tag such as ``!secret`` stood for."""

    tag: str
    text: str
    mark: Mark
    value: str | None


@dataclass(frozen=True, slots=True)
class _Tree:
    source: SourceFile
    node: Node | None
    problems: tuple[Diagnostic, ...]
    asked: tuple[_Asked, ...]


@dataclass(frozen=True, slots=True)
class _Expanded:
    node: Node
    template: Node | None
    made: tuple[Node, ...]
    problems: tuple[Diagnostic, ...]


class Trees:
    """What was read of one site's files."""

    def __init__(self) -> None:
        self._trees: dict[Path, _Tree] = {}
        self._expanded: dict[tuple[str, int], _Expanded] = {}

    def of(
        self, path: Path, source: SourceFile, problems: list[Diagnostic], tags: Mapping[str, Resolver]
    ) -> Node | None:
        """Return the tree of a file's text, as `parse_yaml` does."""
        known = self._trees.get(path)
        if known is None or known.source != source or not _say_the_same(known.asked, problems, tags):
            known = self._trees[path] = _parsed(source, problems, tags)
        problems += known.problems
        return known.node

    def expanded(
        self,
        section: str,
        node: Node,
        template: Node | None,
        problems: list[Diagnostic],
        expand: Callable[[list[Diagnostic]], Iterable[Node]],
    ) -> tuple[Node, ...]:
        """Return what an item of a list stands for.

        Args:
            section: The list's key: a template has rules and interlocks.
            node: The item.
            template: The tree of the template that it uses; None for none.
            problems: Findings are appended to it.
            expand: Makes it, and appends its findings to what it is given.
        """
        key = (section, id(node))
        known = self._expanded.get(key)
        if known is None or known.node is not node or known.template is not template:
            found: list[Diagnostic] = []
            made = tuple(expand(found))
            known = self._expanded[key] = _Expanded(node, template, made, tuple(found))
        problems += known.problems
        return known.made

    def keep(self, files: Iterable[Path], items: Iterable[Node]) -> None:
        """Forget what is not of these files, or was made of other items than these."""
        kept, alive = frozenset(files), frozenset(map(id, items))
        self._trees = {path: each for path, each in self._trees.items() if path in kept}
        self._expanded = {key: each for key, each in self._expanded.items() if key[1] in alive}


def _parsed(source: SourceFile, problems: list[Diagnostic], tags: Mapping[str, Resolver]) -> _Tree:
    own: list[Diagnostic] = []
    asked: list[_Asked] = []

    def noting(tag: str) -> Resolver:
        def resolve(text: str, mark: Mark, _: list[Diagnostic]) -> str | None:
            # What is wrong with a secret is no property of this text: it is found anew each time.
            value = tags[tag](text, mark, problems)
            asked.append(_Asked(tag, text, mark, value))
            return value

        return resolve

    node = parse_yaml(source, own, {tag: noting(tag) for tag in tags})
    return _Tree(source, node, tuple(own), tuple(asked))


def _say_the_same(asked: Iterable[_Asked], problems: list[Diagnostic], tags: Mapping[str, Resolver]) -> bool:
    """Whether each tag stands for what it stood for. What is found is found again, and counts once."""
    values = [tags[each.tag](each.text, each.mark, problems) for each in asked]
    return values == [each.value for each in asked]
