"""XML replies as values: the wall where XML ends.

What the manual leaves open is read either way: the root's name, the case of tags, the order of elements, more
elements than were asked for. What is no XML is reported and never repaired. What could do harm begins with a
document type: entities that grow, and files and pages from elsewhere. No reply has one, and it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.parsers import expat

_FIRST_PIECE = 4 * 1024
"""Bytes, in which the root element has begun already."""
_LARGEST_PIECE = 256 * 1024
"""Bytes that are parsed at a time: the parser lets nothing else run meanwhile, some milliseconds."""
_NAMESPACE_ENDS = "}"
"""As the parser that makes the tree has it."""

Values = Mapping[str, str]
"""The texts of attributes by their names in small letters, blanks and all."""


class NoReply(ValueError):
    """What came back is no reply of this API; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One element for something that matched the selection."""

    values: Values
    records: Sequence[Values] = ()
    """The elements named History within it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A reply."""

    success: int
    """1 is success; everything else is not."""
    message: str = ""
    items: Sequence[Item] = ()


def parse_document(body: bytes, object_name: str) -> Document:
    """Return the reply in a body.

    Args:
        body: The whole body.
        object_name: The items to take, in any case: ``Thermostat``.

    Raises:
        NoReply: it is no XML, declares entities or a document type, or does not say whether it succeeded.
    """
    # A blank line before the declaration is what a CGI script adds most easily.
    root = _parse(body.lstrip())
    said, wanted = _values(root), object_name.lower()
    return Document(
        success=_success(said),
        message=said.get("message", "").strip(),
        items=tuple(_item(child) for child in root if _in_small_letters(child.tag) == wanted),
    )


def _parse(body: bytes) -> Element:
    """Return the root element of a body.

    Raises:
        NoReply: it is no XML, or declares a document type.
    """
    prolog, tree = _Prolog(), XMLParser()
    try:
        for piece in _pieces(body):
            prolog.look(piece)
            tree.feed(piece)
        prolog.look(b"", is_last=True)
        return tree.close()
    except _Declared:
        raise NoReply("declares entities or a document type, which are refused") from None
    except (ParseError, expat.ExpatError) as error:
        raise NoReply(f"is no XML: {error}") from None
    except (ValueError, LookupError):
        raise NoReply("is no XML: its encoding is unknown") from None


def _pieces(body: bytes) -> Iterator[bytes]:
    """Yield a body in pieces that grow: what is cut in two is parsed again from its beginning."""
    start, size = 0, _FIRST_PIECE
    while start < len(body):
        yield body[start : start + size]
        start, size = start + size, min(2 * size, _LARGEST_PIECE)


class _Declared(Exception):
    """A document type is declared."""


class _Prolog:
    """What stands before the root element, the only place where a document type can be declared.

    It is read by the same parser in the same encoding as the tree, before the tree's parser sees it.
    """

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=_NAMESPACE_ENDS)
        self._parser.StartDoctypeDeclHandler = _refuse_declaration
        self._parser.StartElementHandler = self._end
        self._is_over = False

    def look(self, piece: bytes, *, is_last: bool = False) -> None:
        """Look at the next piece of a body, where the root element has not begun yet.

        Raises:
            _Declared: a document type is declared.
            ExpatError: it is no XML.
            ValueError, LookupError: its encoding is unknown.
        """
        if not self._is_over:
            self._parser.Parse(piece, is_last)

    def _end(self, _name: str, _attributes: Mapping[str, str]) -> None:
        self._is_over = True


def _refuse_declaration(*_: object) -> NoReturn:
    raise _Declared


def _success(said: Values) -> int:
    text = said.get("success", "").strip()
    try:
        return int(text)
    except ValueError:
        raise NoReply(f"says '{text}' instead of success" if text else "says nothing of success") from None


@lru_cache(maxsize=1024)
def _in_small_letters(tag: str) -> str:
    """Return a tag without its namespace; a reply for hundreds of thermostats has a few, again and again."""
    return tag.rpartition("}")[2].lower()


def _item(element: Element) -> Item:
    values = _values(element)
    records: Sequence[Values] = ()
    if "history" in values:
        records = tuple(_values(child) for child in element if _in_small_letters(child.tag) == "history")
    return Item(values=values, records=records)


def _values(element: Element) -> Values:
    """Return the texts of an element's children; of several with one name the first counts."""
    values: dict[str, str] = {}
    for child in element:
        values.setdefault(_in_small_letters(child.tag), child.text or "")
    return values
