"""Lets what a scenario says happen to a house."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from interlock.model import Command, Point
from interlock.service.control.sending import BY_HAND, release
from interlock.service.loading import Loaded
from interlock.simulation.house import House
from interlock.simulation.scenarios.scenario import (
    Break,
    Cut,
    Handle,
    Happening,
    Hold,
    LetGo,
    Order,
    RuleTurn,
    Serve,
    Tell,
    Trouble,
    Turn,
)

_INSTANT_S = 5e-6
"""So long, which no clock tells, what a person asks for may take before time goes on."""


def prepare(house: House, happening: Happening) -> None:
    """Let something be so before the service starts; what virtual points hold, the house knows already."""
    match happening:
        case Hold(values):
            for point, value in values.items():
                if point in house.equipment.points():
                    house.equipment.set_value(point, value)
        case Break(points, trouble):
            for point in points:
                _break(house, point, trouble)
        case Cut(connection, True):
            house.equipment.regain_connection(connection)
        case Cut(connection, False):
            house.equipment.lose_connection(connection)
        case _:
            return


async def happen(house: House, happening: Happening, loaded: Loaded) -> Sequence[str]:
    """Let something happen now; return the ids of the commands that a person gave.

    Args:
        house: Where.
        happening: What.
        loaded: What the service reads where it reads its files anew.
    """
    match happening:
        case Break() | Cut():
            prepare(house, happening)
        case Hold(values):
            await house.happen(values)
        case Serve(turn):
            await _serve(house, turn, loaded)
        case Tell(event):
            # By the engine's own door: a house with three connections must not hear it three times.
            house.engine.happen(event)
        case Order():
            return await _order(house, happening)
        case LetGo(points):
            for point in points:
                release(house.engine, point)
        case Handle(rule, turn):
            _handle(house, rule, turn)
    return ()


def _break(house: House, point: Point, trouble: Trouble) -> None:
    match trouble:
        case Trouble.UNAVAILABLE:
            house.equipment.lose_point(point)
        case Trouble.DEAF:
            house.equipment.deafen(point)
        case Trouble.NONE:
            house.equipment.find_point(point)
            house.equipment.cure(point)


async def _serve(house: House, turn: Turn, loaded: Loaded) -> None:
    match turn:
        case Turn.ON:
            await house.switch_on()
        case Turn.OFF:
            await house.switch_off()
        case Turn.POWER_CUT:
            await house.cut_power()
        case Turn.RELOAD:
            house.reload(loaded)


async def _order(house: House, order: Order) -> Sequence[str]:
    engine, now = house.engine, house.clock.now()
    commands = [
        Command(
            id=engine.new_id(),
            point=each.point,
            value=each.value,
            fields=each.fields,
            origin=BY_HAND,
            created_at=now,
            priority=order.priority,
            holds=order.holds,
            until=None if order.lasts is None else now + order.lasts,
        )
        for each in order.wanted
    ]
    # A server that is away lets a command wait for minutes: the timeline does not wait for its receipt.
    engine.submit(commands)
    await asyncio.sleep(_INSTANT_S)
    return [each.id for each in commands]


def _handle(house: House, rule: str, turn: RuleTurn) -> None:
    runner = house.engine.runner
    match turn:
        case RuleTurn.RUN:
            runner.run(rule, {}, by=BY_HAND.name)
        case RuleTurn.CANCEL:
            runner.cancel(rule, by=BY_HAND.name)
        case RuleTurn.ENABLE | RuleTurn.DISABLE:
            runner.switch(rule, is_on=turn is RuleTurn.ENABLE, by=BY_HAND.name)
