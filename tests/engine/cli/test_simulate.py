"""``interlock simulate``, as people and programs use it."""

import json
import subprocess
from pathlib import Path

import pexpect
import pytest

from support.command import Interlock
from support.example_house import ENVIRONMENT, EXAMPLES
from support.flat import PROGRAM, environment
from support.small_house import RULES, SITE

pytestmark = pytest.mark.slow

CALM = SITE.replace("poll: 30s", "poll: 10m")
DAY = ("--from", "2026-07-13", "--for", "1d")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "house").mkdir()
    path = tmp_path / "house" / "site.yaml"
    path.write_text(CALM + RULES)
    return path


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_it_prints_a_summary_that_fits_a_page(
    site: Path, interlock: Interlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = interlock("simulate", site, *DAY, "--fault", "house offline 2h daily at 03:00", "--seed", "4")
    assert (done.code, done.err) == (0, "")
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[:3] == [
        "Small house: 1d from 2026-07-13 00:00",
        "weather: synthetic, of the place and the season; seed 4",
        "fault: house offline 2h daily at 03:00",
    ]
    assert max(map(len, lines)) <= 80
    titles = ["rules", "commands", "controlled points", "comfort", "unknown points", "away"]
    assert [line for line in lines if line in titles] == titles
    rows = [" ".join(line.split()) for line in lines]
    assert "lamp-on-time 1 2026-07-13 06:30" in rows
    assert "lamp.value 1 lamp-on-time" in rows
    assert any(line.startswith(" house") and "2h" in line for line in lines)


@pytest.mark.parametrize(
    ("start", "length"),
    [
        ("2026-10-25T02:30", "1h"),
        ("2026-10-25T02:30", "45m"),
        ("2026-10-24T12:00", "2d"),
        ("2026-03-29", "5h"),
    ],
)
def test_it_says_how_long_it_was_also_where_clocks_are_changed(
    start: str, length: str, site: Path, interlock: Interlock
) -> None:
    done = interlock("simulate", site, "--from", start, "--for", length)
    assert done.out.startswith(f"Small house: {length} from {start[:10]}")


def test_a_site_without_rooms_says_that_it_has_none(site: Path, interlock: Interlock) -> None:
    site.write_text("site: {name: Lamps, timezone: Europe/Rome}\ndevices:\n  away: {type: flag}\n")
    done = interlock("simulate", site, *DAY)
    assert (done.code, done.err) == (0, "")
    assert "rules: no rule did anything" in done.out
    assert "no zones: no device has a room temperature" in done.out


def test_programs_get_json(site: Path, interlock: Interlock) -> None:
    done = interlock("simulate", site, *DAY, "--json")
    assert (done.code, done.err) == (0, "")
    document = json.loads(done.out)
    assert (document["site"], document["from"], document["to"], document["is_whole"]) == (
        "Small house",
        "2026-07-13T00:00:00+02:00",
        "2026-07-14T00:00:00+02:00",
        True,
    )
    assert document["rules"]["lamp-on-time"]["fired"] == 1
    assert document["rules"]["lamp-on-time"]["last_fired"] == "2026-07-13T06:30:00+02:00"
    assert document["commands"]["lamp.value"]["accepted"] == 1
    assert document["points"]["lamp.value"]["states_s"] == {"on": 63000.0}
    assert document["points"]["thermostat.actualtemp"]["unit"] == "°C"
    assert document["zones"]


def test_a_log_and_a_page_are_written(site: Path, tmp_path: Path, interlock: Interlock) -> None:
    log, page = tmp_path / "log.jsonl", tmp_path / "page.html"
    done = interlock("simulate", site, *DAY, "--log", log, "--report", page, "--points", "thermostat")
    assert (done.code, done.err) == (0, "")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[-1]["kind"] == "service end"
    assert {"service start", "reading", "firing", "command", "receipt", "firing end"} <= {
        line["kind"] for line in lines
    }
    text = page.read_text()
    assert "Small house: a simulation" in text
    assert "thermostat.setpoint" in text


def test_verbose_shows_the_service_at_work_with_virtual_times(site: Path, interlock: Interlock) -> None:
    done = interlock("simulate", site, *DAY, "-v")
    assert done.code == 0
    assert "2026-07-13T06:30:00+02:00 INFO interlock.rule: rule lamp-on-time fires: at 06:30" in done.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--from", "monday"), "'monday' is no date: write for example 2026-07-13"),
        (("--from", "2026-03-29T02:30"), "there is no 02:30 on 2026-03-29 in Europe/Rome"),
        (("--from", "9999-01-01"), "the year of '9999-01-01' must be from 1970 to 2199"),
        ((*DAY, "--for", "0"), "'0' must be longer than 0"),
        ((*DAY, "--for", "-3d"), "'-3d' is no duration: write for example 30s, 5m, 1h30m or 2d"),
        ((*DAY, "--for", "365"), "365"),
        ((*DAY, "--for", "99999999d"), "'99999999d' is too long"),
        ((*DAY, "--seed", "-1"), "'-1' must be a whole number at least 0"),
        ((*DAY, "--seed", "x" * 50), f"'{'x' * 40}…' must be a whole number at least 0"),
        ((*DAY, "--seed", "9999999999"), "'9999999999' must be a whole number from 0 to 999999999"),
        ((*DAY, "--fault", "hause offline"), "'hause'; did you mean 'house'?"),
        ((*DAY, "--report", "page.html", "--points", "thermstat"), "did you mean 'thermostat'?"),
        ((*DAY, "--points", "thermostat"), "it says what the page of --report shows"),
        ((*DAY, "--log", "nowhere/log.jsonl"), "cannot be written: there is no directory"),
        ((*DAY, "--report", "nowhere/page.html"), "cannot be written: there is no directory"),
        ((*DAY, "--log", "."), ". is a directory"),
        ((*DAY, "--report", "/dev/null"), "/dev/null cannot be written: what is there is not a file"),
        ((*DAY, "--log", "x", "--report", "./x"), "x is the log already"),
        ((*DAY, "--log", "house/site.yaml"), "site.yaml belongs to the site, and is not written over"),
        (
            (*DAY, "--report", "house/../house/interlock.sqlite"),
            "belongs to the site, and is not written over",
        ),
    ],
)
@pytest.mark.usefixtures("_here")
def test_wrong_use_is_told_before_it_begins(
    options: tuple[str, ...], message: str, site: Path, tmp_path: Path, interlock: Interlock
) -> None:
    done = interlock("simulate", site, *options)
    assert (done.code, done.out) == (2, "")
    assert message in " ".join(done.err.replace("│", " ").split())
    assert [path.name for path in tmp_path.iterdir()] == ["house"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("weather.txt", "", "a weather file is named .epw or .csv"),
        ("weather.csv", "time,temperature_c\n2026-01-01T00:00,5\n2026-01-01T01:00,5\n", "weather.csv"),
    ],
)
@pytest.mark.usefixtures("_here")
def test_weather_that_cannot_be_used_is_told(
    name: str, text: str, message: str, site: Path, interlock: Interlock
) -> None:
    Path(name).write_text(text)
    done = interlock("simulate", site, *DAY, "--weather", name)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert message in done.err


