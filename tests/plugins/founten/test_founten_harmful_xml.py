"""XML that is out to do harm is refused, and exactly what defusedxml refuses."""

from __future__ import annotations

from xml.etree.ElementTree import ParseError

import pytest
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock_founten.replies import Document, NoReply, parse_document

REFUSED = "declares entities or a document type, which are refused"
RESULT = "<r><success>1</success></r>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
QUADRATIC = f"<r><success>1</success><message>{'&a;' * 50_000}</message></r>"

HARMFUL = {
    "a document type alone": f"<!DOCTYPE r>{RESULT}",
    "a document type from elsewhere": f'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">{RESULT}',
    "a public document type": f'<!DOCTYPE r PUBLIC "-//X//Y" "file:///etc/hostname">{RESULT}',
    "an empty subset": f"<!DOCTYPE r []>{RESULT}",
    "billion laughs": f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r><success>1</success><x>&l9;</x></r>',
    "quadratic blow-up": f'<!DOCTYPE r [<!ENTITY a "{"x" * 50_000}">]>{QUADRATIC}',
    "an entity from a file": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]><r>&a;</r>',
    "an entity of parameters": f'<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]>{RESULT}',
    "an entity that is not parsed": (
        f'<!DOCTYPE r [<!NOTATION n SYSTEM "n"><!ENTITY a SYSTEM "x.gif" NDATA n>]>{RESULT}'
    ),
    "attributes with defaults": f'<!DOCTYPE r [<!ATTLIST r a CDATA "1">]>{RESULT}',
    "behind a comment and an instruction": f"<!-- <r> --><?a <r> ?>\n<!DOCTYPE r>{RESULT}",
    "the rest is no XML": "<!DOCTYPE r><r></x>",
    "the document type does not end": "<!DOCTYPE r [<!ENTITY a '1'>",
}


def judged(body: bytes) -> str:
    """Return why a body is no XML for us; empty where it is some."""
    try:
        parse_document(body, "Thermostat")
    except NoReply as error:
        return str(error) if str(error).startswith((REFUSED, "is no XML")) else ""
    return ""


def judged_by_defusedxml(body: bytes) -> str:
    try:
        fromstring(body.lstrip(), forbid_dtd=True)
    except DefusedXmlException:
        return REFUSED
    except ParseError as error:
        return f"is no XML: {error}"
    except (ValueError, LookupError):
        return "is no XML: its encoding is unknown"
    return ""


@pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_type_is_refused_in_every_encoding(text: str, encoding: str) -> None:
    assert judged(text.encode(encoding)) == judged_by_defusedxml(text.encode(encoding)) == REFUSED


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "latin-1", "koi8-r", "cp037", "utf-7"])
def test_a_declared_encoding_hides_nothing(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>"
    body = text.encode(encoding)
    assert judged(body) == judged_by_defusedxml(body) != ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("size", [*range(4080, 4100), 8170, 12_280, 28_665, 600_000])
def test_a_document_type_is_refused_however_late_it_comes(size: int, encoding: str) -> None:
    body = f"<!--{'x' * size}--><!DOCTYPE r [<!ENTITY a 'b'>]>{RESULT}".encode(encoding)
    assert judged(body) == REFUSED


def test_a_document_type_after_the_root_has_begun_is_no_xml() -> None:
    assert judged(b"<r><!DOCTYPE r [<!ENTITY a 'b'>]>&a;</r>").startswith("is no XML: ")
    late = b"<r>" + b"<x/>" * 5000 + b"<!DOCTYPE r [<!ENTITY a 'b'>]>&a;</r>"
    assert judged(late).startswith("is no XML: ")
    assert judged(b"<r/><!DOCTYPE r>").startswith("is no XML: ")


def test_an_entity_that_nobody_declared_is_no_xml_and_those_of_xml_itself_are_read() -> None:
    unknown = b"<r><success>1</success><message>&a;</message></r>"
    assert judged(unknown).startswith("is no XML: undefined entity")
    body = b"<r><success>1</success><message>&lt;&#66;&#xfc;&amp;&gt;</message></r>"
    assert parse_document(body, "x") == Document(success=1, message="<Bü&>")


@pytest.mark.parametrize("piece", [4096, 12_288, 28_672, 61_440])
def test_letters_that_are_cut_in_two_come_whole(piece: int) -> None:
    text = "ü" * (piece // 2 + 10)
    body = f"<r><success>1</success><message>x{text}</message></r>".encode()
    assert parse_document(body, "x").message == "x" + text


@pytest.mark.slow
def test_a_million_elements_within_each_other_do_no_harm() -> None:
    deep = b"<a>" * 1_000_000 + b"</a>" * 1_000_000
    with pytest.raises(NoReply, match="says nothing of success"):
        parse_document(deep, "Thermostat")


PARTS = st.sampled_from(
    [
        "<?xml version='1.0'?>",
        "<?xml version='1.0' encoding='utf-16'?>",
        "<?xml version='1.0' encoding='latin-1' standalone='yes'?>",
        "<?xml version='1.0' encoding='klingon'?>",
        "\ufeff",
        " ",
        "\n",
        "\0",
        "x",
        "<!--",
        "-->",
        "<!-- x -->",
        "<?a b?>",
        "<!DOCTYPE r>",
        "<!doctype r>",
        "<!DOCTYPE r [",
        "<!ENTITY a 'b'>",
        "<!ENTITY % p '<!ENTITY c 1>'>%p;",
        "<!ENTITY a SYSTEM 'file:///etc/hostname'>",
        "]>",
        "<![CDATA[",
        "]]>",
        "<r>",
        "<x:r xmlns:x='y'>",
        "<y:r>",
        "&a;",
        "&amp;",
        "<success>1</success>",
        "</r>",
        "</x:r>",
        RESULT,
    ]
)
TEXTS = st.builds(
    lambda parts, place, padding: "".join([*parts[:place], "<!--", "x" * padding, "-->", *parts[place:]]),
    st.lists(PARTS, max_size=9),
    st.integers(0, 9),
    st.one_of(st.just(0), st.integers(4000, 4200), st.integers(0, 40_000)),
)


@settings(max_examples=500)
@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]))
def test_what_defusedxml_refuses_is_refused_and_nothing_else(text: str, encoding: str) -> None:
    body = text.encode(encoding)
    assert judged(body) == judged_by_defusedxml(body)


@given(st.binary(max_size=300))
def test_of_any_bytes_we_think_as_defusedxml_does(body: bytes) -> None:
    assert judged(body) == judged_by_defusedxml(body)
