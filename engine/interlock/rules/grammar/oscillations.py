"""Finds rules that set each other off: each writes what lets the next fire, and nothing brakes them.

They are played through from every world of the few values that matter to them. Only what is certain is told:
one rule after the other, with actions that take no time, on points that no guard, interlock or claim holds.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from interlock.config.nodes import Mark
from interlock.config.site import Site
from interlock.driver import Target
from interlock.errors import Diagnostic, Severity
from interlock.expressions.expression import CONSTANTS, Expression
from interlock.expressions.view import EmptyView
from interlock.model import Point, Value, format_value
from interlock.rules.actions import LogAction, VariablesAction, WriteAction
from interlock.rules.grammar.doing import Doing
from interlock.rules.grammar.worlds import columns_of, is_plain
from interlock.rules.interlocks import Interlock
from interlock.rules.rule import Mode, Rule
from interlock.rules.triggers import BecomesTrigger, ChangeTrigger, points_of_trigger

_MOST_RULES, _MOST_WORLDS, _MOST_TURNS = 12, 1024, 48
"""Of one circle: what is larger is not played through, nor what counts on and on."""

_AT_ONCE = WriteAction | VariablesAction | LogAction
"""Actions that let a rule come to its end."""

_HINT = "let one of them go by something else, or brake it with 'cooldown'"

_World = tuple[Value | None, ...]
"""A value of each point; None where it is not known."""


# Not frozen, as nodes are not: it is made for most rules, and nobody writes to it.
@dataclass(slots=True)
class _Player:
    """A rule that fires and acts in no time."""

    rule: Rule
    becomes: tuple[Expression, ...]
    changes: frozenset[Point]
    watched: frozenset[Point]
    """What sets it off."""
    writes: Mapping[Point, Value | Expression]

    @property
    def looks(self) -> tuple[Expression, ...]:
        computed = (each for each in self.writes.values() if not isinstance(each, CONSTANTS))
        return (*self.becomes, *((self.rule.condition,) if self.rule.condition else ()), *computed)


def find_oscillations(
    site: Site, rules: Sequence[Rule], interlocks: Iterable[Interlock]
) -> Sequence[Diagnostic]:
    """Return a warning of each circle of rules that set each other off, at the first of its rules.

    Where a text makes rules for many rooms, one of its circles is told.
    """
    looking = [rule for rule in rules if _is_free(rule)]
    triggers = [trigger for rule in looking for trigger in rule.triggers]
    watched = frozenset[Point]().union(*map(points_of_trigger, triggers))
    players = _meeting([found for rule in looking if (found := _player(rule, watched))])
    if not players:
        return ()
    free = _free(site, rules, interlocks)
    certain = [each for each in players if each.writes.keys() <= free and all(map(is_plain, each.looks))]
    told: dict[Mark, str] = {}
    for circle in _circles(certain):
        turns = _Played(site.targets, circle).find() if len(circle) <= _MOST_RULES else ()
        if turns:
            steps = ", ".join(f"'{by.rule.id}' sets {what} to {format_value(new)}" for by, what, new in turns)
            message = f"these rules set each other off in a circle: {steps}, and so on"
            told.setdefault(turns[0][0].rule.mark, message)
    severity = Severity.WARNING
    return [mark.diagnostic(message, hint=_HINT, severity=severity) for mark, message in told.items()]


def _is_free(rule: Rule) -> bool:
    """Whether a rule acts each time that it is set off, and does nothing else."""
    is_other = rule.keep or rule.cooldown or rule.limit or rule.otherwise or rule.undo
    return rule.mode is Mode.ON and not is_other


def _player(rule: Rule, watched: frozenset[Point]) -> _Player | None:
    """Return a rule that points set off, and that at once sets some that are watched; None for any other."""
    writes = _writes(rule)
    if watched.isdisjoint(writes):
        return None
    becomes = [
        each.when
        for each in rule.triggers
        if isinstance(each, BecomesTrigger) and not (each.until or each.hold or each.dip)
    ]
    any_change = [each for each in rule.triggers if isinstance(each, ChangeTrigger) and _is_any_change(each)]
    changes = frozenset([point for each in any_change for point in each.points])
    own = changes.union(*[each.points for each in becomes])
    return _Player(rule, tuple(becomes), changes, own, writes) if own else None


def _meeting(players: Sequence[_Player]) -> Sequence[_Player]:
    """Return those that others may set off, and that may set off others."""
    written = frozenset[Point]().union(*(each.writes for each in players))
    found = [each for each in players if not written.isdisjoint(each.watched)]
    watched = frozenset[Point]().union(*(each.watched for each in found))
    return [each for each in found if not watched.isdisjoint(each.writes)]


def _is_any_change(trigger: ChangeTrigger) -> bool:
    asked = (trigger.came_from, trigger.went_to, trigger.above is not None, trigger.below is not None)
    return not any((*asked, trigger.by is not None, trigger.hold != timedelta()))


def _writes(rule: Rule) -> Mapping[Point, Value | Expression]:
    """Return what a rule sets each time that it fires; nothing where that is not certain."""
    found: dict[Point, Value | Expression] = {}
    for action in rule.actions:
        if not isinstance(action, _AT_ONCE):
            return {}
        for each in action.assignments if isinstance(action, WriteAction) else ():
            if each.value is None or each.fields:
                return {}
            found[each.target.point] = each.value
    return found


def _free(site: Site, rules: Iterable[Rule], interlocks: Iterable[Interlock]) -> frozenset[Point]:
    """Return the points that take what rules set, whatever else there is."""
    held: set[Point] = set()
    for each in map(Doing.of, rules):
        kept = each.rule.keep.assignments if each.rule.keep else ()
        claimed = (one for write in each.writes if write.holds for one in write.assignments)
        held.update(one.target.point for one in (*kept, *claimed))
    for lock in interlocks:
        held.update(lock.never.points, lock.instead)
    readable = (point for point, target in site.targets.items() if target.capability.has_reading)
    return frozenset(readable) - held - site.guards.keys()


def _circles(players: Sequence[_Player]) -> Iterator[Sequence[_Player]]:
    """Yield the rules that can set each other off in a circle, those that belong together."""
    after: defaultdict[Hashable, set[Hashable]] = defaultdict(set)
    for each in players:
        for point in each.writes:
            after[each.rule.id].add(point)
        for point in each.watched:
            after[point].add(each.rule.id)
    after = _core(after)
    while rest := [each for each in players if each.rule.id in after]:
        together = _together(rest[0].rule.id, after)
        yield [each for each in rest if each.rule.id in together]
        for node in together:
            del after[node]


def _core(after: defaultdict[Hashable, set[Hashable]]) -> defaultdict[Hashable, set[Hashable]]:
    """Return a graph without what no circle leads to, or leads to none."""
    before: defaultdict[Hashable, set[Hashable]] = defaultdict(set)
    for node, followings in list(after.items()):
        for following in followings:
            before[following].add(node)
            after[following]  # Each node has its place.
    waiting = [node for node in after if not after[node] or not before[node]]
    while waiting:
        node = waiting.pop()
        for ways, back in ((after, before), (before, after)):
            for other in ways.pop(node, ()):
                back[other].discard(node)
                if not back[other]:
                    waiting.append(other)
    return after


def _together(start: Hashable, after: Mapping[Hashable, Iterable[Hashable]]) -> set[Hashable]:
    """Return what is connected with a node, whichever way."""
    neighbours: defaultdict[Hashable, set[Hashable]] = defaultdict(set)
    for node, followings in after.items():
        for following in followings:
            neighbours[node].add(following)
            neighbours[following].add(node)
    found, waiting = {start}, [start]
    while waiting:
        new = neighbours[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


_Fired = tuple[_Player, Point, Value]
"""A rule that fired, and what it made of which point."""


class _Played:
    """Rules that may set each other off, in every world of the points that they look at."""

    def __init__(self, targets: Mapping[Point, Target], players: Sequence[_Player]) -> None:
        self._players = players
        looks = [look for each in players for look in each.looks]
        watched = frozenset[Point]().union(*(each.watched for each in players))
        self._points = sorted(watched.union(*(each.points for each in looks)))
        constants = (value for each in players for value in each.writes.values())
        numbers = [float(each) for each in constants if isinstance(each, int | float)]
        self._columns = columns_of(self._points, looks, targets, numbers)
        self._over: set[tuple[_World, _World]] = set()
        """What was played through."""
        self._counts = False
        """Whether a number was met that counts on and on."""

    def find(self) -> Sequence[_Fired]:
        """Return what happens in a circle that is found, from the first of its rules; nothing for none."""
        count = 1
        for column in self._columns:
            count *= len(column)
        if count > _MOST_WORLDS:
            return ()
        starts = ((self._with(world, place, value), world) for world, place, value in self._turns())
        turns: Sequence[_Fired] = ()
        for before, after in starts:
            turns = self._play(before, after)
            if turns or self._counts:
                break
        first = min(range(len(turns)), key=lambda place: self._players.index(turns[place][0]), default=0)
        return (*turns[first:], *turns[:first])

    def _turns(self) -> Iterator[tuple[_World, int, Value | None]]:
        """Yield each world, with each other value that one of its points may have had before."""
        for world in itertools.product(*self._columns):
            for place, column in enumerate(self._columns):
                yield from ((world, place, value) for value in column if value != world[place])

    def _with(self, world: _World, place: int, value: Value | None) -> _World:
        return (*world[:place], value, *world[place + 1 :])

    def _play(self, before: _World, after: _World) -> Sequence[_Fired]:
        """Return the circle into which a change leads; nothing where it ends, or that is not certain."""
        path: list[tuple[_World, _World]] = []
        fired: list[_Fired] = []
        while (turn := (before, after)) not in self._over and not self._counts:
            self._over.add(turn)
            path.append(turn)
            self._counts = len(path) > _MOST_TURNS
            done = self._next(before, after)
            if done is None:
                return ()
            fired.append(done)
            before, after = after, self._with(after, self._points.index(done[1]), done[2])
        return fired[path.index(turn) :] if turn in path and not self._counts else ()

    def _next(self, before: _World, after: _World) -> _Fired | None:
        """Return the one thing that rules make of a change; None where it is nothing, or several."""
        was, view = self._view(before), self._view(after)
        changed = {
            point
            for point, *values in zip(self._points, before, after, strict=True)
            if values[0] != values[1]
        }
        made: dict[Point, _Fired] = {}
        for each in self._players:
            if not (each.changes & changed or any(_rises(look, was, view) for look in each.becomes)):
                continue
            if each.rule.condition and each.rule.condition.truth(view) is not True:
                continue
            for point, value in each.writes.items():
                new = value if isinstance(value, CONSTANTS) else value.evaluate(view).value
                if new is None or (point in made and made[point][2] != new):
                    return None
                if point in view.values and view.values[point] != new:
                    made[point] = (each, point, new)
        return next(iter(made.values())) if len(made) == 1 else None

    def _view(self, world: _World) -> EmptyView:
        pairs = zip(self._points, world, strict=True)
        return EmptyView(values={point: value for point, value in pairs if value is not None})


def _rises(look: Expression, was: EmptyView, view: EmptyView) -> bool:
    return look.truth(view) is True and look.truth(was) is False
