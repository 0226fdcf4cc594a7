"""HTML as elements: whatever a text contains, it is written as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, tostring

from interlock.simulation.report.values import Table


def element(tag: str, *children: Element | str, **attributes: str) -> Element:
    """Return an element with texts and elements in it.

    Args:
        tag: Its name.
        children: In order; texts are escaped.
        attributes: By name, with underscores for hyphens; one at the end is left out (``class_``).
    """
    made = Element(tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + child
        else:
            made.text = (made.text or "") + child
    return made


def as_document(root: Element) -> str:
    """Return a whole HTML document."""
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}\n"


def named(tag: str, text: str, **attributes: str) -> Element:
    """Return an element with a text of somebody else's, in whichever direction it runs."""
    return element(tag, text, dir="auto", **attributes)


def table_of(table: Table) -> Element:
    """Return a table, or what is said in its place where it has no rows."""
    if not table.rows:
        return named("p", table.if_empty, class_="empty")
    sides = [_side(column) for column in zip(*table.rows, strict=True)]
    header = element(
        "tr", *(named("th", text, **side) for text, side in zip(table.header, sides, strict=True))
    )
    rows = [_row(row, sides, number in table.emphasis) for number, row in enumerate(table.rows)]
    inner = element("table", element("thead", header), element("tbody", *rows))
    return element("div", inner, class_="scrolling")


def _row(texts: Sequence[str], sides: Sequence[dict[str, str]], is_striking: bool) -> Element:
    cells = [named("td", text, **side) for text, side in zip(texts, sides, strict=True)]
    return element("tr", *cells, **({"class": "striking"} if is_striking else {}))


_NUMBER = re.compile(r"[-+−]?\d[\d.,]*(\s?[^\s\d]{1,4})?|[-–—]?")
"""A number, maybe with a unit, or the sign that there is none."""


def _side(column: Sequence[str]) -> dict[str, str]:
    return {"class": "number"} if all(map(_NUMBER.fullmatch, column)) else {}
