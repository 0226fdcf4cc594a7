"""Credentials in site files: warned of, and shown by no finding."""

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from interlock.config.credentials import Credentials
from interlock.config.nodes import MapNode, SourceFile
from interlock.config.reader import parse_yaml
from interlock.config.validation import validate
from interlock.errors import Diagnostic
from interlock.redaction import Redactor
from support.site_files import told


class Login(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user: str = ""
    code: SecretStr = SecretStr("")
    door_code: SecretStr | None = None

    @field_validator("user")
    @classmethod
    def _tell(cls, user: str) -> str:
        raise ValueError(f"nobody is called {user}")


def findings(text: str) -> list[Diagnostic]:
    problems: list[Diagnostic] = []
    tags = {"!secret": lambda name, mark, _: name[::-1]}
    node = parse_yaml(SourceFile("f.yaml", text), problems, tags)
    assert isinstance(node, MapNode)
    credentials = Credentials()
    credentials.note(Login, node, problems)
    validate(Login, node, problems)
    return [credentials.hide(problem) for problem in problems]


def test_a_secret_written_out_is_warned_of() -> None:
    assert [told(finding) for finding in findings("{code: swordfish, door_code: '12'}")] == [
        "f.yaml:1:8+9: warning: 'code' is written out here | "
        "write !secret NAME, and the NAME with its value in secrets.yaml",
        "f.yaml:1:30+4: warning: 'door_code' is written out here | "
        "write !secret NAME, and the NAME with its value in secrets.yaml",
    ]


def test_a_secret_from_elsewhere_an_empty_one_and_none_are_fine() -> None:
    assert findings("{code: !secret hsifdrows}") == []
    assert findings("{code: '', door_code: }") == []


def test_a_secret_that_is_no_text_is_not_taken() -> None:
    assert [finding.message for finding in findings("{code: [x]}")] == ["'code' must be a text"]


def test_no_finding_shows_a_secret_and_columns_stay() -> None:
    (warning, error) = findings("{code: swordfish, user: swordfish}")
    assert warning.excerpt == error.excerpt == "{code: *********, user: *********}"
    assert error.message == "'user': nobody is called ********"


def test_a_longer_secret_is_hidden_before_a_shorter_one_in_it() -> None:
    (_, _, error) = findings("{code: sword, door_code: swordfish, user: swordfish}")
    assert error.message == "'user': nobody is called ********"


def test_a_secret_under_a_misspelt_key_is_hidden_too() -> None:
    (unknown,) = findings("{cod: swordfish, codes: !secret x}")[:1]
    assert (unknown.message, unknown.excerpt) == ("unknown key 'cod'", "{cod: *********, codes: !secret *}")


def test_what_stands_under_any_other_key_is_shown() -> None:
    assert findings("{zzz: swordfish}")[0].excerpt == "{zzz: swordfish}"


def test_a_number_is_hidden_as_it_was_written() -> None:
    assert findings("{code: 0123}")[0].excerpt == "{code: ****}"


def test_secrets_are_hidden_from_the_whole_process(redactor: Redactor) -> None:
    findings("{code: !secret hsifdrows, user: x}")
    assert redactor.redact("swordfish") == "********"
