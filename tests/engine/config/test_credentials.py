"""Credentials in site files: warned of, and shown by no finding."""

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from interlock.config.credentials import Credentials
from interlock.config.nodes import MapNode, SourceFile
from interlock.config.reader import parse_yaml
from interlock.config.validation import validate
from interlock.errors import Diagnostic
from interlock.redaction import HIDDEN, Redactor
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


def shown(finding: Diagnostic) -> str:
    """The excerpt, with a question mark for each character that is hidden."""
    return finding.excerpt.replace(HIDDEN, "?")


def test_a_secret_written_out_is_warned_of() -> None:
    assert [told(finding) for finding in findings("{code: swordfish, door_code: '1234'}")] == [
        "f.yaml:1:8+9: warning: 'code' is written out here | "
        "write !secret NAME, and the NAME with its value in secrets.yaml",
        "f.yaml:1:30+6: warning: 'door_code' is written out here | "
        "write !secret NAME, and the NAME with its value in secrets.yaml",
    ]


def test_a_secret_from_elsewhere_an_empty_one_and_none_are_fine() -> None:
    assert findings("{code: !secret hsifdrows}") == []
    assert findings("{code: '', door_code: }") == []


def test_a_secret_that_is_no_text_is_not_taken() -> None:
    assert [finding.message for finding in findings("{code: [xyzzy]}")] == [
        "'code' is written out here",
        "'code' must be a text",
    ]


def test_no_finding_shows_a_secret_and_columns_stay() -> None:
    (warning, error) = findings("{code: swordfish, user: swordfish}")
    assert shown(warning) == shown(error) == "{code: ?????????, user: ?????????}"
    assert error.message == "'user': nobody is called ********"


def test_a_longer_secret_is_hidden_before_a_shorter_one_in_it() -> None:
    (_, _, error) = findings("{code: sword, door_code: swordfish, user: swordfish}")
    assert error.message == "'user': nobody is called ********"


def test_a_secret_under_a_misspelt_key_is_hidden_too() -> None:
    (unknown,) = findings("{cod: swordfish, codes: !secret xyzzy}")[:1]
    assert (unknown.message, shown(unknown)) == (
        "unknown key 'cod'",
        "{cod: ?????????, codes: !secret xyzzy}",
    )


def test_what_stands_under_any_other_key_is_shown() -> None:
    assert findings("{zzz: swordfish}")[0].excerpt == "{zzz: swordfish}"


def test_a_number_is_hidden_as_it_was_written() -> None:
    assert shown(findings("{code: 0123}")[0]) == "{code: ????}"


def test_a_secret_that_is_too_short_to_be_hidden_is_warned_of() -> None:
    assert [told(finding) for finding in findings("{code: !secret cba}")] == [
        "f.yaml:1:8+11: warning: this secret is too short to be hidden in logs and messages | "
        "give it at least 4 characters"
    ]
    assert findings("{code: !secret dcba}") == []


def test_a_short_secret_hides_no_other_words() -> None:
    (*_, error) = findings("{code: a, user: an a b}")
    assert (error.message, shown(error)) == ("'user': nobody is called an a b", "{code: ?, user: an ? b}")


class Accounts(BaseModel):
    first: Login
    others: list[Login] = []
    codes: dict[str, SecretStr] = {}


def test_secrets_inside_of_other_settings_are_found() -> None:
    text = "{first: {code: swordfish, user: x}, others: [{cod: passphrase}], codes: {a: open-sesame}}"
    node = parse_yaml(SourceFile("f.yaml", text), [])
    assert isinstance(node, MapNode)
    problems: list[Diagnostic] = []
    credentials = Credentials()
    credentials.note(Accounts, node, problems)
    assert [told(problem).partition(" | ")[0] for problem in problems] == [
        "f.yaml:1:16+9: warning: 'code' is written out here",
        "f.yaml:1:77+11: warning: 'codes' is written out here",
    ]
    excerpt = shown(credentials.hide(problems[0]))
    assert (
        excerpt == "{first: {code: ?????????, user: x}, others: [{cod: ??????????}], codes: {a: ???????????}}"
    )


def test_secrets_are_hidden_from_the_whole_process(redactor: Redactor) -> None:
    findings("{code: !secret hsifdrows, user: x}")
    assert redactor.redact("swordfish") == "********"
