"""The table of commands: the help shows what stands in it, so it says what the commands themselves say."""

import pytest
from typer.main import get_group

from interlock.cli.commands import SUMMARIES, registered


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_summary_is_the_first_sentence_of_the_commands_help(name: str) -> None:
    command = get_group(registered([name])).commands[name]
    assert command.get_short_help_str(1000) == SUMMARIES[name]


def test_commands_are_registered_in_the_tables_order() -> None:
    assert list(get_group(registered(SUMMARIES)).commands) == list(SUMMARIES)
