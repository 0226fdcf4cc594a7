"""What a running service answers at its control door, and what its HTTP API tells of it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from interlock.model import Outcome

_FIRST_LATE = 10**9
"""No journal has so many runs; it is a second of the year 2001."""


class Told(BaseModel):
    """What is told, as it was at one moment; its form is made when it is first needed."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class RuleLine(Told):
    """How one rule is."""

    rule: str
    mode: str
    """As its file says: ``true``, ``false`` or ``shadow``."""
    is_on: bool
    switched_by: str = ""
    switched_at: datetime | None = None
    running: int = 0
    queued: int = 0
    held: int = 0
    """How many points it holds or keeps."""
    fired_at: datetime | None = None
    due_at: datetime | None = None
    """When one of its triggers on the clock comes next."""


class OfThePast(Told):
    """What is told of what began before the service did too."""

    awaits_journal: bool = False
    """Whether the journal has not come yet: what it alone holds is not among it."""


class Changed(Told):
    """What was other in the files."""

    changes: tuple[str, ...]


class Began(Told):
    """A firing that began."""

    firing: str


class Ended(Told):
    """How many firings were ended."""

    count: int


class ReleasedClaims(OfThePast):
    """How many claims were let go of."""

    count: int


class Done(Told):
    """It is so now."""


class Rules(OfThePast):
    """How all rules are, in the site's order."""

    rules: tuple[RuleLine, ...]


class PointLine(Told):
    """What the service knows of one point."""

    point: str
    value: str | None
    """As `encode_value` writes it; None where it is unknown."""
    reason: str = ""
    """Why it is unknown, or how it is known where that is not by reading it."""
    changed_at: datetime | None = None


class FieldLine(Told):
    """One of the named values that a call of a point takes."""

    name: str
    type: str
    description: str
    is_required: bool
    allowed: str
    """In words: ``an integer from 0 to 100 %``."""


class PointAccount(Told):
    """What one point is, and what is known of it."""

    line: PointLine
    device: str
    connection: str
    """Empty for a point of the service itself."""
    description: str
    type: str
    allowed: str
    """What it takes and holds, in words: ``cooling, heating or auto``."""
    unit: str
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    step: float | None
    has_reading: bool
    is_writable: bool
    fields: tuple[FieldLine, ...]
    """What a call of it takes."""
    is_needed: bool
    """Whether rules, claims or people need it, so that it is read."""
    claims: tuple[ClaimLine, ...]
    """The strongest first."""
    read_at: datetime | None = None
    """When it was last known to be good; None where it never was."""


class JudgedLine(Told):
    """An expression, what it comes to now, and what its parts come to."""

    text: str
    value: str | None
    """As `encode_value` writes it; None where it is unknown."""
    reason: str
    """Why it is unknown."""
    since: datetime | None
    """Of a point: since when it has this value."""
    read_at: datetime | None
    """Of a point: when it was last known to be good."""
    parts: tuple[JudgedLine, ...]


class ClauseLine(Told):
    """A part of an expression that keeps it from being true."""

    text: str
    truth: bool | None
    reason: str


class PartLine(Told):
    """How a trigger or the condition of a rule stands now."""

    what: str
    """As written."""
    truth: bool | None
    is_judged: bool
    """Whether it has a truth; a trigger on the clock has none."""
    note: str
    """What it waits for."""
    clauses: tuple[ClauseLine, ...]
    judged: JudgedLine | None


class RuleStanding(Told):
    """How one rule is, and what keeps it from firing now."""

    line: RuleLine
    description: str
    at: datetime
    parts: tuple[PartLine, ...]


class ConnectionLine(Told):
    """How one connection is."""

    connection: str
    driver: str
    is_there: bool | None
    """Whether it answers; None before anything was heard of it."""
    trouble: str = ""
    """What is wrong with it; empty where nothing is."""
    trouble_since: datetime | None = None
    requests: int = 0
    """That were sent since the start, to read and to command."""
    asked_per_minute: float = 0.0
    """Requests that its polls come to."""
    overruns: int = 0
    """Polls since the start that took longer than until the next was due."""
    last_poll_s: float | None = None
    """How long the last poll took; None before the first was done."""
    is_late: bool = False
    """Whether polls take longer than until the next is due, now."""
    slowed: int = 0
    """Points that are read more rarely than the site says, because of its limits or its server's."""
    used_today: int | None = None
    """Of the day's budget; None where there is none."""
    daily: int | None = None
    needed: int = 0
    """Points on it whose values somebody needs."""
    unknown: int = 0
    """Of those, the points whose values are unknown."""


class SiteLine(Told):
    """What the service runs."""

    site: str
    version: str
    """The service's own."""
    timezone: str
    is_dry_run: bool
    connections: dict[str, str]
    """Their drivers, by their names."""
    groups: dict[str, tuple[str, ...]]
    """Devices under a common name."""
    devices: int
    """How many there are."""
    points: int
    rules: int
    interlocks: int


