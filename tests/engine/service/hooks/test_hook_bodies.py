"""What the body of a webhook's request says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.service.hooks.bodies import BadBody, read_body

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("content_type", "body", "found"),
    [
        (JSON, b'{"room": "hall", "on": true, "n": 2, "part": 0.5}',
         {"room": "hall", "on": True, "n": 2, "part": 0.5}),
        (JSON, b'{"order": {"id": 7, "lines": [{"name": "bulb"}, 3]}}',
         {"order.id": 7, "order.lines.0.name": "bulb", "order.lines.1": 3}),
        (JSON, b'{"tags": ["a", "b"], "none": null, "list": [], "map": {}}', {"tags": ("a", "b")}),
        (JSON, b'{"mixed": [1, null, [2, 3]]}', {"mixed.0": 1, "mixed.2": (2, 3)}),
        (JSON, b'[1, 2]', {"body": (1, 2)}),
        (JSON, b'[{"a": 1}]', {"body.0.a": 1}),
        (JSON, b'"open"', {"body": "open"}),
        (JSON, b"false", {"body": False}),
        (JSON, b"null", {}),
        (JSON, b"  ", {}),
        (JSON, b"", {}),
        ("application/vnd.github+json; charset=utf-8", b'{"a": 1}', {"a": 1}),
        ("Application/JSON", b'{"a": 1}', {"a": 1}),
        (JSON, b'{"a": "\\u0000\\ud800", "\\u0000": 1}', {"a": "\ufffd?", "\ufffd": 1}),
        (FORM, b"room=hall&empty=&two=a&two=b&umlaut=%C3%A4", {
            "room": "hall", "empty": "", "two": ("a", "b"), "umlaut": "ä"}),
        (FORM, b"", {}),
        (FORM, b"a%00=b%00", {"a\ufffd": "b\ufffd"}),
        ("text/plain", b"open", {"body": "open"}),
        ("text/plain; charset=iso-8859-1", b"\xe4", {"body": "ä"}),
        ("text/csv", b"a\x00b", {"body": "a\ufffdb"}),
        ("text/plain", b"", {}),
        ("", b"open", {"body": "open"}),
        ("", b"", {}),
    ],
)  # fmt: skip
def test_a_body_is_read_by_its_type(content_type: str, body: bytes, found: object) -> None:
    assert read_body(body, content_type) == found


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        (JSON, b'{"a": }', "the body is no JSON: expecting value: line 1 column 7 (char 6)"),
        (JSON, b'{"a": NaN}', "the body is no JSON: NaN is no number"),
        (JSON, b'{"a": 1e999}', "the body: a number is too large"),
        (JSON, b'{"a": 9223372036854775808}', "the body: a number is too large"),
        (JSON, b'{"a": -1' + b"0" * 400 + b"}", "the body: a number is too large"),
        (JSON, b"[" * 60_000, "the JSON is deeper than 16 names"),
        (JSON, b'{"a":' * 17 + b"1" + b"}" * 17, "the body: it is deeper than 16 names"),
        (JSON, json.dumps(dict.fromkeys(map(str, range(501)), 1)).encode(), "than 500 values"),
        (FORM, b"&".join([b"a=1"] * 501), "the form has more than 500 fields"),
        (JSON, b"\xff", "the body is no text in utf-8"),
        ("text/plain; charset=utf-16", b"\xff\xfe", "the body is no text in utf-16"),
        ("image/png", b"PNG", "a body of type image/png cannot be read: send JSON, a form or text"),
        ("multipart/form-data; boundary=x", b"--x--", "a body of type multipart/form-data cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(content_type: str, body: bytes, said: str) -> None:
    with pytest.raises(BadBody) as caught:
        read_body(body, content_type)
    assert said.lower() in str(caught.value).lower()


def test_as_much_as_may_be_is_taken() -> None:
    assert len(read_body(json.dumps(dict.fromkeys(map(str, range(500)), 1)).encode(), JSON)) == 500
    assert len(read_body(b"&".join(b"a%d=1" % n for n in range(500)), FORM)) == 500
    deepest = read_body(b'{"a":' * 16 + b"1" + b"}" * 16, JSON)
    assert deepest == {".".join("a" * 16): 1}
    assert read_body(b'{"a": 9223372036854775807}', JSON) == {"a": 2**63 - 1}


@given(st.binary(max_size=200), st.sampled_from([JSON, FORM, "text/plain", "", "text/plain; charset=x"]))
def test_no_body_does_harm(body: bytes, content_type: str) -> None:
    try:
        found = read_body(body, content_type)
    except BadBody:
        return
    for name, value in found.items():
        assert isinstance(value, bool | int | float | str | tuple)
        name.encode()
