"""XML as it comes from sites, and XML that is out to do harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock_founten.replies import Document, Item, NoReply, parse_document

SAMPLE = """<?xml version="1.0" encoding="UTF-8"?>
<result>
<Thermostat>
<name>TestThermostat</name>
<heatSetting>68</heatSetting>
<coolSetting>72</coolSetting>
<temperature>70</temperature>
</Thermostat>
<success>1</success>
</result>
"""
"""The manual's, with the straight quotes that XML has."""


def test_the_manuals_sample() -> None:
    values = {"name": "TestThermostat", "heatsetting": "68", "coolsetting": "72", "temperature": "70"}
    assert parse_document(SAMPLE.encode(), "Thermostat") == Document(success=1, items=(Item(values=values),))


def test_the_manuals_refusal() -> None:
    body = b"""<?xml version="1.0" encoding="UTF-8"?>
<result>
<success>0</success>
<message>No thermostats found matching selection criteria.</message>
</result>"""
    message = "No thermostats found matching selection criteria."
    assert parse_document(body, "Thermostat") == Document(success=0, message=message)


@pytest.mark.parametrize(
    "body",
    [
        "<response><success>1</success></response>",
        "\n \r\n<?xml version='1.0'?><result><success> 1\n</success></result>",
        "\ufeff<result><success>1</success></result>",
        "<r xmlns='urn:x'><SUCCESS>1</SUCCESS></r>",
        "<r><!-- no --><?pi?><success>1</success><Thermostats/></r>",
        "<r><success>1</success><success>0</success></r>",
    ],
)
def test_what_the_manual_leaves_open_is_read_either_way(body: str) -> None:
    assert parse_document(body.encode(), "Thermostat") == Document(success=1)


def test_blanks_in_values_stay() -> None:
    body = b"<r><thermostat><NAME>Sales </NAME><x/><y><z>1</z></y></thermostat><success>1</success></r>"
    (found,) = parse_document(body, "Thermostat").items
    assert found.values == {"name": "Sales ", "x": "", "y": ""}


def test_of_several_elements_of_one_name_the_first_counts() -> None:
    body = b"<r><Thermostat><a>1</a><A>2</A></Thermostat><success>1</success></r>"
    assert parse_document(body, "thermostat").items == (Item(values={"a": "1"}),)


def test_records_stand_within_their_thermostat() -> None:
    body = (
        b"<r><ThermostatHistory><name>A</name><History><temperature>70</temperature></History>"
        b"<history/></ThermostatHistory><success>1</success></r>"
    )
    (found,) = parse_document(body, "ThermostatHistory").items
    assert (found.values["name"], found.records) == ("A", ({"temperature": "70"}, {}))


def test_other_objects_are_none_of_ours() -> None:
    body = b"<r><ThermostatSchedule/><Thermostat/><success>1</success></r>"
    assert len(parse_document(body, "Thermostat").items) == 1


def test_foreign_letters_come_in_the_encoding_that_is_declared() -> None:
    body = "<?xml version='1.0' encoding='ISO-8859-1'?><r><success>1</success><message>B\xfcro</message></r>"
    assert parse_document(body.encode("latin-1"), "x").message == "Büro"


BOMB = (
    '<!DOCTYPE r [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<r><success>1</success><message>&b;</message></r>"
)
FILE = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]><r><success>1</success><message>&a;</message></r>'
REFUSED = "declares entities or a document type, which are refused"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (BOMB, REFUSED),
        (FILE, REFUSED),
        ('<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r><success>1</success></r>', REFUSED),
        ("<!DOCTYPE html><html></html>", REFUSED),
        ("<?xml version=”1.0″ encoding=”UTF-8″?><r><success>1</success></r>", "is no XML: "),
        ("<r><success>1</succes></r>", "is no XML: mismatched tag: line 1, column 15"),
        ("<r><success>1</success>", "is no XML: no element found: line 1, column 23"),
        ("<r><success>1</success></r><r/>", "is no XML: junk after document element: line 1, column 27"),
        ("<r><message>&nbsp;</message><success>1</success></r>", "is no XML: undefined entity"),
        ('{"result": {"success": 1}}', "is no XML: not well-formed (invalid token): line 1, column 0"),
        ("", "is no XML: no element found: line 1, column 0"),
        ("<?xml version='1.0' encoding='klingon'?><r/>", "is no XML"),
        ("<?xml version='1.0' encoding='shift_jis'?><r/>", "is no XML: its encoding is unknown"),
        ("<r/>", "says nothing of success"),
        ("<r><success/></r>", "says nothing of success"),
        ("<r><x><success>1</success></x></r>", "says nothing of success"),
        ("<r><success>yes</success></r>", "says 'yes' instead of success"),
        ("<r><success>1.0</success></r>", "says '1.0' instead of success"),
    ],
)
def test_what_is_no_reply_is_reported_and_never_repaired(body: str, why: str) -> None:
    with pytest.raises(NoReply) as caught:
        parse_document(body.encode(), "Thermostat")
    assert str(caught.value).startswith(why)


def test_bytes_that_are_no_letters_are_reported() -> None:
    with pytest.raises(NoReply, match="is no XML: not well-formed"):
        parse_document(b"<r><success>1</success><message>\xff</message></r>", "Thermostat")


def test_elements_within_elements_without_end_do_no_harm() -> None:
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    with pytest.raises(NoReply, match="says nothing of success"):
        parse_document(deep, "Thermostat")


@given(st.one_of(st.binary(max_size=200), st.text(alphabet="<>/?!&;\"' =abr1", max_size=80).map(str.encode)))
def test_whatever_comes_it_is_a_document_or_none(body: bytes) -> None:
    try:
        found = parse_document(body, "Thermostat")
    except NoReply:
        return
    assert isinstance(found.success, int)
