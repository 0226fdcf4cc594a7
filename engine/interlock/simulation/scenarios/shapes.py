"""The keys of scenarios. What needs the site to be understood is left as it is."""

from __future__ import annotations

from pydantic import Field

from interlock.rules.grammar.shapes import Shape


class ScenarioShape(Shape):
    """A scenario."""

    name: str = Field(min_length=1, description="a scenario needs a name, such as 'name: it cools once'")
    description: str = ""
    start: object = Field(description="when it begins, locally, such as 'start: 2026-07-14T12:00'")
    given: object = Field(None, description="what points hold at its start")
    timeline: object = Field(None, description="what happens when")
    until: object = Field(None, description="when it is over; an hour after the last time in it by default")
    expect: object = Field(
        description="what must come of it, such as '- {at: \"12:10\", set: {device.controller: value}}'"
    )
    seed: int = Field(1, ge=0, description="of what is random, such as random delays")
    variables: object = None
