"""The section journal: how long, how large, how often."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.config.journal_section import JournalModel, JournalSettings, format_size, parse_size
from interlock.schema.values import object_of, settings_of
from support.json_schemas import validator_of
from support.site_files import HEADER, SiteFolder

USUAL = JournalSettings(keep=timedelta(days=400), max_size=2 * 10**9, heartbeat=timedelta(hours=1))


@pytest.mark.parametrize("section", ["", "journal:\n", "journal: {}\n"])
def test_a_site_that_says_nothing_keeps_its_journal_as_usual(folder: SiteFolder, section: str) -> None:
    assert folder.sound(HEADER + section).journal == USUAL


def test_a_site_says_how_its_journal_is_kept(folder: SiteFolder) -> None:
    site = folder.sound(HEADER + "journal: {keep: 30d, max_size: 500 MiB, heartbeat: 15m}\n")
    assert site.journal == JournalSettings(
        keep=timedelta(days=30), max_size=500 * 2**20, heartbeat=timedelta(minutes=15)
    )


@pytest.mark.parametrize("word", ["0", "'0'", "forever"])
def test_a_journal_is_kept_for_ever(folder: SiteFolder, word: str) -> None:
    assert folder.sound(HEADER + f"journal: {{keep: {word}}}\n").journal.keep is None


def test_a_journal_has_no_limit_and_no_heartbeat(folder: SiteFolder) -> None:
    journal = folder.sound(HEADER + "journal: {max_size: 0, heartbeat: 0}\n").journal
    assert (journal.max_size, journal.heartbeat) == (None, None)


def test_the_least_is_taken(folder: SiteFolder) -> None:
    site = folder.sound(HEADER + "journal: {keep: 24h, max_size: 1MB, heartbeat: 1m}\n")
    assert site.journal == JournalSettings(
        keep=timedelta(days=1), max_size=10**6, heartbeat=timedelta(minutes=1)
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("keep: 23h", "'keep': it must be 1d or more; write 0 or forever to delete nothing"),
        ("keep: 400", "'keep': a duration needs its unit: write 400s or 400m"),
        ("keep: false", "'keep': it must be 1d or more; write 0 or forever to delete nothing"),
        ("keep: ever", "'keep': 'ever' is no duration: write for example 30s, 5m, 1h30m or 2d"),
        ("max_size: 999kB", "'max_size': it must be 1MB or more; write 0 for no limit"),
        ("max_size: 2", "'max_size': a size needs its unit: write 2MB or 2GB"),
        ("max_size: forever", "'max_size': 'forever' is no size: write for example 500MB, 2GB or 1.5GiB"),
        ("max_size: true", "'max_size': 'True' is no size: write for example 500MB, 2GB or 1.5GiB"),
        ("heartbeat: 59s", "'heartbeat': it must be 1m or more; write 0 for none"),
        ("kept: 30d", "unknown key 'kept' | did you mean 'keep'?"),
    ],
)
def test_what_makes_no_sense_is_refused(folder: SiteFolder, written: str, said: str) -> None:
    (finding,) = folder.findings(HEADER + f"journal: {{{written}}}\n")
    assert finding.endswith(f" error: {said}")


def test_an_included_file_cannot_say_it(folder: SiteFolder) -> None:
    folder.write("more.yaml", "journal: {keep: 30d}\n")
    (finding,) = folder.findings(HEADER + "include: [more.yaml]\n")
    assert "'journal' can stand in the site file only" in finding


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1kB", 1000),
        ("2 gb", 2 * 10**9),
        ("1.5GiB", 1_610_612_736),
        ("3TB", 3 * 10**12),
        (" 4mib ", 4 * 2**20),
    ],
)
def test_sizes_are_read_as_they_are_written(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 kB"), (999_000, "999 kB"), (10**6, "1 MB"), (1_530_000_000, "1.53 GB")]
)
def test_sizes_are_told_to_three_digits(size: int, text: str) -> None:
    assert format_size(size) == text


@given(st.integers(min_value=1, max_value=999), st.sampled_from(["kB", "MB", "GB"]))
def test_what_is_told_is_read_again(count: int, unit: str) -> None:
    assert format_size(parse_size(f"{count}{unit}")) == f"{count} {unit}"


@pytest.mark.parametrize(
    ("section", "is_fit"),
    [
        ({"keep": "400d", "max_size": "2 GB", "heartbeat": "1h"}, True),
        ({"keep": 0, "max_size": 0, "heartbeat": 0}, True),
        ({"keep": "forever"}, True),
        ({"max_size": "2"}, False),
        ({"max_size": "2 XB"}, False),
        ({"keep": "long"}, False),
        ({"kept": "1d"}, False),
    ],
)
def test_editors_know_the_section(section: object, is_fit: bool) -> None:
    schema = object_of(JournalModel, settings_of(JournalModel))
    assert validator_of(schema).is_valid(section) is is_fit
