"""Plays scenarios in virtual time, and says what differs from what was expected."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from interlock.errors import InterlockError
from interlock.history.journal import MemoryJournal
from interlock.model import format_value
from interlock.rules.state import State
from interlock.runtime.engine import Engine
from interlock.runtime.firings.run import Part
from interlock.service.loading import Loaded
from interlock.simulation.house import House
from interlock.simulation.scenarios.doing import happen, prepare
from interlock.simulation.scenarios.explaining import Explainer
from interlock.simulation.scenarios.judging import Difference, Judge, joined
from interlock.simulation.scenarios.record import Listener, Record
from interlock.simulation.scenarios.scenario import (
    ExpectCommand,
    ExpectFiring,
    ExpectMessage,
    ExpectNothingElse,
    ExpectState,
    ExpectThroughout,
    Hold,
    Moment,
    Scenario,
    is_near,
)
from interlock.simulation.scenarios.times import Clockwork
from interlock.simulation.scenarios.watching import watched
from interlock.simulation.virtual_time import run_virtual
from interlock.virtual import is_virtual

_COUNTED = (ExpectCommand, ExpectMessage, ExpectFiring)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a scenario."""

    scenario: Scenario
    differences: tuple[Difference, ...] = ()
    """Expectations that were not met, in their order."""
    faults: tuple[str, ...] = ()
    """What broke: a rule whose evaluation or action raised, one that ran away, the engine itself."""
    record: Record
    taken: frozenset[tuple[str, Part, str]] = frozenset()
    """Which lists of actions firings came to: the rule, which of its actions, and the path in them."""
    zone: ZoneInfo
    """The site's."""

    @property
    def has_passed(self) -> bool:
        """Whether everything came as expected, and nothing broke."""
        return not self.differences and not self.faults


def play(scenario: Scenario, loaded: Loaded) -> Result:
    """Play a scenario on a virtual loop; equal scenarios of equal sites give equal results.

    Args:
        scenario: Of the site.
        loaded: The site.
    """
    with _Faults() as faults:
        stage = _Stage(scenario, loaded)
        try:
            run_virtual(stage.perform())
        except Exception as error:  # noqa: BLE001 - one scenario's fault must not stop the others
            faults.add(error)
    return replace(stage.result(), faults=tuple(faults.found))


class _Faults(logging.Handler):
    """Collects what the engine logs as an error: it says so where a rule or a part of itself fails.

    Nobody else hears of it meanwhile: such lines have the time of day, and that is no time of the scenario.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []
        self._log = logging.getLogger("interlock")
        self._propagates = self._log.propagate

    def __enter__(self) -> _Faults:
        self._log.addHandler(self)
        self._log.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        self._log.removeHandler(self)
        self._log.propagate = self._propagates

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line of the log."""
        error = record.exc_info[1] if record.exc_info else None
        self.found.append(f"{record.getMessage()}{f': {_named(error)}' if error else ''}")

    def add(self, error: Exception) -> None:
        """Take what a scenario ended with."""
        self.found.append(str(error) if isinstance(error, InterlockError) else _named(error))


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


