"""From a tree back to YAML: what a rule is after templates and ``for_each``."""

from __future__ import annotations

from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.tag import Tag

from interlock.config.core_schema import resolve
from interlock.config.nodes import ListNode, MapNode, Node, ScalarNode

_WIDTH = 110


def text_of(node: Node) -> str:
    """Return a tree as YAML that is read as the same; a secret stays its name."""
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump(_plain(node), out)
    return out.getvalue()


def origin_of(node: Node) -> str:
    """Return where a rule stands, and what it was made from where it was not written so."""
    place = f"{node.mark.source.name}:{node.mark.line}"
    origin = node.origin if isinstance(node, MapNode) else ""
    return f"{place}, {origin}" if origin else place


def _plain(node: Node) -> object:
    match node:
        case MapNode():
            return CommentedMap((name, _plain(value)) for name, value in node.entries.items())
        case ListNode():
            return CommentedSeq(_plain(item) for item in node.items)
        case ScalarNode():
            return _scalar(node)


def _scalar(node: ScalarNode) -> object:
    if node.tag:
        return TaggedScalar(node.text, tag=Tag(suffix=node.tag))
    if not isinstance(node.value, str):
        return node.value
    if "\n" in node.text:
        return LiteralScalarString(node.text)
    # Words such as on and 12:30 are texts here, and need quotes only for other readers of YAML.
    is_word = resolve(node.text) == node.text if node.text else False
    return node.text if is_word else DoubleQuotedScalarString(node.text)
