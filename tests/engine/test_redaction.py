"""Secrets are replaced in every form in which protocols carry them."""

import base64
import logging

import pytest
from pydantic import BaseModel, SecretStr

from interlock.redaction import MASK, RedactingFilter, Redactor, masked, redact

SECRET = "pa ss/w+örd"


@pytest.fixture
def redactor() -> Redactor:
    made = Redactor()
    made.register(SECRET, username="integrator")
    return made


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        "pa%20ss%2Fw%2B%C3%B6rd",
        "pa+ss%2Fw%2B%C3%B6rd",
        "pa%20ss%2fw%2b%c3%b6rd",
        "pa+ss%2fw%2b%c3%b6rd",
        base64.b64encode(f"integrator:{SECRET}".encode()).decode(),
    ],
)
def test_a_secret_is_hidden_in_each_of_its_forms(redactor: Redactor, form: str) -> None:
    assert redactor.redact(f"GET /{form}/api") == f"GET /{MASK}/api"


def test_plugins_redact_by_the_processes_own(redactor: Redactor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.redaction.redactor", redactor)
    assert redact(f"no page /{SECRET}/api") == f"no page /{MASK}/api"


def test_a_secret_within_a_longer_secret_leaves_nothing_behind() -> None:
    made = Redactor()
    made.register("abcd")
    made.register("abcdef")
    assert made.redact("abcdef abcd") == f"{MASK} {MASK}"


def test_a_secret_is_hidden_as_a_program_quotes_it() -> None:
    made = Redactor()
    made.register("pass\\word")
    assert made.redact(repr("pass\\word")) == f"'{MASK}'"


def test_a_mask_says_nothing_of_what_it_hides() -> None:
    assert MASK == "********"


def test_a_username_that_is_not_set_is_an_empty_one() -> None:
    class Settings(BaseModel):
        username: str | None = None
        password: SecretStr = SecretStr("hunter2")

    made = Redactor()
    made.register_settings(Settings())
    assert made.redact(base64.b64encode(b":hunter2").decode()) == MASK


def test_an_empty_secret_hides_nothing() -> None:
    made = Redactor()
    made.register("")
    assert made.redact("plain") == "plain"


def test_a_secret_of_a_few_letters_does_not_blacken_every_word() -> None:
    made = Redactor()
    made.register("tea", username="me")
    assert made.redact("a team of three") == "a team of three"
    assert made.redact(base64.b64encode(b"me:tea").decode()) == MASK


def test_a_secret_of_four_letters_is_hidden() -> None:
    made = Redactor()
    made.register("teas")
    assert made.redact("two teas") == f"two {MASK}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("'a' is no address", "'-' is no address"), ("no a, nor an a", "no -, nor an -"), ("bad", "bad")],
)
def test_a_message_about_a_short_secret_hides_it_as_a_word(text: str, expected: str) -> None:
    assert masked(text, "a", "-") == expected


def test_a_message_about_a_secret_hides_it_everywhere() -> None:
    assert masked("a.b+c xa.b+cx", "a.b+", "-") == "-c x-cx"


def test_the_secrets_inside_of_settings_are_registered_too() -> None:
    class Account(BaseModel):
        username: str = "inner"
        password: SecretStr

    class Settings(BaseModel):
        username: str = "outer"
        accounts: list[Account] = [Account(password=SecretStr("first-pass"))]
        keys: dict[str, SecretStr | None] = {"a": SecretStr("second-pass"), "b": None}
        pair: tuple[SecretStr, ...] = (SecretStr("third-pass"),)
        one: Account = Account(username="", password=SecretStr("fourth-pass"))

    made = Redactor()
    made.register_settings(Settings())
    plain = "first-pass second-pass third-pass fourth-pass"
    assert made.redact(plain) == " ".join([MASK] * 4)
    basics = [b"inner:first-pass", b"outer:second-pass", b"outer:third-pass", b"outer:fourth-pass"]
    assert [made.redact(base64.b64encode(each).decode()) for each in basics] == [MASK] * 4


def test_every_secret_of_a_settings_object_is_registered() -> None:
    class Settings(BaseModel):
        username: str = "me"
        password: SecretStr = SecretStr("hunter2")

    made = Redactor()
    made.register_settings(Settings())
    assert made.redact("me:hunter2 " + base64.b64encode(b"me:hunter2").decode()) == f"me:{MASK} {MASK}"


def _filtered(redactor: Redactor, record: logging.LogRecord) -> str:
    assert RedactingFilter(redactor).filter(record)
    return logging.Formatter().format(record)


def test_a_log_records_arguments_are_redacted(redactor: Redactor) -> None:
    record = logging.LogRecord("httpx", logging.INFO, "f", 1, "HTTP Request: %s", (f"GET /{SECRET}/",), None)
    assert _filtered(redactor, record) == f"HTTP Request: GET /{MASK}/"


def test_a_log_record_whose_arguments_do_not_fit_is_redacted_all_the_same(redactor: Redactor) -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%d polls", (SECRET,), None)
    assert _filtered(redactor, record) == f"%d polls ('{MASK}',)"


def test_a_log_record_without_secrets_keeps_its_arguments(redactor: Redactor) -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%d polls", (3,), None)
    assert _filtered(redactor, record) == "3 polls"
    assert record.args == (3,)


def test_a_traceback_is_redacted(redactor: Redactor) -> None:
    try:
        raise ValueError(f"no host {SECRET}")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "f", 1, "failed", (), (type(error), error, error.__traceback__)
        )
    assert SECRET not in _filtered(redactor, record)
    assert MASK in _filtered(redactor, record)


def test_of_a_url_what_a_server_may_repeat_is_hidden_too() -> None:
    redactor = Redactor()
    redactor.register("https://hooks.example.org/services/T024BE7LH/aVeryLongWord?key=anotherLongOne")
    said = (
        "POST /services/T024BE7LH/aVeryLongWord?key=anotherLongOne; aVeryLongWord; services; anotherLongOne"
    )
    assert redactor.redact(said) == f"POST {MASK}; {MASK}; services; {MASK}"
