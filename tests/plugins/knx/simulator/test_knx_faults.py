"""What can go wrong with the simulated bus, and for whom."""

import pytest

from interlock_knx.simulator.faults import FAULTS, KnxFaults
from interlock_knx.telegrams import Telegram, TelegramKind
from support.knx_groups import group

LAMP = group("lamp", "1/0/1", "1.001", state_address="1/1/1")
ROOM = group("room", "2/0/1", "9.001")

HEALTHY = {
    "is_silent": False,
    "is_full": False,
    "acknowledges": True,
    "repeats": False,
    "misnumbers": False,
    "babbles": False,
    "confirms": True,
    "transmits": True,
    "answers": True,
    "lengthens": False,
    "delay_s": 0.0,
    "is_dead": False,
}
CHANGES: dict[str, dict[str, object]] = {
    "full": {"is_full": True},
    "silent": {"is_silent": True},
    "disconnect": {},
    "drop": {},
    "no-ack": {"acknowledges": False},
    "sequence": {"misnumbers": True},
    "twice": {"repeats": True},
    "rubbish": {"babbles": True},
    "no-confirmation": {"confirms": False},
    "negative": {"transmits": False},
    "no-answer": {"answers": False},
    "latency:2s": {"delay_s": 2.0},
    "length": {"lengthens": True},
    "dead": {"is_dead": True},
}
OF_PLACES = ("no-confirmation", "negative", "no-answer", "latency:2s", "length", "dead")


def conduct(*faults: str) -> dict[str, object]:
    """Return how the bus behaves, towards the group 1/0/1."""
    found = KnxFaults([LAMP, ROOM])
    for fault in faults:
        found.add(fault)
    telegram = Telegram(address="1/0/1", kind=TelegramKind.WRITE, source="1.1.241", payload=1)
    return {
        **{name: getattr(found, name) for name in HEALTHY if not callable(getattr(found, name))},
        "confirms": found.confirms(telegram),
        "transmits": found.transmits(telegram),
        "answers": found.answers("1/0/1"),
        "lengthens": found.lengthens("1/0/1"),
        "delay_s": found.delay_s("1/0/1"),
        "is_dead": found.is_dead("lamp", "1/0/1"),
    }


def test_without_a_fault_all_is_well() -> None:
    assert conduct() == HEALTHY


def test_every_fault_is_tested_here() -> None:
    assert [fault.partition(":")[0] for fault in CHANGES] == [kind.name for kind in FAULTS]


@pytest.mark.parametrize("fault", CHANGES)
def test_each_fault_changes_one_thing(fault: str) -> None:
    assert conduct(fault) == {**HEALTHY, **CHANGES[fault]}


@pytest.mark.parametrize("fault", OF_PLACES)
def test_a_fault_can_concern_a_group_or_a_device_alone(fault: str) -> None:
    for place in ("lamp", "1/0/1"):
        assert conduct(f"{fault}@{place}") == {**HEALTHY, **CHANGES[fault]}
    for place in ("room", "2/0/1"):
        assert conduct(f"{fault}@{place}") == HEALTHY


def test_delays_add_up() -> None:
    assert conduct("latency:2s", "latency:500ms@lamp")["delay_s"] == 2.5


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("latency", "fault 'latency' needs an argument"),
        ("negative:1", "fault 'negative' takes no argument"),
        ("silent:soon", "soon"),
        ("dead@9/9/9", "the simulator has no group or device '9/9/9'"),
    ],
)
def test_what_is_no_fault_is_said(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        conduct(text)
