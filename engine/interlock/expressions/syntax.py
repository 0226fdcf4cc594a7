"""jinja2's parser, taught to say where in the text each node stands."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream, describe_token
from jinja2.parser import Parser

from interlock.expressions.problems import ExpressionError, ExpressionProblem

_Tree = TypeVar("_Tree")

_CLOSED = "end of print statement"
_HABITS = {
    "&": "write 'and'",
    "|": "write 'or' between conditions; a single | is a filter",
    "!": "write 'not', or != to compare",
    "=": "write == to compare",
    "=>": "write >= to compare",
    "=<": "write <= to compare",
    "°": "a number stands without its unit",
    "between": "write 18 <= device.controller <= 26",
    "is_between": "write 18 <= device.controller <= 26",
    "$": "a name stands without a sign in front of it",
    "AND": "write 'and'",
    "OR": "write 'or'",
    "NOT": "write 'not'",
    "{": "braces stand around the whole expression or not at all",
    "}": "braces stand around the whole expression or not at all",
}


_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_TEMPLATE_HABITS = {**_HABITS, "}": "write }} behind the expression", "{": "write {{ once before it"}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A syntax tree whose `lineno` are offsets, with the length of every token of the text."""

    text: str
    node: nodes.Expr
    lengths: dict[int, int]
    whole: Span

    @property
    def inner(self) -> str:
        """The expression as written, without braces around it."""
        return self.text[self.whole.offset : self.whole.offset + self.whole.length]

    @property
    def pieces(self) -> tuple[str, ...]:
        """What the outermost ``and`` or ``or`` joins, as written; the whole alone where there is none."""
        if not isinstance(self.node, nodes.And | nodes.Or):
            return (self.inner,)
        word = "and" if isinstance(self.node, nodes.And) else "or"
        joints = [offset for offset in self._outer_tokens() if self._token(offset) == word]
        if not joints:
            # All of it stands in brackets.
            return parse_expression(self.inner[1:-1]).pieces
        starts = [self.whole.offset, *(offset + len(word) for offset in joints)]
        ends = [*joints, self.whole.offset + self.whole.length]
        return tuple(self.text[start:end].strip() for start, end in zip(starts, ends, strict=True))

    def _outer_tokens(self) -> Iterator[int]:
        """Yield where each token begins that stands in no brackets."""
        level = 0
        for offset in sorted(self.lengths):
            token = self._token(offset)
            level += (token in _OPENING) - (token in _CLOSING)
            if not level:
                yield offset

    def _token(self, offset: int) -> str:
        return self.text[offset : offset + self.lengths[offset]]

    def span(self, node: nodes.Node) -> Span:
        """Return the piece of the text that a node covers, without brackets that only group."""
        pieces = [self._piece(each) for each in walk(node)]
        found = [piece for piece in pieces if piece]
        start = min(piece.offset for piece in found)
        end = self._behind_brackets(start, max(piece.offset + piece.length for piece in found))
        return Span(start, end - start)

    def source(self, node: nodes.Node) -> str:
        """Return what a node looks like in the text."""
        span = self.span(node)
        return self.text[span.offset : span.offset + span.length]

    def _behind_brackets(self, start: int, end: int) -> int:
        """Return the end behind the brackets that were opened in a piece of the text."""
        opened, offsets = 0, sorted(self.lengths)
        for offset in offsets[bisect_left(offsets, start) :]:
            if offset >= end and not opened:
                break
            opened += (self.text[offset] in "([{") - (self.text[offset] in ")]}")
            end = max(end, offset + self.lengths[offset])
        return end

    def _piece(self, node: nodes.Node) -> Span | None:
        match node:
            # jinja2 notes the dot of an attribute, the bracket of a call, and the word behind an operation.
            case nodes.Getattr(attr=str(name)):
                return Span(node.lineno, 1 + len(name))
            case nodes.Test(name=str(name)):
                return Span(self.text.find(name, node.lineno), len(name))
            case nodes.TemplateData() | nodes.Slice():
                return None
            case nodes.Literal() | nodes.Name() | nodes.Filter() | nodes.Call() | nodes.Getitem():
                return Span(node.lineno, self.lengths.get(node.lineno, 1))
            case _:
                return None


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """A text in which some parts are expressions."""

    parts: tuple[str | Parsed, ...]