def test_the_weather_of_a_file_is_felt(site: Path, tmp_path: Path, interlock: Interlock) -> None:
    def mean_c(outdoors_c: int) -> float:
        path = tmp_path / "weather.csv"
        hours = [f"2026-07-{day}T{hour:02}:00,{outdoors_c},0,0,0" for day in (13, 14) for hour in range(24)]
        header = "time,temperature_c,global_w_per_m2,direct_w_per_m2,diffuse_w_per_m2"
        path.write_text("\n".join([header, *hours]))
        done = interlock("simulate", site, *DAY, "--weather", path, "--json")
        assert (done.code, done.err) == (0, "")
        document = json.loads(done.out)
        assert document["weather"] == str(path)
        [zone] = document["zones"].values()
        return float(zone["mean_c"])

    assert mean_c(35) > mean_c(5) + 2


def test_a_weather_file_that_is_missing_is_told(site: Path, tmp_path: Path, interlock: Interlock) -> None:
    done = interlock("simulate", site, *DAY, "--weather", tmp_path / "none.epw")
    assert (done.code, done.out) == (1, "")
    assert "none.epw" in done.err


def test_a_site_with_errors_is_refused(site: Path, interlock: Interlock) -> None:
    site.write_text(site.read_text().replace("becomes: thermostat", "becomes: thermstat"))
    done = interlock("simulate", site, *DAY)
    assert (done.code, done.out) == (1, "")
    assert "thermstat" in done.err


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    def run(seed: str) -> tuple[str, bytes, bytes]:
        log, page = tmp_path / f"{seed}.jsonl", tmp_path / f"{seed}.html"
        options = ("--json", "--log", log, "--report", page, "--fault", "random every 2h")
        done = subprocess.run(
            [PROGRAM, "simulate", EXAMPLES / "flat", "--from", "2026-07-13", "--for", "6h", *options],
            env=environment(PYTHONHASHSEED=seed),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout, log.read_bytes(), page.read_bytes()

    assert run("1") == run("2")


def simulated_on_a_terminal(*arguments: str | Path) -> pexpect.spawn:
    return pexpect.spawn(
        str(PROGRAM),
        ["simulate", *map(str, arguments)],
        env=environment(TERM="xterm-256color"),
        dimensions=(50, 80),
        encoding="utf-8",
        timeout=60,
    )


def test_on_a_terminal_a_bar_shows_how_far_it_is(site: Path) -> None:
    terminal = simulated_on_a_terminal(site, "--from", "2026-07-13", "--for", "2d")
    terminal.expect(r"2026-07-1[345] \d\d:\d\d [^\n]*%[^\n]* times real time[^\n]* \d\d:\d\d")
    terminal.expect_exact("Small house")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_ctrl_c_ends_it_with_what_came_of_it(site: Path, tmp_path: Path) -> None:
    log, page = tmp_path / "log.jsonl", tmp_path / "page.html"
    terminal = simulated_on_a_terminal(
        site, "--from", "2026-01-01", "--for", "3650d", "--log", log, "--report", page
    )
    terminal.expect_exact("times real time")
    terminal.sendintr()
    terminal.expect_exact("ended before its time, at 2026-")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus, terminal.signalstatus) == (130, None)
    assert json.loads(log.read_text().splitlines()[-1])["kind"] == "service end"
    assert "It was ended before its time." in page.read_text()


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_every_example_can_be_simulated(
    name: str, interlock: Interlock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    done = interlock("simulate", EXAMPLES / name, "--from", "2026-07-13T06:00", "--for", "30m", "--json")
    assert done.code == 0
    assert json.loads(done.out)["is_whole"]


def test_a_site_can_be_polled_more_rarely(interlock: Interlock, site: Path) -> None:
    done = interlock("simulate", site, *DAY, "--poll", "2m")
    assert done.code == 0
    assert "; polled each 2m at most" in done.out.splitlines()[1]


@pytest.mark.parametrize(
    ("poll", "complaint"), [("0s", "'0s' must be longer than 0"), ("often", "'often' is no duration")]
)
def test_a_poll_is_a_duration(interlock: Interlock, site: Path, poll: str, complaint: str) -> None:
    done = interlock("simulate", site, *DAY, "--poll", poll)
    assert done.code == 2
    assert complaint in done.err


def test_a_log_that_cannot_go_on_ends_the_simulation_in_a_sentence(site: Path, interlock: Interlock) -> None:
    done = interlock("simulate", site, "--from", "2026-07-13", "--for", "30d", "--log", "/dev/full")
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: cannot write the log to /dev/full: No space left on device\n"
