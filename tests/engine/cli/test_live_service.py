"""Commands that act on a service that runs, and edits that it takes over: a real process and real devices."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from support.command import Interlock
from support.flat import PASSWORD, PROGRAM, FlatServer, environment, read_until, start_interlock
from support.live_service import Service, await_socket, live_service

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

IN_A_PROCESS_WITH_THREADS = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
"""Python 3.12 warns of forking then; the child only executes the program."""

RULES = """
rules:
  - id: evening
    enabled: false
    triggers: [{becomes: living_thermostat.actualtemp > 26}]
    actions: [{set: {living_ac.hvacmode: cooling}}]
  - id: greeting
    triggers: [{at: "04:31"}]
    variables: {name: nobody}
    actions: [{log: "hello {{ name }}"}]
  - id: nap
    triggers: [{at: "04:30"}]
    actions: [{delay: 1h}]
  - id: shaded
    while: daylight.value > 110000
    keep: {living_blind.heightlevel: 80}
"""


@pytest.fixture
def service(flat: FlatServer) -> Iterator[Service]:
    with live_service(flat, RULES) as running:
        yield running


def test_an_edit_is_taken_over(service: Service) -> None:
    service.flat.hold("living_thermostat.actualtemp", 27.5)
    service.write(RULES.replace("enabled: false", "enabled: true"))
    lines = service.until("the site was read again")
    assert lines[-1].endswith("the site was read again: rule evening was changed\n")
    service.until("living_ac.hvacmode = cooling (rule evening): accepted")


def test_a_file_that_is_new_is_taken_over(service: Service) -> None:
    text = 'rules:\n  - {id: other, triggers: [{at: "04:32"}], actions: [{log: hello}]}\n'
    (service.folder / "rules" / "further.yaml").write_text(text, encoding="utf-8")
    assert "rule other was added" in service.until("the site was read again")[-1]


def test_a_bad_edit_is_refused_and_told_without_secrets(service: Service, interlock: Interlock) -> None:
    service.write(RULES.replace("living_ac.hvacmode", "living_ac.hvacmood"))
    lines = service.until("did you mean")
    assert any("the edited site is refused, and the one that runs stays: 1 error" in line for line in lines)
    secrets = service.folder / "secrets.yaml"
    secrets.write_text(f"house_password: [{PASSWORD}\n", encoding="utf-8")
    lines += service.until("this bracket is never closed")
    done = interlock("reload", service.flat.site)
    assert done.code == 1
    assert "this bracket is never closed" in done.err
    assert PASSWORD not in "".join(lines) + done.out + done.err
    listed = interlock("rules", "list", service.flat.site, "--json")
    # The running service knows them, whatever the files have become.
    assert (listed.code, "this bracket is never closed" in listed.err) == (0, True)
    assert PASSWORD not in listed.out + listed.err


def test_after_a_bad_edit_a_good_one_is_taken_over(service: Service) -> None:
    service.write("rules: [")
    service.until("is refused")
    service.write(RULES.replace("1h", "2h"))
    service.until("rule nap was changed")


def test_a_hangup_reloads(service: Service) -> None:
    service.process.send_signal(signal.SIGHUP)
    assert "nothing that counts is other" in service.until("the site was read again")[-1]


def test_reload_says_what_is_other(service: Service, interlock: Interlock) -> None:
    said = "nothing is other than what runs: edits are taken over by themselves\n"
    assert interlock("reload", service.flat.site).out == said
    assert interlock("reload", service.folder, "--json").out == '{\n  "changes": []\n}\n'


def listed(service: Service, interlock: Interlock) -> dict[str, dict[str, object]]:
    done = interlock("rules", "list", service.flat.site, "--json")
    assert done.code == 0, done.err
    return {line["rule"]: line for line in json.loads(done.out)}


def test_a_rule_that_is_off_works_once_it_is_enabled(service: Service, interlock: Interlock) -> None:
    before = listed(service, interlock)["evening"]
    assert (before["mode"], before["is_on"], before["switched_by"]) == ("false", False, "")
    assert interlock("rules", "enable", service.flat.site, "evening").out == "rule evening is on\n"
    after = listed(service, interlock)["evening"]
    assert (after["mode"], after["is_on"], after["switched_by"]) == ("false", True, "hand")
    service.flat.hold("living_thermostat.actualtemp", 27.5)
    service.until("living_ac.hvacmode = cooling (rule evening): accepted")
    assert interlock("rules", "disable", service.flat.site, "evening").out == "rule evening is off\n"


def test_a_rule_is_run_with_variables(service: Service, interlock: Interlock) -> None:
    done = interlock("rules", "run", service.flat.site, "greeting", "name=world")
    assert done.out == "rule greeting runs: firing 1-1\n"
    service.until("rule greeting: hello world")


def test_what_a_rule_is_doing_is_listed_and_cancelled(service: Service, interlock: Interlock) -> None:
    interlock("rules", "run", service.flat.site, "nap")
    nap = listed(service, interlock)["nap"]
    assert (nap["running"], str(nap["due_at"])[11:16]) == (1, "03:30") or str(nap["due_at"])[14:16] == "30"
    assert interlock("rules", "cancel", service.flat.site, "nap").out == "rule nap: 1 firing ended\n"
    assert interlock("rules", "cancel", service.flat.site, "nap").out == "rule nap: 0 firings ended\n"
    text = interlock("rules", "list", service.flat.site).out
    assert [line.split()[:2] for line in text.splitlines()] == [
        ["evening", "off"],
        ["greeting", "on"],
        ["nap", "on"],
        ["shaded", "on"],
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rules", "run", "SITE", "greating"), "there is no rule 'greating'; did you mean 'greeting'?"),
        (("rules", "run", "SITE", "shaded"), "rule shaded keeps something: it has no actions to run"),
        (("rules", "cancel", "SITE", "x"), "there is no rule 'x'"),
        (("rules", "run", "SITE", "greeting", "nam=x"), "rule greeting has no variable 'nam': it has name"),
        (("rules", "run", "SITE", "nap", "a=1"), "rule nap has no variable 'a': it has none"),
        (("eval", "SITE", "living_ac.nothing"), "device 'living_ac' (hvac) has no controller 'nothing'"),
        (("eval", "SITE", "1 > 0", "--with", "a.b=3"), "there is no point 'a.b'"),
        (("eval", "SITE", "1 > 0", "--with", "living_ac.hvacmode=x"), "living_ac.hvacmode"),
    ],
)
def test_what_the_service_refuses_is_said(
    service: Service, interlock: Interlock, arguments: tuple[str, ...], message: str
) -> None:
    done = interlock(*(str(service.flat.site) if each == "SITE" else each for each in arguments))
    assert (done.code, done.out) == (1, "")
    assert message in done.err


def test_a_rule_that_runs_is_not_run_again(service: Service, interlock: Interlock) -> None:
    interlock("rules", "run", service.flat.site, "nap")
    done = interlock("rules", "run", service.flat.site, "nap")
    assert (done.code, done.err) == (1, "error: rule nap is skipped: it is still running\n")


def test_eval_asks_the_service(service: Service, interlock: Interlock) -> None:
    asked = len(service.flat.targets())
    given = ("--with", "living_thermostat.actualtemp=28", "--with", "living_ac.hvacpower=on")
    text = "living_thermostat.actualtemp > 26 and living_ac.hvacpower"
    done = interlock("eval", service.flat.site, text, *given)
    assert [line.split("  ")[-2:] for line in done.out.splitlines() if "28" in line or "and" in line]
    assert done.out.splitlines()[0].endswith("on  (on or off)")
    assert len(service.flat.targets()) >= asked


def test_a_second_service_leaves_the_first_its_socket(
    service: Service, interlock: Interlock, tmp_path: Path
) -> None:
    with start_interlock("run", service.flat.site) as second:
        _, err = second.communicate(timeout=60)
    assert f"error: another service runs the site in {service.folder} already: " in err
    assert second.returncode == 1
    assert interlock("reload", service.flat.site).code == 0


def test_a_second_service_with_another_journal_is_refused_and_a_dry_run_is_not(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(service.folder)
    with start_interlock("run", tmp_path / "link", "--journal", tmp_path / "other.sqlite") as second:
        _, err = second.communicate(timeout=60)
    assert (second.returncode, "another service runs the site" in err) == (1, True)
    journal = tmp_path / "dry.sqlite"
    with start_interlock("run", service.flat.site, "--dry-run", "--journal", journal) as dry:
        assert dry.stderr
        read_until(dry.stderr, "interlock 0.1.0 runs")
        await_socket(dry, journal.with_name("dry.sqlite.socket"))
        dry.kill()


def test_nothing_is_left_of_a_socket_after_the_end(service: Service, interlock: Interlock) -> None:
    service.process.send_signal(signal.SIGTERM)
    service.process.communicate(timeout=60)
    assert not service.flat.journal.with_name("interlock.sqlite.socket").exists()
    done = interlock("reload", service.flat.site)
    assert (done.code, done.err) == (1, f"error: no service runs with journal {service.flat.journal}\n")


def test_after_a_kill_the_next_service_is_reached(service: Service, interlock: Interlock) -> None:
    service.process.kill()
    service.process.wait()
    assert interlock("reload", service.flat.site).code == 1
    with start_interlock("run", service.flat.site) as process:
        following = Service(service.flat, process)
        wait_for(lambda: interlock("reload", service.flat.site).code == 0, process)
        assert listed(following, interlock)["nap"]["is_on"] is True
        process.kill()


def wait_for(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not is_so():
        assert process.poll() is None


LEAVE = """
devices: {away: {type: flag}}
rules: [{id: leave, triggers: [{at: "04:31"}], actions: [{set: {away.value: on}}]}]
"""


def test_virtual_points_are_shown_as_the_service_has_them(flat: FlatServer, interlock: Interlock) -> None:
    with live_service(flat, LEAVE) as service:
        assert "away.value                    off\n" in interlock("points", flat.site).out
        assert interlock("rules", "run", flat.site, "leave").code == 0
        service.until("rule leave")
        assert "away.value                    on\n" in interlock("points", flat.site).out
        assert interlock("read", flat.site, "away.value").out == "away.value  on\n"
        assert "was added" not in interlock("reload", flat.site).out


@IN_A_PROCESS_WITH_THREADS
def test_the_live_table_shows_what_the_service_knows(flat: FlatServer, interlock: Interlock) -> None:
    with live_service(flat, LEAVE):
        assert interlock("rules", "run", flat.site, "leave").code == 0
        terminal = pexpect.spawn(
            str(PROGRAM),
            ["points", str(flat.site)],
            env=environment(TERM="xterm-256color"),
            dimensions=(200, 200),  # Notes of a loaded machine must not push the last line out.
            encoding="utf-8",
            timeout=30,
        )
        terminal.expect(r"away\.value[ │]+on")
        flat.hold("hall_light.power", True)
        terminal.expect(r"hall_light\.power[ │]+on")
        terminal.sendintr()
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert (terminal.exitstatus, terminal.signalstatus) == (0, None)
