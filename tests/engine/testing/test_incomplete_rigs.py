"""What a rig cannot do is skipped and said; what would make a test worthless is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from pydantic import SecretStr

from interlock import ConnectionSettings
from interlock.testing import Rig
from support.kettles import KettleContract

pytestmark = pytest.mark.slow


def run(clause: str, **changes: object) -> None:
    """Put an honest driver to a clause with a rig that is changed."""

    class Contract(KettleContract):
        def adapt(self, rig: Rig) -> Rig:
            return replace(rig, **changes)  # type: ignore[arg-type]

    getattr(Contract(), f"test_{clause}")()


@pytest.mark.parametrize(
    ("clause", "lacking"),
    [
        ("a_value_that_changed_at_the_device_is_read", "change"),
        ("an_unknown_address_spoils_no_neighbour", "unknown"),
        ("no_more_reads_are_under_way_than_the_settings_allow", "requests"),
        ("no_more_reads_are_under_way_than_the_settings_allow", "hang"),
        ("silence_ends_a_read_within_the_drivers_own_limits", "hang"),
        ("a_connection_that_breaks_off_costs_one_read", "drop"),
        ("wrong_credentials_are_said_to_be_wrong", "wrong_credentials"),
        ("a_refused_command_was_certainly_not_executed", "refuse"),
        ("a_refused_command_was_certainly_not_executed", "value"),
        ("a_command_without_an_answer_may_have_been_executed", "hang"),
        ("a_command_is_sent_once", "requests"),
        ("a_command_that_succeeds_is_sent_once", "requests"),
        ("each_command_of_a_moment_is_sent_once", "requests"),
        ("a_command_that_is_refused_is_sent_once", "refuse"),
        ("a_command_to_a_silent_peer_is_sent_once", "hang"),
        ("a_command_that_is_answered_nonsense_may_have_been_executed", "garble"),
        ("no_more_commands_begin_than_the_rate_allows", "requests"),
        ("no_more_reads_begin_than_the_rate_allows", "requests"),
        ("each_point_of_a_batch_gets_its_own_value", "change"),
        ("each_point_of_a_batch_gets_its_own_value", "value"),
        ("what_was_written_hides_no_later_change", "change"),
        ("each_read_asks_the_peer", "requests"),
        ("a_batch_costs_no_more_requests_than_it_must", "requests"),
        ("a_batch_costs_no_more_requests_than_it_must", "requests_for_all"),
        ("a_batch_costs_as_many_requests_as_are_planned", "requests"),
        ("nonsense_is_no_value", "garble"),
        ("a_command_is_sent_once", "drop"),
        ("a_command_to_a_peer_that_is_away_was_certainly_not_executed", "lose"),
        ("it_opens_while_its_peer_is_away", "lose"),
        ("it_opens_while_its_peer_is_away", "regain"),
        ("it_survives_the_loss_of_its_peer", "regain"),
        ("it_closes_after_its_peer_went_away", "lose"),
        ("a_read_that_is_cancelled_leaves_nothing_behind", "hang"),
        ("a_read_that_is_cancelled_leaves_nothing_behind", "requests"),
        ("the_past_is_whole_and_in_order", "past"),
        ("an_empty_span_has_no_past", "past"),
    ],
)
def test_what_a_rig_cannot_do_is_skipped_and_said(clause: str, lacking: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=f"the rig gives no '{lacking}'"):
        run(clause, **{lacking: None})


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("each_point_can_be_read_alone", "no target that can be read"),
        ("each_state_takes_its_values_and_holds_them", "no target that holds what is written to it"),
        ("each_trigger_is_taken", "no trigger"),
        ("calls_with_fields_are_taken", "no controller with fields"),
        ("what_cannot_be_written_refuses", "no target that cannot be written"),
        ("a_command_that_succeeds_is_sent_once", "no target that takes commands"),
        ("what_was_written_hides_no_later_change", "no target that holds what is written to it"),
    ],
)
def test_a_rig_without_points_of_a_kind_skips_them(clause: str, said: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=f"the rig has {said}"):
        run(clause, targets=())


def test_what_the_peer_holds_need_not_be_known_to_see_that_it_was_taken() -> None:
    run("each_state_takes_its_values_and_holds_them", value=None)


def test_what_a_device_took_up_need_not_be_known_to_count_what_arrives() -> None:
    run("a_command_that_succeeds_is_sent_once", taken=None)
    run("each_command_of_a_moment_is_sent_once", taken=None)


def test_points_without_samples_are_left_alone() -> None:
    with pytest.raises(pytest.skip.Exception, match="holds what is written"):
        names = [f"kettle{unit}.{controller}" for unit in (1, 2) for controller in ("power", "mode")]
        run("each_state_takes_its_values_and_holds_them", samples=dict.fromkeys(names, ()))


def test_a_controller_with_fields_needs_a_call() -> None:
    with pytest.raises(AssertionError, match=r"no 'calls' for kettle1.program, kettle2.program"):
        run("calls_with_fields_are_taken", calls={})


def test_senseless_calls_are_wanted_where_there_are_some() -> None:
    with pytest.raises(pytest.skip.Exception, match="'senseless_calls'"):
        run("senseless_calls_are_found_before_they_are_sent", senseless_calls={})


def test_a_look_before_a_command_is_no_command() -> None:
    async def nothing() -> None:
        return

    with pytest.raises(AssertionError):
        run("a_command_is_sent_once", drop_commands=nothing)
    with pytest.raises(AssertionError):
        run("a_command_without_an_answer_may_have_been_executed", hang_commands=nothing)
    with pytest.raises(AssertionError):
        run("a_command_that_is_answered_nonsense_may_have_been_executed", garble_commands=nothing)
    with pytest.raises(AssertionError):
        run("a_command_is_sent_once", commands=lambda: 0)


def with_token(rig_settings: ConnectionSettings, token: str) -> Mapping[str, ConnectionSettings]:
    changed = rig_settings.model_copy(update={"token": SecretStr(token)})
    return {"settings": changed, "wrong_credentials": changed}


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "the rig's settings leave token empty: give them something to hide"),
        ("short", "give the rig's settings secrets of 6 characters or more"),
    ],
)
def test_a_secret_that_cannot_be_found_is_refused(token: str, said: str) -> None:
    class Contract(KettleContract):
        def adapt(self, rig: Rig) -> Rig:
            return replace(rig, **with_token(rig.settings, token))  # type: ignore[arg-type]

    with pytest.raises(AssertionError, match=said):
        Contract().test_no_error_no_exchange_and_no_log_line_holds_a_secret()
