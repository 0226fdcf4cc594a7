"""``interlock doctor``: a site, a server and a service, sound and not."""

import json
import signal
from pathlib import Path

import pytest

from support.command import Done, Interlock
from support.flat import FlatServer, read_until, start_interlock
from support.live_service import await_socket

pytestmark = pytest.mark.slow

HOUSE = "connection house"


@pytest.fixture(autouse=True)
def _polled_so_rarely_that_time_decides_nothing(flat: FlatServer) -> None:
    text = flat.site.read_text(encoding="utf-8")
    assert "poll: 100ms" in text
    flat.site.write_text(text.replace("poll: 100ms", "poll: 1h"), encoding="utf-8")


def about(done: Done) -> dict[str, tuple[str, str]]:
    """Return the health and text of the findings, by area; the first where there are several."""
    rows = reversed(json.loads(done.out)["findings"])
    return {row["area"]: (row["health"], row["text"]) for row in rows}


def test_a_sound_site_has_nothing_bad(interlock: Interlock, flat: FlatServer) -> None:
    done = interlock("doctor", flat.site, "--json")
    found = about(done)
    assert (done.code, done.err) == (0, "")
    assert list(found)[::-1] == ["versions", "time", "disk", "site", "secrets", "journal", "service", HOUSE]
    assert found["site"] == ("ok", "Flat in Milan: 1 connection, 8 devices, 7 rules")
    assert found["service"] == ("warn", "none runs")
    assert found["secrets"] == ("ok", "nobody but their owner can read secrets.yaml")
    assert found["journal"] == ("warn", f"there is none at {flat.journal} yet")
    health, text = found[HOUSE]
    assert health == "ok"
    assert text.startswith("10 of 10 points answered in ")


def test_nothing_is_commanded(interlock: Interlock, flat: FlatServer) -> None:
    interlock("doctor", flat.site)
    told = [
        flat.commands(point) for point in ("living_ac.hvacpower", "hall_light.power", "evening.scenelaunch")
    ]
    assert told == [[], [], []]


def test_advice_stands_below_what_it_is_about(interlock: Interlock, flat: FlatServer) -> None:
    lines = interlock("doctor", flat.site).out.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("warn  service "))
    assert lines[place].split() == ["warn", "service", "none", "runs"]
    assert lines[place + 1] == "      -> start it by interlock run or systemctl start"


def test_a_service_that_runs_is_asked(interlock: Interlock, flat: FlatServer) -> None:
    with start_interlock("run", flat.site) as process:
        assert process.stderr
        read_until(process.stderr, "interlock 0.1.0 runs")
        await_socket(process, flat.journal.with_name("interlock.sqlite.socket"))
        found = about(interlock("doctor", flat.site, "--json"))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    health, text = found["service"]
    assert (health, text.partition(": ")[2]) == ("ok", "7 rules act")
    assert text.startswith("run 1, since ")
    assert found["journal"][0] == "ok"
    assert "; a service was last alive at " in found["journal"][1]


def test_a_server_with_another_password_is_bad(interlock: Interlock, flat: FlatServer) -> None:
    (flat.site.parent / "secrets.yaml").write_text("house_password: another-one\n", encoding="utf-8")
    done = interlock("doctor", flat.site, "--json")
    assert done.code == 1
    health, text = about(done)[HOUSE]
    assert health == "bad"
    assert text.startswith("0 of 10 points answered in ")
    assert "another-one" not in done.out


def test_a_broken_site_is_told_with_the_rest(interlock: Interlock, flat: FlatServer) -> None:
    (flat.site.parent / "rules" / "broken.yaml").write_text("rules: [{id: x}]", encoding="utf-8")
    done = interlock("doctor", flat.site, "--json")
    found = about(done)
    assert done.code == 1
    assert found["site"][0] == "bad"
    assert "broken.yaml:1: " in found["site"][1]
    assert HOUSE not in found


def test_a_damaged_journal_is_bad(interlock: Interlock, flat: FlatServer) -> None:
    Path(flat.journal).write_text("rubbish " * 100, encoding="utf-8")
    done = interlock("doctor", flat.site, "--json")
    health, text = about(done)["journal"]
    assert (done.code, health) == (1, "bad")
    assert text.endswith("it is no SQLite database, or damaged: move it away to begin a new one")
