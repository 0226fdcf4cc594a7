"""Which files ``include:`` names."""

from pathlib import Path

from interlock.config.includes import find_included
from interlock.config.nodes import ListNode, ScalarNode, SourceFile
from interlock.config.reader import parse_yaml
from interlock.errors import Diagnostic
from support.site_files import SiteFolder, told


def included(patterns: str, site_file: str = "site.yaml") -> tuple[list[str], list[str]]:
    problems: list[Diagnostic] = []
    node = parse_yaml(SourceFile("site.yaml", patterns), problems)
    assert isinstance(node, ListNode)
    scalars = [item for item in node.items if isinstance(item, ScalarNode)]
    found = find_included(scalars, Path(site_file), problems)
    assert [str(each.path) for each in found] == [each.name for each in found]
    return [each.name for each in found], [told(problem) for problem in problems]


def fill(folder: SiteFolder, *names: str) -> None:
    for name in names:
        folder.write(name, "")


def test_files_stand_in_the_order_of_patterns_and_then_of_names(folder: SiteFolder) -> None:
    fill(folder, "z.yaml", "r/b.yaml", "r/a.yaml", "r/c.txt")
    assert included("[z.yaml, r/*.yaml]") == (["z.yaml", "r/a.yaml", "r/b.yaml"], [])


def test_patterns_are_relative_to_the_site_file(folder: SiteFolder) -> None:
    fill(folder, "house/r/a.yaml")
    assert included("['r/?.yaml']", "house/site.yaml") == (["house/r/a.yaml"], [])


def test_two_stars_reach_into_all_folders(folder: SiteFolder) -> None:
    fill(folder, "r/a.yaml", "r/x/y/b.yaml")
    assert included("['r/**/*.yaml']") == (["r/a.yaml", "r/x/y/b.yaml"], [])


def test_each_file_is_included_once(folder: SiteFolder) -> None:
    fill(folder, "a.yaml", "b.yaml")
    Path("c.yaml").symlink_to("a.yaml")
    assert included("[b.yaml, '*.yaml', ./b.yaml]") == (["b.yaml", "a.yaml"], [])


def test_the_site_file_and_its_secrets_match_no_pattern(folder: SiteFolder) -> None:
    fill(folder, "site.yaml", "secrets.yaml", "a.yaml")
    assert included("['*.yaml']") == (["a.yaml"], [])


def test_naming_the_site_file_or_its_secrets_is_an_error(folder: SiteFolder) -> None:
    fill(folder, "site.yaml", "secrets.yaml")
    assert included("[./site.yaml, secrets.yaml]") == (
        [],
        [
            "site.yaml:1:2+11: error: './site.yaml' cannot be included: it is in use",
            "site.yaml:1:15+12: error: 'secrets.yaml' cannot be included: it is in use",
        ],
    )


def test_hidden_files_and_folders_are_left_out(folder: SiteFolder) -> None:
    fill(folder, "r/.#a.yaml", "r/x.yaml/b")
    assert included("[r/*.yaml]") == ([], ["site.yaml:1:2+8: warning: no file matches 'r/*.yaml'"])


def test_a_missing_file_is_an_error_and_an_empty_pattern_a_warning(folder: SiteFolder) -> None:
    assert included('[a.yaml, "[ab].yaml", "a\\0*"]') == (
        [],
        [
            "site.yaml:1:2+6: error: there is no file 'a.yaml' to include",
            "site.yaml:1:10+11: warning: no file matches '[ab].yaml'",
            "site.yaml:1:23+6: error: this cannot be a path",
        ],
    )


def test_a_folder_that_is_named_is_left_to_the_reading_to_refuse(folder: SiteFolder) -> None:
    Path("r").mkdir()
    assert included("[r]") == (["r"], [])