def walk(node: nodes.Node, enters: Callable[[nodes.Node], bool] = lambda node: True) -> Iterator[nodes.Node]:
    """Yield a node and all that stands inside it, without what is inside a node that is not entered."""
    # jinja2's own `find_all` recurses, and a chain of a thousand `and` is a thousand deep.
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if enters(each):
            yield each
            waiting.extend(each.iter_child_nodes())


class _Syntax(Environment):
    """Hands out tokens whose line number is their offset: so every node and every error has one."""

    def __init__(self) -> None:
        super().__init__(keep_trailing_newline=True, autoescape=False)
        self.lengths: dict[int, int] = {}
        """Of the tokens of the last text, by their offsets."""

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        self.lengths = {}
        return TokenStream(self.lexer.wrap(self._at_offsets(source, state)), name, filename)

    def _at_offsets(self, source: str, state: str | None) -> Iterator[tuple[int, str, str]]:
        offset = 0
        try:
            for _, kind, value in self.lexer.tokeniter(source, None, None, state):
                # Blanks that `{{-` has swallowed are in the text and not among the tokens.
                offset = max(source.find(value, offset), offset)
                self.lengths[offset] = len(value)
                yield offset, kind, value
                offset += len(value)
        except TemplateSyntaxError as error:
            error.lineno = offset
            raise


class _Desk(threading.local):
    """One for each thread: a site is read again in one of its own, while others ask for an expression."""

    def __init__(self) -> None:
        self.syntax = _Syntax()


_DESK = _Desk()


def parse_expression(text: str) -> Parsed:
    """Return the syntax tree of an expression; braces around all of it are allowed and not needed.

    Raises:
        ExpressionError: it cannot be parsed.
    """
    source, syntax = _blank_braces(text), _DESK.syntax
    node = _guarded(source, lambda: _parse_whole(syntax, source))
    return Parsed(text, node, syntax.lengths, _filled(source))


def parse_template(text: str) -> ParsedTemplate:
    """Return the parts of a text with ``{{ }}`` in it.

    Raises:
        ExpressionError: it cannot be parsed, or holds statements.
    """
    syntax = _DESK.syntax
    tree = _guarded(text, lambda: Parser(syntax, text).parse(), _TEMPLATE_HABITS)
    _refuse_stray_braces(text, syntax.lengths)
    return ParsedTemplate(tuple(_parts(text, tree, syntax.lengths)))


def _refuse_stray_braces(text: str, lengths: dict[int, int]) -> None:
    """Refuse a brace that closes nothing: it would be shown as it stands."""
    opened = 0
    for offset in _plain_offsets(text, lengths):
        opened += (text[offset] == "{") - (text[offset] == "}")
        if opened < 0:
            length = 2 if text.startswith("}}", offset) else 1
            raise _error(offset, length, "this closes nothing", "an expression stands between {{ and }}")


def _plain_offsets(text: str, lengths: dict[int, int]) -> Iterator[int]:
    """Yield the place of every character that stands outside of expressions."""
    is_plain = True
    for start, length in lengths.items():
        token = text[start : start + length].strip("-+ \n")
        is_plain = is_plain and token != "{{"
        if is_plain:
            yield from range(start, start + length)
        is_plain = is_plain or token == "}}"


def _filled(source: str) -> Span:
    return Span(len(source) - len(source.lstrip()), len(source.strip()))