class _Stage:
    """One scenario at work."""

    def __init__(self, scenario: Scenario, loaded: Loaded) -> None:
        self._scenario = scenario
        self._loaded = loaded
        self._watched = watched(loaded, scenario)
        self._journal = MemoryJournal()
        self._listener = Listener()
        self._clockwork = Clockwork(scenario.start, loaded.site.timezone)
        self._explainer = Explainer(loaded, self._clockwork)
        self._taken: set[tuple[str, Part, str]] = set()
        targets = loaded.site.targets.values()
        self._devices = frozenset(each.point for each in targets if not is_virtual(each))
        self._ordered: set[str] = set()
        self._states: dict[int, Difference] = {}
        """What differs at one instant, by the number of its expectation."""
        self._traces: dict[int, tuple[str, ...]] = {}
        """Why something had not come when its time was over."""

    async def perform(self) -> None:
        """Play the scenario to its end."""
        house = self._house()
        for happening in self._scenario.given:
            prepare(house, happening)
        await house.switch_on()
        for at, moment, checks in self._steps():
            await house.wait_until(at)
            for happening in moment.happenings if moment else ():
                self._ordered.update(await happen(house, happening, self._watched))
            if checks or at == self._scenario.until:
                await house.wait_beyond(at)
            for number in checks:
                self._look(house, number)
        self._explain_rest(house)
        if house.is_on:
            await house.switch_off()

    def result(self) -> Result:
        """Return what came of it up to now."""
        record = self._record()
        judge = Judge(self._scenario, record, self._clockwork)
        return Result(
            scenario=self._scenario,
            differences=tuple(joined(self._differences(judge))),
            record=record,
            taken=frozenset(self._taken),
            zone=self._clockwork.zone,
        )

    def _house(self) -> House:
        given = {
            point: value
            for each in self._scenario.given
            if isinstance(each, Hold)
            for point, value in each.values.items()
            if is_virtual(self._loaded.site.targets[point])
        }
        house = House(
            self._watched,
            self._scenario.start,
            tells=True,
            given=given,
            journal=self._journal,
            seed=self._scenario.seed,
            outside=self._listener,
        )
        self._listener.clock = house.clock
        house.equip = self._equip
        return house

    def _equip(self, engine: Engine) -> None:
        engine.runner.notice_way = lambda run, path: self._taken.add((run.rule.id, run.part, path))

    def _record(self) -> Record:
        return Record(
            entries=tuple(self._journal.entries),
            told=tuple(self._listener.said),
            ordered=frozenset(self._ordered),
            devices=frozenset(
                point for point, each in self._loaded.site.targets.items() if not is_virtual(each)
            ),
        )

    def _steps(self) -> Iterator[tuple[datetime, Moment | None, Sequence[int]]]:
        """Yield the instants at which something happens or is looked at, in their order."""
        moments = {each.at: each for each in self._scenario.timeline}
        checks: dict[datetime, list[int]] = {}
        for number, each in enumerate(self._scenario.expectations):
            if isinstance(each, ExpectState):
                checks.setdefault(each.at, []).append(number)
            elif isinstance(each, _COUNTED) and each.window is not None:
                checks.setdefault(each.window.end, []).append(number)
        for at in sorted({*moments, *checks, self._scenario.until}):
            yield at, moments.get(at), checks.get(at, ())

    def _look(self, house: House, number: int) -> None:
        """Judge what is judged at one instant, and keep why something has not come in its time."""
        expectation = self._scenario.expectations[number]
        if isinstance(expectation, ExpectState):
            if difference := _state_difference(expectation, house):
                self._states[number] = difference
        elif isinstance(expectation, _COUNTED):
            self._explain(house, number, expectation)

    def _explain_rest(self, house: House) -> None:
        for number, each in enumerate(self._scenario.expectations):
            if isinstance(each, _COUNTED) and each.window is None:
                self._explain(house, number, each)

    def _explain(
        self, house: House, number: int, expectation: ExpectCommand | ExpectMessage | ExpectFiring
    ) -> None:
        record = self._record()
        if Judge(self._scenario, record, self._clockwork).counted(expectation):
            self._traces[number] = self._explainer.lines(expectation, record, _state_of(house))

    def _differences(self, judge: Judge) -> Iterator[Difference]:
        for number, each in enumerate(self._scenario.expectations):
            difference: Difference | None
            match each:
                case ExpectState():
                    difference = self._states.get(number)
                case ExpectThroughout():
                    difference = judge.throughout(number, each)
                case ExpectNothingElse():
                    difference = judge.nothing_else(each)
                case _:
                    difference = judge.counted(each)
            if difference:
                trace = self._traces.get(number, ())
                yield replace(difference, trace=(*difference.trace, *trace))


def _state_difference(expectation: ExpectState, house: House) -> Difference | None:
    """Return how the state differs at this instant; None where it is as expected."""
    state = _state_of(house)
    if state is None:
        return Difference(expectation.mark, "the service is off: it knows nothing")
    condition = expectation.condition
    if condition is not None:
        truth = condition.truth(state)
        if truth:
            return None
        reason = condition.evaluate(state).reason
        seen = ", ".join(
            f"{each} = {format_value(state.values.get(each))}" for each in sorted(condition.points)
        )
        why = f"unknown: {reason}" if truth is None else f"false{f' ({seen})' if seen else ''}"
        return Difference(expectation.mark, f"{condition.text} was {why}")
    wrong = []
    for point, value in (expectation.values or {}).items():
        held = state.values.get(point)
        if held is None or not is_near(held, value, expectation.tolerance):
            wrong.append(f"{point} was {format_value(held) if held is not None else 'unknown'}")
    expected = ", ".join(f"{p} = {format_value(v)}" for p, v in (expectation.values or {}).items())
    return Difference(expectation.mark, f"{'; '.join(wrong)}; expected {expected}") if wrong else None


def _state_of(house: House) -> State | None:
    """Return what the service knows now; None where it is off."""
    if not house.is_on:
        return None
    house.engine.state.look_at(house.clock)
    return house.engine.state
