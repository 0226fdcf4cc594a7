"""What a rule does, as values: all checked and compiled."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import Enum
from typing import TypeAlias

from interlock.config.nodes import Mark, Place, mark_of
from interlock.driver import Target
from interlock.expressions.expression import CONSTANTS, Expression, Template
from interlock.model import DEFAULT_PRIORITY, Point, Value

Amount: TypeAlias = timedelta | Expression
"""A duration that is given, or computed when it is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One value for one point. A constant is checked already; an expression is checked when computed."""

    target: Target
    value: Value | Expression | None
    fields: Mapping[str, Value | Expression] = field(default_factory=dict)
    """What ``call`` gives, by field; empty for every other action."""
    at: Place = field(compare=False, repr=False)
    """Where it stands."""

    @property
    def mark(self) -> Mark:
        """Where it stands, as a mark."""
        return mark_of(self.at)

    @property
    def points(self) -> frozenset[Point]:
        """The points that what it gives is computed from."""
        return points_of_values((self.value, *self.fields.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAction:
    """``set``, ``call`` and the verbs (``launch``, ``press``, ``stop`` …): commands of one moment."""

    text: str
    """As written, for traces: ``set living_ac.hvacmode: cooling``."""
    assignments: tuple[Assignment, ...]
    only_if_different: bool
    priority: int = DEFAULT_PRIORITY
    holds: bool = False
    """Whether the values stay in their places of the points' priority arrays, as claims."""
    lasts: Amount | None = None
    """How long they are held; None until they are released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAction:
    """``release``: lets go of what this rule holds."""

    text: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAction:
    """``log``: a line in the service's log and in the trace."""

    text: str
    message: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayAction:
    """``delay``: wait before the next action; with `most`, for a random time between the two."""

    text: str
    duration: Amount
    most: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitAction:
    """``wait``: until a condition holds, and has held for `hold`; for `timeout` at most."""

    text: str
    condition: Expression
    hold: Amount = timedelta()
    timeout: Amount | None = None
    goes_on: bool = False
    """``on_timeout: continue``; otherwise the firing stops there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What is done where a condition is true."""

    condition: Expression
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseAction:
    """``if`` and ``choose``: the first branch that is true; an unknown one ends the search, doing nothing."""

    text: str
    branches: tuple[Branch, ...]
    otherwise: tuple[Action, ...] = ()


