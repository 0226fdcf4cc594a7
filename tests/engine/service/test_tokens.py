"""The tokens of the HTTP API: made once, kept as hashes, taken over as the file is edited."""

import errno
import hashlib
import json
import logging
import os
import stat
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from interlock.service.tokens import Doorkeeper, Role, Token, TokenError, TokenFile, TokensUnreadable

NOW = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "tokens.json")


def test_a_token_is_256_random_bits_under_a_prefix_that_scanners_know(file: TokenFile) -> None:
    first, second = (file.create(name, Role.READ, NOW) for name in ("a", "b"))
    assert first != second
    assert first.startswith("interlock_")
    assert len(first.removeprefix("interlock_")) == 43


def test_what_is_kept_of_it_is_its_hash_for_the_owner_alone(file: TokenFile) -> None:
    secret = file.create("grafana", Role.READ, NOW)
    kept = file.path.read_text(encoding="utf-8")
    assert secret not in kept
    assert json.loads(kept) == {
        "tokens": [
            {
                "name": "grafana",
                "role": "read",
                "sha256": hashlib.sha256(secret.encode()).hexdigest(),
                "made_at": "2026-07-14T12:00:00Z",
            }
        ]
    }
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    lock = file.path.with_name("tokens.json.lock")
    assert sorted(file.path.parent.iterdir()) == [file.path, lock]
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


def test_who_bears_a_token_is_known_with_its_role(file: TokenFile) -> None:
    read, operate = (file.create(role.value, role, NOW) for role in Role)
    doorkeeper = Doorkeeper(file)
    assert [found and (found.name, found.role) for found in map(doorkeeper.bearer, (read, operate))] == [
        ("read", Role.READ),
        ("operate", Role.OPERATE),
    ]


@pytest.mark.parametrize("shown", ["", "interlock_", "x" * 53, "ü"])
def test_what_nobody_made_is_no_token(file: TokenFile, shown: str) -> None:
    file.create("a", Role.READ, NOW)
    assert Doorkeeper(file).bearer(shown) is None


def test_edits_of_the_file_count_at_once(file: TokenFile) -> None:
    doorkeeper = Doorkeeper(file)
    assert doorkeeper.bearer("x") is None
    secret = file.create("a", Role.READ, NOW)
    assert doorkeeper.bearer(secret)
    file.revoke("a")
    assert doorkeeper.bearer(secret) is None


def test_other_tokens_stay_where_one_is_revoked(file: TokenFile) -> None:
    kept = file.create("kept", Role.OPERATE, NOW)
    file.create("lost", Role.READ, NOW)
    file.revoke("lost")
    assert [token.name for token in file.read()] == ["kept"]
    assert Doorkeeper(file).bearer(kept)


def test_a_name_is_taken_once(file: TokenFile) -> None:
    file.create("a", Role.READ, NOW)
    with pytest.raises(TokenError, match=r"^there is a token 'a' already: revoke it, or take another name$"):
        file.create("a", Role.OPERATE, NOW)


@pytest.mark.parametrize("name", ["", "-a", "a b", "a" * 65, "ü", "a/b"])
def test_some_names_can_be_none(file: TokenFile, name: str) -> None:
    with pytest.raises(TokenError, match="can be no name of a token"):
        file.create(name, Role.READ, NOW)
    assert not file.path.exists()