def _blank_braces(text: str) -> str:
    """Put blanks in the place of the braces, so that every offset stays that of the text as given."""
    opened = re.match(r"\s*\{\{[-+]?", text)
    if not opened:
        return text
    closed = re.search(r"[-+]?\}\}\s*$", text)
    if not closed or closed.start() < opened.end():
        start = opened.end() - len(opened[0].lstrip())
        raise _error(start, 2, "the braces {{ are not closed", "write }} behind the expression")
    return " " * opened.end() + text[opened.end() : closed.start()]


def _parse_whole(environment: _Syntax, source: str) -> nodes.Expr:
    parser = Parser(environment, source, state="variable")
    node = parser.parse_expression()
    if not parser.stream.eos:
        token = parser.stream.current
        parser.fail(f"unexpected '{describe_token(token)}'", token.lineno)
    return node


def _parts(text: str, tree: nodes.Template, lengths: dict[int, int]) -> Iterator[str | Parsed]:
    for statement in tree.body:
        if not isinstance(statement, nodes.Output):
            hint = "write {{ a if condition else b }}"
            raise _error(statement.lineno, 1, "statements cannot stand here", hint)
        for node in statement.nodes:
            yield node.data if isinstance(node, nodes.TemplateData) else _parsed(text, node, lengths)


def _parsed(text: str, node: nodes.Expr, lengths: dict[int, int]) -> Parsed:
    whole = Parsed(text, node, lengths, Span(0, len(text))).span(node)
    return Parsed(text, node, lengths, whole)


def _guarded(text: str, parse: Callable[[], _Tree], habits: Mapping[str, str] = _HABITS) -> _Tree:
    """Run jinja2's parser; what it raises, also for giant numbers and depths, is an `ExpressionError`."""
    try:
        return parse()
    except TemplateSyntaxError as error:
        raise _syntax_error(text, error, habits) from None
    except ValueError:
        raise _error(0, len(text), "the expression has a number with too many digits") from None
    except RecursionError:
        raise _error(0, len(text), "the expression is nested too deeply") from None


def _syntax_error(text: str, error: TemplateSyntaxError, habits: Mapping[str, str]) -> ExpressionError:
    message = re.sub(r" at \d+$", "", str(error.message))
    if "end of template" in message:
        return _error(len(text.rstrip()), 1, _ended(text, message))
    message = message.replace("unexpected char ", "unexpected character ").replace(_CLOSED, "}}")
    offset = error.lineno
    word = re.match(r"\w*", text[offset:])
    length = len(word[0]) if word else 0
    message = re.sub(r"expected token 'name', got '(.)'", r"unexpected '\1'", message)
    message = re.sub(r"expected token '(\W)', got '.*'", r"expected '\1'", message)
    hint = _habit(text, offset, habits) or habits.get(text[offset : offset + max(length, 1)], "")
    return _error(offset, max(length, 1), message[:1].lower() + message[1:], hint)


def _habit(text: str, offset: int, habits: Mapping[str, str]) -> str:
    """Return what is meant by what stands at a place together with what stands before it."""
    if re.match(r"=[<>]", text[offset:]):
        return habits[text[offset : offset + 2]]
    for time in re.finditer(r"\b\d{1,2}:\d{2}\b", text):
        if time.start() <= offset < time.end():
            return f"a time of day stands in quotes: '{time[0]}'"
    number = re.search(r"\d+$", text[:offset])
    if number and (unit := re.match(r"(ms|min|[smhdw])\b", text[offset:])):
        return f"a duration stands in quotes: '{number[0]}{unit[0]}'"
    if number and (decimals := re.match(r",(\d+)", text[offset:])):
        return f"a number has a point: {number[0]}.{decimals[1]}"
    return ""


def _ended(text: str, message: str) -> str:
    if not text.strip():
        return "there is no expression"
    missing = re.search(r"expected '(\W)'", message)
    return f"the expression ends without its '{missing[1]}'" if missing else "the expression ends too early"


def _error(offset: int, length: int, message: str, hint: str = "") -> ExpressionError:
    return ExpressionError([ExpressionProblem(offset, length, message, hint)])
