"""Results of scenarios as JUnit XML, which build servers show.

Source: the schema of Jenkins' xUnit plugin, junit-10.xsd; elements and attributes that others take too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from interlock.redaction import redactor
from interlock.simulation.scenarios.suite import Timed
from interlock.simulation.scenarios.telling import teller_of
from interlock.whole_file import replaced

# What XML 1.0 cannot hold, not even escaped. Source: XML 1.0, section 2.2, Char.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(results: Sequence[Timed], suite: str, path: Path) -> None:
    """Write results into a file, which is there as a whole or not at all.

    Args:
        results: In the order in which they were played.
        suite: The name of the whole, such as the site's.
        path: The file; one that is there is replaced.

    Raises:
        ReportFailed: it cannot be written.
    """
    document = to_junit(results, suite)
    with replaced(path) as file:
        file.write(document)


def to_junit(results: Sequence[Timed], suite: str) -> bytes:
    """Return results as an XML document in UTF-8."""
    root = Element("testsuites")
    whole = SubElement(root, "testsuite", _counts(results, suite))
    for each in results:
        _add_case(whole, each)
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _counts(results: Sequence[Timed], suite: str) -> dict[str, str]:
    broken = [each for each in results if each.result.faults]
    failed = [each for each in results if each.result.differences and not each.result.faults]
    took = sum((each.took for each in results), timedelta())
    return {
        "name": _fit(suite),
        "tests": str(len(results)),
        "failures": str(len(failed)),
        "errors": str(len(broken)),
        "skipped": "0",
        "time": _seconds(took),
    }


def _add_case(whole: Element, timed: Timed) -> None:
    result, scenario = timed.result, timed.result.scenario
    file = scenario.mark.source.name
    case = SubElement(
        whole,
        "testcase",
        {
            "name": _fit(scenario.name),
            "classname": _fit(file),
            "file": _fit(file),
            "line": str(scenario.mark.line),
            "time": _seconds(timed.took),
        },
    )
    if not result.has_passed:
        teller = teller_of(result)
        kind = "error" if result.faults else "failure"
        element = SubElement(case, kind, {"message": _fit(teller.message()), "type": kind})
        element.text = _fit(teller.failure())


def _seconds(took: timedelta) -> str:
    return f"{took.total_seconds():.3f}"


def _fit(text: str) -> str:
    """Return a text as XML can hold it, without secrets."""
    return _FORBIDDEN.sub("\ufffd", redactor.redact(text))