class Loop(Enum):
    """What a repetition goes by."""

    COUNT = "count"
    """So many times."""
    WHILE = "while"
    """As long as a condition is true, looked at before each round."""
    UNTIL = "until"
    """Until a condition is true, looked at after each round; also where it is unknown."""
    EACH = "for_each"
    """For each item of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatAction:
    """``repeat``: actions again and again."""

    text: str
    actions: tuple[Action, ...]
    loop: Loop
    by: Value | Expression
    """The count, the condition or the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceAction:
    """``sequence``: actions one after the other, as one."""

    text: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelAction:
    """``parallel``: actions side by side; it ends when all have."""

    text: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAction:
    """``stop`` and ``fail``: the firing ends here."""

    text: str
    message: Template
    is_failure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedAction:
    """An action with ``on_error``: what is done where it fails, instead of stopping there."""

    text: str
    action: Action
    actions: tuple[Action, ...] = ()
    """Done after the failure; then the rule goes on."""
    stops: bool = False
    """``on_error: stop``: also where a command was not accepted, which alone stops nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAction:
    """``verify``: waits for points to have their values, and sends those again that may be repeated."""

    text: str
    assignments: tuple[Assignment, ...]
    within: Amount
    retries: int
    otherwise: tuple[Action, ...] | None = None
    """None: the firing fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAction:
    """``save``: keeps what points hold under a name that every rule can restore."""

    text: str
    points: tuple[Point, ...]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreAction:
    """``restore``: writes what was saved under a name to the points it was saved of."""

    text: str
    name: str
    mark: Mark = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchAction:
    """``enable`` and ``disable``: a rule from now on, also after a restart."""

    text: str
    rules: tuple[str, ...]
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAction:
    """``cancel``: ends what rules are doing."""

    text: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAction:
    """``run``: does what another rule does, without its triggers and condition, and waits for its end."""

    text: str
    rule: str
    variables: Mapping[str, Value | Expression]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesAction:
    """``variables``: computes values for the actions that follow."""

    text: str
    variables: Mapping[str, Value | Expression]
    is_default: bool = False
    """Of a rule: whoever runs it may have given other values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseAction:
    """``raise``: an event that triggers other rules."""

    text: str
    event: str
    fields: Mapping[str, Value | Expression]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyAction:
    """``notify``: a message to people, by one of the site's notifiers."""

    text: str
    via: str
    message: Template
    title: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAction:
    """``http``: one request to some other server."""

    text: str
    method: str
    url: Template
    headers: Mapping[str, Template]
    body: Template | None
    timeout: timedelta
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What later actions read of a JSON answer: names, and the keys and indices that lead to each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RampAction:
    """``ramp``: points go to a value evenly, over a time."""

    text: str
    assignments: tuple[Assignment, ...]
    over: Amount
    every: Amount | None = None
    """How far apart the steps are; None for a hundred steps, or one a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseAction:
    """``pulse``: values for a time, and other values afterwards."""

    text: str
    first: WriteAction
    hold: Amount
    then: WriteAction


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyAction:
    """``duty``: pulse-width control: in each period a switch is on for a share of it."""

    text: str
    on: WriteAction
    off: WriteAction
    share: float | Expression
    """0 never on … 1 always on; computed anew for each period."""
    period: Amount
    hold: Amount | None = None
    """For how long; None until it is cancelled."""


Action: TypeAlias = (
    WriteAction
    | ReleaseAction
    | LogAction
    | DelayAction
    | WaitAction
    | ChooseAction
    | RepeatAction
    | SequenceAction
    | ParallelAction
    | EndAction
    | GuardedAction
    | VerifyAction
    | SaveAction
    | RestoreAction
    | SwitchAction
    | CancelAction
    | RunAction
    | VariablesAction
    | RaiseAction
    | NotifyAction
    | HttpAction
    | RampAction
    | PulseAction
    | DutyAction
)


def actions_in(action: Action) -> Sequence[Action]:
    """Return the actions that stand directly inside one."""
    match action:
        case ChooseAction():
            chosen = itertools.chain.from_iterable(branch.actions for branch in action.branches)
            return (*chosen, *action.otherwise)
        case RepeatAction() | SequenceAction() | ParallelAction():
            return action.actions
        case GuardedAction():
            return (action.action, *action.actions)
        case VerifyAction():
            return action.otherwise or ()
        case PulseAction():
            return (action.first, action.then)
        case DutyAction():
            return (action.on, action.off)
        case _:
            return ()


def every_action(actions: Iterable[Action]) -> Iterator[Action]:
    """Yield actions and everything inside them, in their order."""
    for action in actions:
        yield action
        if inside := actions_in(action):
            yield from every_action(inside)


def points_of_actions(actions: Iterable[Action]) -> frozenset[Point]:
    """Return the points whose values actions read, in their branches too."""
    return frozenset().union(*map(_points_of, every_action(actions)))


def points_of_values(values: Iterable[object]) -> frozenset[Point]:
    """Return the points that values are computed from; constants read none."""
    computed = (each for each in values if not isinstance(each, CONSTANTS))
    return frozenset().union(*(each.points for each in computed if isinstance(each, Expression | Template)))


def points_of_amount(amount: Amount) -> frozenset[Point]:
    """Return the points that a computed duration reads."""
    # Whether something has all that makes an expression takes long to find out, and every rule is asked.
    return frozenset() if isinstance(amount, timedelta) else amount.points


def _points_of(action: Action) -> frozenset[Point]:
    """Return the points that one action reads, without those of the actions inside it."""
    match action:
        case WriteAction():
            compared = (_compared(each) for each in action.assignments if action.only_if_different)
            lasts = points_of_values((action.lasts,))
            return lasts.union(*(each.points for each in action.assignments), *compared)
        case ReleaseAction():
            return frozenset()
        case VerifyAction() | RampAction():
            read = {each.target.point for each in action.assignments if each.target.capability.has_reading}
            return frozenset(read).union(*(each.points for each in action.assignments))
        case SaveAction():
            return frozenset(action.points)
        case ChooseAction():
            return points_of_values(branch.condition for branch in action.branches)
        case RunAction() | VariablesAction():
            return points_of_values(action.variables.values())
        case RaiseAction():
            return points_of_values(action.fields.values())
        case HttpAction():
            return points_of_values((action.url, action.body, *action.headers.values()))
        case _:
            return points_of_values(getattr(action, field.name) for field in fields(action))


def _compared(assignment: Assignment) -> frozenset[Point]:
    capability = assignment.target.capability
    is_state = capability.has_reading and not capability.is_trigger
    return frozenset({assignment.target.point}) if is_state else frozenset()
