"""Numbers of things agree with what they count."""

from interlock.plurals import counted


def test_one_is_one_and_all_else_are_several() -> None:
    assert [counted(count, "rule") for count in (0, 1, 2)] == ["0 rules", "1 rule", "2 rules"]


def test_a_verb_goes_with_it() -> None:
    assert counted(1, "entry waits", "entries wait") == "1 entry waits"
    assert counted(3, "entry waits", "entries wait") == "3 entries wait"