class JournalLine(Told):
    """How the service's journal is doing."""

    place: str
    """Its file, or the address of its database without the password."""
    is_written: bool
    """Whether it can be written; else what happens waits in memory, and the oldest is lost in the end."""
    fault: str = ""
    """Why it cannot be written; empty where it can."""
    failing_since: datetime | None = None
    """When that was first found; None where it can be written."""
    written_at: datetime | None = None
    """When it was last written; None where this run never wrote it."""
    waiting: int = 0
    """Entries that are not written yet."""
    lost: int = 0
    """Entries of this run that never were."""
    lost_from: datetime | None = None
    """When it was last written before entries were lost; None where none were, or it is not written yet."""
    lost_until: datetime | None = None
    """When it was written again after that."""


class RefusedEdit(Told):
    """The site's files have errors: what was loaded before goes on to run."""

    since: datetime
    errors: int
    """How many there are."""
    first: str
    """One of them, with its file and line."""


class ApiLine(Told):
    """How the service's HTTP API is."""

    listen: str
    """Where, as the site file says."""
    trouble: str = ""
    """Why it cannot be asked; empty where it can, or will soon."""


class UnknownPoints(Told):
    """Points that are unknown for one reason."""

    connection: str
    """Empty for points of the service itself."""
    reason: str
    """Why, without since when."""
    since: datetime | None
    """When the first of them became so; None where they never were known."""
    count: int
    points: tuple[str, ...]
    """The first of them."""


class Status(Told):
    """How the service is."""

    site: str
    timezone: str = "UTC"
    """The site's."""
    version: str
    started_at: datetime
    now: datetime
    run: int
    """Which run of its journal this is, from 1 on; where it began without, the second at which it did."""
    is_dry_run: bool
    clock_set_at: datetime | None = None
    """When the clock was last found to have been set, by the new time; None where it never was."""
    clock_set_s: float = 0.0
    """By how much, less than 0 for back."""
    connections: tuple[ConnectionLine, ...]
    known: int
    """Points that rules, claims or people need, and whose value is known."""
    unknown: tuple[PointLine, ...]
    """The others, the first of them only where they are many."""
    unknown_count: int
    unknown_by: tuple[UnknownPoints, ...] = ()
    """The same by why they are unknown, the most common reason first."""
    acting: int
    """Rules that act."""
    shadow: int
    """Of those, the rules that send nothing."""
    off: int
    running: int
    """Firings under way."""
    claims: int
    journal: JournalLine | None = None
    """None where an older version answers."""
    refused_edit: RefusedEdit | None = None
    """None where the site's files, as they were last read, are what runs."""
    api: ApiLine | None = None
    """None where the site file wants none."""

    @property
    def run_name(self) -> str:
        """Which run this is, in words."""
        return f"run {self.run}" if self.run < _FIRST_LATE else "a run that began without its journal"


class LogArea(Told):
    """How much of one area is logged."""

    area: str
    """As log lines name it."""
    level: str
    """The least that is logged, such as ``info``."""
    until: datetime | None = None
    """When it is as usual again, where somebody changed it."""


class Logs(Told):
    """How much of each area is logged."""

    areas: tuple[LogArea, ...]
    timezone: str = "UTC"
    """The site's."""


class Points(Told):
    """What the service knows of some points, in the site's order."""

    points: tuple[PointLine, ...]
    """None left where there are none here."""


class Computed(Told):
    """An expression, what it comes to, and what its parts come to."""

    text: str
    type: str
    value: str = ""
    """As people write it; empty where it is unknown."""
    reason: str = ""
    """Why it is unknown."""
    parts: tuple[Computed, ...] = ()


class Sent(Told):
    """What became of a command; the fields are those of `interlock.model.Receipt`."""

    id: str
    created_at: datetime
    outcome: Outcome
    at: datetime
    answer: str | None = None
    """As `encode_value` writes it."""
    reason: str = ""
    exchange: str = ""
    attempts: int = 1
    value: str | None = None
    """What was sent, as `encode_value` writes it."""
    fields: dict[str, str] = Field(default_factory=dict)
    """The same."""
    unit: str = ""
    """Of the point's values."""


class ClaimLine(Told):
    """One claim in the priority array of a point."""

    point: str
    value: str
    """As `encode_value` writes it."""
    priority: int
    owner: str
    """Such as ``rule living-cooled``."""
    since: datetime
    until: datetime | None = None
    status: str
    """What it comes to now: ``written``, or why it is not."""


class Claims(OfThePast):
    """Who claims what: by points, the strongest of each first."""

    claims: tuple[ClaimLine, ...]