def test_what_is_not_there_cannot_be_revoked(file: TokenFile) -> None:
    file.create("grafana", Role.READ, NOW)
    with pytest.raises(TokenError, match=r"^there is no token 'grafan'; did you mean 'grafana'\?$"):
        file.revoke("grafan")


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"tokens": [{"name": "a"}]}', b'{"token": []}'])
def test_a_file_that_is_none_lets_nobody_in(
    file: TokenFile, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    secret = file.create("a", Role.READ, NOW)
    doorkeeper = Doorkeeper(file)
    assert doorkeeper.bearer(secret)
    file.path.write_bytes(content)
    with caplog.at_level(logging.ERROR):
        assert [doorkeeper.bearer(secret) for _ in range(3)] == [None] * 3
    [line] = caplog.messages
    assert line.endswith(
        "is no file of tokens: interlock token writes it: nobody can use the HTTP API until then"
    )


def test_tokens_that_others_could_add_let_nobody_in(file: TokenFile) -> None:
    secret = file.create("a", Role.READ, NOW)
    file.path.chmod(0o620)
    with pytest.raises(TokenError, match=r"^others may write .*, and so make tokens: chmod 600 "):
        file.read()
    assert Doorkeeper(file).bearer(secret) is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(TokenError, match=r"tokens\.json cannot be written: no such file or directory$"):
        TokenFile(tmp_path / "nowhere" / "tokens.json").create("a", Role.READ, NOW)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_writes_belongs_to_whom_the_service_runs_as(file: TokenFile) -> None:
    os.chown(file.path.parent, 1234, 1234)
    file.create("a", Role.READ, NOW)
    for made in file.path.parent.iterdir():
        assert (made.stat().st_uid, made.stat().st_gid) == (1234, 1234)
    os.chown(file.path, 4321, 4321)
    file.create("b", Role.READ, NOW)
    assert file.path.stat().st_uid == 4321


def test_a_file_that_cannot_be_read_now_is_told_apart_from_one_that_is_none(
    file: TokenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.path.write_text("[]")
    with pytest.raises(TokenError) as none:
        file.read()
    assert not isinstance(none.value, TokensUnreadable)
    monkeypatch.setattr(Path, "read_text", unreadable)
    with pytest.raises(TokensUnreadable) as now:
        file.read()
    assert str(now.value) == f"{file.path} cannot be read: too many open files"


def test_a_moment_in_which_the_file_cannot_be_read_changes_nothing(
    file: TokenFile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = file.create("first", Role.READ, NOW)
    doorkeeper = Doorkeeper(file)
    assert doorkeeper.bearer(first)
    second = file.create("second", Role.READ, NOW)
    with monkeypatch.context() as moment:
        moment.setattr(Path, "read_text", unreadable)
        assert [bool(doorkeeper.bearer(secret)) for secret in (first, second, first)] == [True, False, True]
    assert doorkeeper.bearer(second)
    file.path.touch()
    with monkeypatch.context() as moment:
        moment.setattr(Path, "read_text", unreadable)
        assert doorkeeper.bearer(second)
    assert (
        caplog.messages
        == [f"{file.path} cannot be read: too many open files: the tokens known before count until then"] * 2
    )


def unreadable(*_: object, **__: object) -> str:
    raise OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize("work", ["create", "revoke"])
def test_who_changes_the_tokens_waits_for_who_does_so_already(
    file: TokenFile, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    file.create("old", Role.READ, NOW)
    waiting: list[Thread] = []
    works: dict[str, Callable[[], object]] = {
        "create": lambda: TokenFile(file.path).create("new", Role.READ, NOW),
        "revoke": lambda: TokenFile(file.path).revoke("old"),
    }
    read = file.read

    def read_and_be_overtaken() -> Sequence[Token]:
        found = read()
        other = Thread(target=works[work])
        other.start()
        waiting.append(other)
        # Without a lock it comes to its end here; with one it cannot before the first has.
        other.join(timeout=0.2)
        return found

    monkeypatch.setattr(file, "read", read_and_be_overtaken)
    file.create("mine", Role.READ, NOW)
    waiting[0].join()
    names = [token.name for token in TokenFile(file.path).read()]
    assert names == (["old", "mine", "new"] if work == "create" else ["mine"])


def test_a_lock_that_leads_elsewhere_is_not_followed(file: TokenFile) -> None:
    file.path.with_name("tokens.json.lock").symlink_to(file.path.with_name("elsewhere"))
    with pytest.raises(TokenError, match=r"tokens\.json cannot be written: "):
        file.create("a", Role.READ, NOW)
    assert not file.path.with_name("elsewhere").exists()
