"""XML replies as values: the only importer of defusedxml, and the wall where XML ends.

What the manual leaves open is read either way: the root's name, the case of tags, the order of elements, more
elements than were asked for. What is no XML is reported and never repaired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

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
    try:
        # A blank line before the declaration is what a CGI script adds most easily.
        root = ElementTree.fromstring(body.lstrip(), forbid_dtd=True)
    except DefusedXmlException:
        raise NoReply("declares entities or a document type, which are refused") from None
    except ParseError as error:
        raise NoReply(f"is no XML: {error.msg}") from None
    except (ValueError, LookupError):
        raise NoReply("is no XML: its encoding is unknown") from None
    return Document(
        success=_success(root),
        message=next(_texts(root, "message"), "").strip(),
        items=tuple(_item(child) for child in root if _name(child) == object_name.lower()),
    )


def _success(root: Element) -> int:
    text = next(_texts(root, "success"), "").strip()
    try:
        return int(text)
    except ValueError:
        raise NoReply(f"says '{text}' instead of success" if text else "says nothing of success") from None


def _texts(parent: Element, name: str) -> Iterator[str]:
    return (child.text or "" for child in parent if _name(child) == name)


def _name(element: Element) -> str:
    return _in_small_letters(element.tag)


@lru_cache(maxsize=1024)
def _in_small_letters(tag: str) -> str:
    """Return a tag without its namespace; a reply for hundreds of thermostats has a few, again and again."""
    return tag.rpartition("}")[2].lower()


def _item(element: Element) -> Item:
    values = _values(element)
    records: Sequence[Values] = ()
    if "history" in values:
        records = tuple(_values(child) for child in element if _name(child) == "history")
    return Item(values=values, records=records)


def _values(element: Element) -> Values:
    """Return the texts of an element's children; of several with one name the first counts."""
    values: dict[str, str] = {}
    for child in element:
        values.setdefault(_in_small_letters(child.tag), child.text or "")
    return values
