"""A house for the evaluator: hand-made rules over a few points, and a state that a test moves on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from interlock.config.nodes import Mark, ScalarNode, SourceFile
from interlock.expressions.expression import Evaluation, Expression
from interlock.expressions.turning import next_second
from interlock.expressions.view import View
from interlock.model import Point, Quality, Reading, Truth, Value
from interlock.rules.due import Due
from interlock.rules.evaluator import Evaluator, Outcome
from interlock.rules.memory import TriggerMemory
from interlock.rules.rule import Mode, Rule, Verdict
from interlock.rules.schedule import Every, Schedule
from interlock.rules.state import State
from interlock.rules.triggers import BecomesTrigger, ChangeTrigger, TimeTrigger, Trigger
from interlock.rules.written import Written

ROME = ZoneInfo("Europe/Rome")
START = datetime(2026, 5, 5, 10, tzinfo=UTC)
MARK = Mark(SourceFile("rules.yaml", ""), 1, 1)
WRITTEN = Written(ScalarNode(MARK, "", ""))
MINUTE = timedelta(minutes=1)
EVERY_MINUTE = Every(MINUTE)

TEMPERATURE, POWER, WINDOW = Point("living.temperature"), Point("living.power"), Point("living.window")


@dataclass(frozen=True)
class FakeExpression:
    """An expression that a test computes; it is unknown where one of its points is."""

    text: str
    points: frozenset[Point]
    compute: Callable[[Mapping[Point, Value]], Value | None]
    reads_time: bool = False
    thresholds: frozenset[float] = frozenset()

    def turns_at(self, view: View, /) -> datetime | None:
        return next_second(view) if self.reads_time else None

    def truth(self, view: View, /) -> Truth:
        value = self.evaluate(view).value
        return None if value is None else bool(value)

    def evaluate(self, view: View, /) -> Evaluation:
        if not self.points <= view.values.keys():
            return Evaluation(None, "a point is unknown")
        return Evaluation(self.compute(view.values))


def is_on(point: Point) -> FakeExpression:
    return FakeExpression(str(point), frozenset({point}), lambda values: values[point])


def above(point: Point, limit: float) -> FakeExpression:
    return FakeExpression(f"{point} > {limit:g}", frozenset({point}), lambda values: values[point] > limit)  # type: ignore[operator]


def below(point: Point, limit: float) -> FakeExpression:
    return FakeExpression(f"{point} < {limit:g}", frozenset({point}), lambda values: values[point] < limit)  # type: ignore[operator]


def fails(point: Point) -> FakeExpression:
    def compute(values: Mapping[Point, Value]) -> Value:
        raise SystemError("the generated code is broken")

    return FakeExpression("broken", frozenset({point}), compute)


def becomes(when: Expression, **rest: object) -> BecomesTrigger:
    options: dict[str, object] = {"id": "", "text": f"becomes {when.text}"} | rest
    return BecomesTrigger(when=when, **options)  # type: ignore[arg-type]


def change(*points: Point, **rest: object) -> ChangeTrigger:
    options: dict[str, object] = {"id": "", "text": f"change {', '.join(points)}"} | rest
    return ChangeTrigger(points=points, **options)  # type: ignore[arg-type]


def every_minute(trigger_id: str = "") -> TimeTrigger:
    return TimeTrigger(id=trigger_id, text="every 1m", schedule=EVERY_MINUTE)


def rule(rule_id: str, *triggers: Trigger, condition: Expression | None = None, mode: Mode = Mode.ON) -> Rule:
    return Rule(
        id=rule_id,
        description="",
        mode=mode,
        triggers=triggers,
        condition=condition,
        actions=(),
        written=WRITTEN,
    )


def fired(outcome: Outcome) -> list[str]:
    """The ids of the rules that fired."""
    return [each.rule.id for each in outcome.decisions if each.verdict is Verdict.FIRED]


@dataclass
class House:
    """Rules and a state; what is to be remembered is kept, as the journal would."""

    rules: Sequence[Rule]
    memory: dict[str, TriggerMemory] = field(default_factory=dict)
    now: datetime = START
    uptime: timedelta = timedelta()
    timers: dict[str, datetime] = field(default_factory=dict)
    """When timers come, were the clock never set."""

    def __post_init__(self) -> None:
        self.start()

    def start(self, down_since: datetime | None = None) -> None:
        """Start as after a restart: nothing is known but what is remembered."""
        self.state = State(ROME, self.now)
        self.state.uptime = self.uptime
        self.evaluator = Evaluator(self.rules, dict(self.memory), down_since=down_since)
        self.timers.clear()

    def wait(self, minutes: float) -> None:
        self.uptime += minutes * MINUTE
        self.set_clock(minutes)

    def set_clock(self, minutes: float) -> None:
        """Set the clock, forward or back; no time passes."""
        self.now += minutes * MINUTE
        self.state.now, self.state.uptime = self.now, self.uptime

    def read(self, values: Mapping[Point, Value | None]) -> Outcome:
        """Take in one batch of readings; None is a fault."""
        changes = self.state.apply([self.reading(*item) for item in values.items()], self.now)
        return self.keep(self.evaluator.on_changes(changes, self.state))

    def reading(self, point: Point, value: Value | None) -> Reading:
        if value is None:
            return Reading(
                point=point, value=None, observed_at=self.now, quality=Quality.FAULT, reason="timed out"
            )
        return Reading(point=point, value=value, observed_at=self.now)

    def tick(self) -> Outcome:
        """Let the schedule of `every_minute` come."""
        return self.come(EVERY_MINUTE)

    def come(self, *schedules: Schedule, due: datetime | None = None) -> Outcome:
        """Let schedules come at one instant, now or late."""
        return self.keep(self.evaluator.on_due(Due(at=due or self.now, schedules=schedules), self.state))

    def second(self) -> Outcome:
        """Let time go by for what reads it."""
        return self.keep(self.evaluator.on_due(Due(at=self.now), self.state))

    def timer(self, key: str) -> Outcome:
        """Let a timer come, whether or not it is set."""
        self.timers.pop(key, None)
        return self.keep(self.evaluator.on_due(Due(at=self.now, timers=[key]), self.state))

    def keep(self, outcome: Outcome) -> Outcome:
        self.memory.update(outcome.memory)
        for timer in outcome.timers:
            self.timers.pop(timer.key, None)
            if timer.at is not None:
                self.timers[timer.key] = START + timer.at
        return outcome


def firings(house: House, point: Point, readings: Iterable[Value | None]) -> str:
    """Read one value after the other, a minute apart: ``!`` where something fired, ``.`` where not."""
    marks = []
    for value in readings:
        house.wait(1)
        marks.append("!" if fired(house.read({point: value})) else ".")
    return "".join(marks)


def truths(text: str) -> list[bool | None]:
    """The values that ``0 1 ?`` stand for."""
    return [{"0": False, "1": True, "?": None}[letter] for letter in text]
