"""What the doctor says of connections, from how they answered."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from interlock import AuthenticationFailed, DriverError, UnknownDevice, Unreachable
from interlock.service.doctor.equipment import Trial, look_at_connections
from interlock.service.doctor.finding import Finding, Health
from support.site_files import HEADER, SiteFolder

SITE = HEADER + (
    "connections:\n  house: {driver: fake}\ndevices:\n  lamp: {connection: house, type: light, address: a}\n"
)


def judged(
    *,
    asked: int = 4,
    of: int = 4,
    errors: Sequence[DriverError] = (),
    took_s: float = 0.1,
    interval: timedelta | None = timedelta(seconds=10),
) -> list[tuple[Health, str, str]]:
    trial = Trial(asked, of, errors, timedelta(seconds=took_s), interval)
    found = look_at_connections(SiteFolder().sound(SITE), {"house": trial})
    return [(each.health, each.text, each.advice) for each in found]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("site"))


def test_a_connection_that_answers_is_fine() -> None:
    assert judged() == [(Health.FINE, "4 of 4 points answered in 0.1 s", "")]


def test_a_connection_that_nobody_reads_is_fine() -> None:
    found = list(look_at_connections(SiteFolder().sound(SITE), {}))
    assert found == [Finding("connection house", Health.FINE, "nothing reads its points")]


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (
            Unreachable("it is away"),
            "check address, port and cable; interlock simulator can stand in meanwhile",
        ),
        (
            AuthenticationFailed("wrong password"),
            "check user name and password; the service stops asking, so that no account is locked",
        ),
    ],
)
def test_a_connection_that_does_not_answer_is_bad(error: DriverError, advice: str) -> None:
    [(health, text, said)] = judged(errors=[error] * 4)
    assert (health, said) == (Health.BAD, advice)
    assert text == f"0 of 4 points answered in 0.1 s; first: {error.message}"


def test_a_device_that_does_not_answer_is_doubtful() -> None:
    [(health, text, advice)] = judged(errors=[UnknownDevice("no such lamp")], took_s=30)
    assert (health, text) == (Health.DOUBTFUL, "3 of 4 points answered in 30 s; first: no such lamp")
    assert advice.startswith("check the device's address")


@pytest.mark.parametrize(
    ("took_s", "of", "interval_s", "expected"),
    [
        (4.9, 4, 10, []),
        (
            5.0,
            4,
            10,
            [(Health.DOUBTFUL, "5 s")],
        ),
        (
            10.0,
            4,
            10,
            [(Health.DOUBTFUL, "10 s")],
        ),
        (
            1.0,
            44,
            10,
            [(Health.BAD, "11 s")],
        ),
        (99.0, 4, None, []),
    ],
)
def test_polls_need_time(
    took_s: float, of: int, interval_s: float | None, expected: list[tuple[Health, str]]
) -> None:
    interval = None if interval_s is None else timedelta(seconds=interval_s)
    found = judged(took_s=took_s, of=of, interval=interval)
    told = [
        (health, f"reading all {of} points takes about {takes}, and they are polled every 10s")
        for health, takes in expected
    ]
    assert [(health, text) for health, text, _ in found[1:]] == told
