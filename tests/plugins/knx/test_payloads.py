"""What payloads mean to groups."""

import pytest

from interlock import ProtocolFault
from interlock_knx.payloads import decoded, fits_group, value_of
from interlock_knx.telegrams import Payload
from support.knx_groups import group

ROOM = group("room", "2/0/1", "9.001")
DOOR = group("door", "4/0/1", "1.009", inverted=True)


@pytest.mark.parametrize(
    ("payload", "fits_room", "fits_door"),
    [(b"\x0c\x1a", True, False), (b"\x0c", False, False), (1, False, True), (2, False, False)],
)
def test_a_payload_fits_the_groups_of_its_length(payload: Payload, fits_room: bool, fits_door: bool) -> None:
    assert (fits_group(ROOM, payload), fits_group(DOOR, payload)) == (fits_room, fits_door)


def test_a_value_is_the_opposite_where_the_group_is_inverted() -> None:
    assert (value_of(ROOM, b"\x0c\x1a"), value_of(DOOR, 0), decoded(DOOR, 1)) == (21.0, True, False)


@pytest.mark.parametrize(
    ("payload", "fault"),
    [(b"\x0c", "0c is not as long as DPT 9.001 says"), (b"\x7f\xff", "7fff is no valid value of DPT 9.001")],
)
def test_what_is_no_value_is_a_fault(payload: Payload, fault: str) -> None:
    found = decoded(ROOM, payload)
    assert isinstance(found, ProtocolFault)
    assert found.message == fault
