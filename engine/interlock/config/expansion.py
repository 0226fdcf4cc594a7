"""One rule for many rooms: ``for_each`` and templates, expanded into plain rules.

A row gives names to values. ``{{ room }}`` alone in braces is replaced wherever it stands in the rule, in
names of devices too; in expressions the names can also be used bare, because each row becomes the rule's
``variables``. What is found in an expanded rule says which row it is of, and where the template is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from interlock.capabilities import nearest
from interlock.config.nodes import MapNode, Node, ScalarNode
from interlock.config.parameters import Parameter, read_parameters
from interlock.config.rows import FOR_EACH, Row, described, names_in, rows_of, substituted
from interlock.config.sections import as_text, entries_of, items_of, without
from interlock.config.validation import check_keys
from interlock.errors import Diagnostic

_USE_KEYS = ("use", "with", FOR_EACH)
_SECTIONS = ("rules", "interlocks")
_TEMPLATE_KEYS = ("template", *_SECTIONS)


def is_made(node: Node) -> TypeGuard[MapNode]:
    """Whether an item of a list of rules stands for others."""
    return isinstance(node, MapNode) and ("use" in node.entries or FOR_EACH in node.entries)


class Expansion:
    """Expands the rules of a site, or its interlocks.

    Args:
        read: Returns the tree of a template's file, by its name as it is written and the place of that.
        problems: Findings are appended to it.
        section: Which of a template's lists is taken: ``rules`` or ``interlocks``.
    """

    def __init__(
        self,
        read: Callable[[ScalarNode], Node | None],
        problems: list[Diagnostic],
        section: str = "rules",
    ) -> None:
        self._read = read
        self._problems = problems
        self._section = section

    def of(self, node: Node) -> Iterator[Node]:
        """Yield the rules that an item of a list of rules stands for."""
        if isinstance(node, MapNode) and "use" in node.entries:
            yield from self._used(node)
        elif isinstance(node, MapNode) and FOR_EACH in node.entries:
            own = without(node, FOR_EACH)
            for row in rows_of(node.entries[FOR_EACH], self._problems):
                yield _with_row(own, row, described(row))
        else:
            yield node

    def _used(self, node: MapNode) -> Iterator[Node]:
        check_keys(node, _USE_KEYS, self._problems)
        file = as_text(node, "use", "'use'", "write 'use: templates/NAME.yaml'", self._problems)
        given = entries_of(node.entries.get("with"), "'with'", self._problems)
        template = self._template(file) if file else None
        if template is None:
            return
        rows = rows_of(node.entries[FOR_EACH], self._problems) if FOR_EACH in node.entries else [{}]
        asked = set(names_in(given)) if given else set()
        for row in rows:
            self._check_names(template, row, asked)
            arguments = substituted(given, row) if given else None
            chosen = template.row(arguments, row, node, self._problems)
            if chosen is None:
                continue
            place = f"used at {node.mark.source.name}:{node.mark.line}"
            for rule in template.items:
                yield _with_row(rule, chosen, ", ".join(filter(None, (described(chosen), place))))

    def _check_names(self, template: _Template, row: Row, asked: Collection[str]) -> None:
        """Report a name of a row that is like a parameter's; rows may hold more than one template takes."""
        for name, node in row.items():
            meant = nearest(name, template.parameters)
            is_other = name not in template.parameters and name not in asked
            if is_other and meant and meant not in row:
                message, hint = template.no_parameter(name), template.known(name)
                self._problems.append(node.mark.diagnostic(message, hint=hint))

    def _template(self, file: ScalarNode) -> _Template | None:
        node = self._read(file)
        entries = entries_of(node, "a template's file", self._problems) if node else None
        if entries is None:
            return None
        check_keys(entries, _TEMPLATE_KEYS, self._problems)
        header = entries_of(entries.entries.get("template"), "'template'", self._problems)
        if header is None:
            message = "this is no template: it needs the key 'template' with its 'parameters'"
            self._problems.append(entries.mark.diagnostic(message))
            return None
        parameters = read_parameters(header, self._problems)
        items = tuple(items_of(entries.entries.get(self._section), self._section, self._problems))
        if not items and not self._has_own(entries):
            message = f"the template has no '{self._section}' to be used here"
            self._problems.append(file.mark.diagnostic(message))
        return None if parameters is None else _Template(parameters, items)

    def _has_own(self, template: MapNode) -> bool:
        """Whether a template has the list that is wanted, be it empty, or none at all."""
        return self._section in template.entries or template.entries.keys().isdisjoint(_SECTIONS)


@dataclass(frozen=True, slots=True)
class _Template:
    parameters: Mapping[str, Parameter]
    items: Sequence[Node]

    def row(self, given: MapNode | None, row: Row, use: MapNode, problems: list[Diagnostic]) -> Row | None:
        """Return the value of each parameter; None after a finding."""
        entries = dict(given.entries) if given else {}
        keys = given.keys if given else {}
        # A row whose names are the parameters' needs no 'with'.
        entries = {name: node for name, node in row.items() if name in self.parameters} | entries
        found = {
            name: parameter.value(entries.get(name), use.mark, problems)
            for name, parameter in self.parameters.items()
        }
        unknown = [name for name in entries if name not in self.parameters]
        for name in unknown:
            problems.append(keys[name].diagnostic(self.no_parameter(name), hint=self.known(name)))
        values = {name: value for name, value in found.items() if value is not None}
        return None if unknown or len(values) < len(found) else values

    def no_parameter(self, name: str) -> str:
        """Return what is said of a name that is no parameter."""
        return f"the template has no parameter '{name}'"

    def known(self, name: str) -> str:
        """Return the hint for such a name."""
        meant = nearest(name, self.parameters)
        listed = f"it has {', '.join(self.parameters)}" if self.parameters else ""
        return f"did you mean '{meant}'?" if meant else listed


def _with_row(rule: Node, row: Row, origin: str) -> Node:
    """Return a rule for one row: its names replaced, its id its own, its values among the variables."""
    if not isinstance(rule, MapNode):
        return rule
    expanded = substituted(rule, row)
    entries, keys = dict(expanded.entries), dict(expanded.keys)
    written = rule.entries.get("id")
    name = entries.get("id")
    if isinstance(name, ScalarNode) and isinstance(written, ScalarNode) and name.text == written.text and row:
        suffix = "-".join(re.sub(r"[^\w.-]", "_", node.text) for node in list(row.values())[:1])
        entries["id"] = _text(name, f"{name.text}-{suffix}")
    own = entries.get("variables")
    mark = own.mark if own else rule.mark
    before = own.entries if isinstance(own, MapNode) else {}
    marks = own.keys if isinstance(own, MapNode) else {}
    if row and (own is None or isinstance(own, MapNode)):
        entries["variables"] = MapNode(mark, {**row, **before}, dict.fromkeys(row, mark) | dict(marks))
        keys.setdefault("variables", mark)
    return MapNode(rule.mark, entries, keys, origin)


def _text(node: ScalarNode, text: str) -> ScalarNode:
    return replace(node, value=text, text=text)
