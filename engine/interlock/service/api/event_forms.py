"""What is told of each kind of event: the JSON of ``GET /v1/events``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from interlock.model import Outcome, Quality
from interlock.rules.rule import Verdict

Plain: TypeAlias = bool | int | float | str | list[bool | int | float | str] | None
"""A value: on and off are true and false, a duration is in seconds, an instant is a text."""


class Kind(StrEnum):
    """The kinds of events, as ``event:`` names them."""

    READING = "reading"
    FIRING = "firing"
    FIRING_END = "firing_end"
    NEAR_MISS = "near_miss"
    COMMAND = "command"
    RECEIPT = "receipt"
    CLAIM = "claim"
    RELEASE = "release"
    INTERLOCK = "interlock"
    SWITCH = "switch"
    RELOAD = "reload"
    CONNECTION = "connection"


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: datetime = Field(description="when, in UTC", examples=[datetime(2026, 7, 14, 12, 0, 5, tzinfo=UTC)])


class ReadingForm(_Form):
    """A point has another value, or is another way known."""

    point: str = Field(description="written device.controller", examples=["living_thermostat.actualtemp"])
    value: Plain = Field(description="null where it is unknown", examples=[26.4])
    was: Plain = Field(description="the value before; null where that was unknown", examples=[26.3])
    quality: Quality = Field(
        description="good; assumed where it is what was last written; stale or fault where it is unknown",
        examples=[Quality.GOOD],
    )
    reason: str = Field(description="why the quality is not good", examples=[""])


class SeenForm(BaseModel):
    """A point as a rule saw it."""

    point: str = Field(description="written device.controller", examples=["living_thermostat.actualtemp"])
    value: Plain = Field(description="null where it was unknown", examples=[26.4])
    note: str = Field(description="why it was unknown", examples=[""])


class FiringForm(_Form):
    """A rule begins to do something."""

    firing: str = Field(description="the firing's id", examples=["7-41"])
    rule: str = Field(description="the rule's id", examples=["cool-living-room"])
    cause: str = Field(description="what made it look", examples=["every 1m"])
    reason: str = Field(
        description="the cause, the condition and the values that it saw",
        examples=[
            "every 1m: living_thermostat.actualtemp > 26 is true (living_thermostat.actualtemp = 26.4)"
        ],
    )
    seen: tuple[SeenForm, ...] = Field(
        description="the points that it looked at",
        examples=[({"point": "living_thermostat.actualtemp", "value": 26.4, "note": ""},)],
    )


class FiringEndForm(_Form):
    """A rule has done what it began to do."""

    firing: str = Field(description="the firing's id", examples=["7-41"])
    rule: str = Field(
        description="empty where it began before anybody listened", examples=["cool-living-room"]
    )
    outcome: str = Field(description="how it ended", examples=["done"])


class NearMissForm(_Form):
    """A trigger came, and the rule did nothing."""

    rule: str = Field(description="the rule's id", examples=["cool-living-room"])
    verdict: Verdict = Field(description="why it did nothing", examples=[Verdict.CONDITION_FALSE])
    reason: str = Field(
        description="the cause, the condition and the values that it saw",
        examples=[
            "every 1m: living_thermostat.actualtemp > 26 is false (living_thermostat.actualtemp = 25.1)"
        ],
    )


class CommandForm(_Form):
    """Somebody wants a point to have a value."""

    command: str = Field(description="the command's id", examples=["7-42"])
    point: str = Field(description="written device.controller", examples=["living_ac.hvacmode"])
    value: Plain = Field(description="null where the controller takes none", examples=["cooling"])
    fields: dict[str, Plain] = Field(description="of a call with named fields", examples=[{}])
    priority: int = Field(description="1 is the strongest, 16 the weakest", examples=[16])
    origin: str = Field(description="who wants it", examples=["rule cool-living-room"])
    firing: str = Field(description="the firing's id, where a rule wants it", examples=["7-41"])
    is_shadow: bool = Field(description="whether it is never sent", examples=[False])


class ReceiptForm(_Form):
    """What became of a command; a deferred one has a second receipt later."""

    command: str = Field(description="the command's id", examples=["7-42"])
    point: str = Field(description="written device.controller", examples=["living_ac.hvacmode"])
    outcome: Outcome = Field(description="what became of it", examples=[Outcome.ACCEPTED])
    answer: Plain = Field(description="the device's own value after it, where it told", examples=["cooling"])
    reason: str = Field(description="why it was not accepted", examples=[""])
    attempts: int = Field(description="how often it was sent", examples=[1])
    origin: str = Field(description="who wanted it", examples=["rule cool-living-room"])


class ClaimForm(_Form):
    """Somebody claims a point, in place of what the same owner claimed there before."""

    point: str = Field(description="written device.controller", examples=["living_ac.hvacpower"])
    value: Plain = Field(description="what it is to hold", examples=[True])
    priority: int = Field(description="1 is the strongest, 16 the weakest", examples=[12])
    owner: str = Field(description="who claims, or claimed it", examples=["rule living-cooled"])
    until: datetime | None = Field(description="null where it stands until it is released", examples=[None])


class ReleaseForm(_Form):
    """A claim does not stand any more."""

    point: str = Field(description="written device.controller", examples=["living_ac.hvacpower"])
    priority: int = Field(description="that it had", examples=[12])
    owner: str = Field(description="who claims, or claimed it", examples=["rule living-cooled"])
    reason: str = Field(description="why", examples=["its time is over"])


class InterlockForm(_Form):
    """The world made true what an interlock says must never be, or ended it."""

    interlock: str = Field(description="its id", examples=["window-open-no-cooling"])
    is_broken: bool = Field(description="whether it is so now", examples=[True])
    reason: str = Field(
        description="what is true or over, and the values that were seen",
        examples=["living_window.power and living_ac.hvacpower"],
    )


class SwitchForm(_Form):
    """A rule was switched on or off."""

    rule: str = Field(description="the rule's id", examples=["cool-living-room"])
    is_on: bool = Field(description="whether it acts now", examples=[False])
    by: str = Field(description="who did it", examples=["hand"])


class ReloadForm(_Form):
    """The site's files were read again."""

    changes: tuple[str, ...] = Field(
        description="what is other; nothing where all is as it was", examples=[("rule evening was added",)]
    )


class ConnectionForm(_Form):
    """A connection was lost, answers again, or is not asked any more."""

    connection: str = Field(description="its name", examples=["house"])
    is_there: bool = Field(description="whether it answers now", examples=[False])
    reason: str = Field(
        description="what happened",
        examples=["connection house: no answer within 5s; asking again in 10 s, then more rarely"],
    )


Form: TypeAlias = (
    ReadingForm
    | FiringForm
    | FiringEndForm
    | NearMissForm
    | CommandForm
    | ReceiptForm
    | ClaimForm
    | ReleaseForm
    | InterlockForm
    | SwitchForm
    | ReloadForm
    | ConnectionForm
)

FORMS: Mapping[Kind, type[Form]] = {
    Kind.READING: ReadingForm,
    Kind.FIRING: FiringForm,
    Kind.FIRING_END: FiringEndForm,
    Kind.NEAR_MISS: NearMissForm,
    Kind.COMMAND: CommandForm,
    Kind.RECEIPT: ReceiptForm,
    Kind.CLAIM: ClaimForm,
    Kind.RELEASE: ReleaseForm,
    Kind.INTERLOCK: InterlockForm,
    Kind.SWITCH: SwitchForm,
    Kind.RELOAD: ReloadForm,
    Kind.CONNECTION: ConnectionForm,
}
"""What each kind tells."""
