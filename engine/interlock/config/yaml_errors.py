"""The YAML parser's complaints in words that say what to do, at the place that has to be mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from interlock.config.nodes import Mark, SourceFile, mark_in
from interlock.errors import Diagnostic


@dataclass(frozen=True, slots=True)
class _Sentence:
    message: str
    """``{begin}`` stands for the line where the broken thing begins."""
    hint: str = ""
    at_begin: bool = False
    """Whether the place to mend is where the broken thing begins, not where the parser gave up."""


_INDENT = "indent it like its neighbours"
_QUOTES = "put the text in quotes"
_SIGNS = "close the bracket, or put a text that holds a comma, a quote, a bracket or a brace in quotes"
_BACKSLASH = "use single quotes, in which a backslash is itself"

# libyaml's texts, as its scanner and parser have them.
_SENTENCES: Mapping[str, _Sentence] = MappingProxyType(
    {
        "mapping values are not allowed in this context": _Sentence(
            "no key can stand here", f"{_INDENT}; a text that holds ': ' needs quotes"
        ),
        "found character that cannot start any token": _Sentence(
            "no value can begin with this character", _QUOTES
        ),
        "could not find expected ':'": _Sentence(
            "this line is neither 'key: value' nor '- item'", "put a space behind the colon", at_begin=True
        ),
        "did not find expected key": _Sentence(
            "this does not fit the mapping that begins on line {begin}",
            f"{_INDENT}; check quotes and brackets",
        ),
        "did not find expected '-' indicator": _Sentence(
            "this does not fit the list that begins on line {begin}", f"{_INDENT}, with '- ' in front"
        ),
        "did not find expected ',' or '}'": _Sentence(
            "expected ',' or '}}' to go on from line {begin}", _SIGNS
        ),
        "did not find expected ',' or ']'": _Sentence(
            "expected ',' or ']' to go on from line {begin}", _SIGNS
        ),
        "did not find expected alphabetic or numeric character": _Sentence(
            "no text can begin with '*' or '&'", _QUOTES, at_begin=True
        ),
        "did not find expected comment or line break": _Sentence(
            "no text can begin with '>' or '|' and go on in the same line", _QUOTES, at_begin=True
        ),
        "did not find expected node content": _Sentence("a value is missing here"),
        "found unexpected end of stream": _Sentence("this quote is never closed", at_begin=True),
        "found unexpected ':'": _Sentence(
            "between brackets a text that holds ':' needs quotes", 'put it in quotes, such as "07:30"'
        ),
        "found unknown escape character": _Sentence("this backslash escapes nothing known", _BACKSLASH),
        "did not find expected hexdecimal number": _Sentence(
            "this escape lacks hexadecimal digits", _BACKSLASH
        ),
        "found invalid Unicode character escape code": _Sentence("this escape is no character", _BACKSLASH),
        "found undefined tag handle": _Sentence("this tag is not known", _QUOTES),
        "found incompatible YAML document": _Sentence("the file asks for another YAML than 1.2"),
    }
)
_TAB = _Sentence("a tab stands where YAML takes spaces only", "indent with spaces")
_NO_BREAK = _Sentence("a no-break space stands where YAML takes plain ones", "indent with plain spaces")
_BEHIND_QUOTES = _Sentence(
    "nothing can follow a text in quotes", "put all of it in quotes, of the other kind where it holds some"
)


def diagnostic_of(error: YAMLError, source: SourceFile) -> Diagnostic:
    """Return the finding that a parser's error means. It quotes nothing from the file."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Mark(source, 1, 1).diagnostic("the file is no YAML")
    problem = str(error.problem)
    place = mark_in(source, error.problem_mark.line, error.problem_mark.column)
    begin = place
    if error.context_mark is not None:
        begin = mark_in(source, error.context_mark.line, error.context_mark.column)
    sentence = _sentence(problem, place)
    if "expected ','" in problem and _is_at_end(place):
        return begin.diagnostic("this bracket is never closed")
    message = sentence.message.format(begin=begin.line)
    return (begin if sentence.at_begin else place).diagnostic(message, hint=sentence.hint)


def _sentence(problem: str, place: Mark) -> _Sentence:
    if _char(place) == "\t":
        return _TAB
    before = place.source.line(place.line)[: place.column - 1]
    if any("\xa0" in _indent(place, row) for row in (place.line - 1, place.line)):
        return _NO_BREAK
    if problem == "did not find expected key" and before.rstrip().endswith(("'", '"')):
        return _BEHIND_QUOTES
    return _SENTENCES.get(problem) or _Sentence(problem.replace("{", "{{").replace("}", "}}"))


def _indent(place: Mark, row: int) -> str:
    line = place.source.line(row)
    return line[: len(line) - len(line.lstrip())]


def _char(place: Mark) -> str:
    return place.source.line(place.line)[place.column - 1 : place.column]


def _is_at_end(place: Mark) -> bool:
    return place.line == place.source.line_count and not _char(place)
