"""The log of a simulation: one JSON object a line, with keys in alphabetical order.

Every line has ``at`` (ISO 8601, the site's time with its offset, to the millisecond) and ``kind``. The
reference of the command lists the kinds and their keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TextIO, TypeAlias
from zoneinfo import ZoneInfo

from interlock.history.records import (
    Claimed,
    ConnectionEvent,
    Firing,
    FiringEnd,
    InterlockTurn,
    LetGo,
    RuleSwitch,
    ServiceStart,
    Step,
)
from interlock.history.values import Json, as_json
from interlock.model import Command, Reading, Receipt, Value
from interlock.redaction import redactor
from interlock.rules.claims import Claim
from interlock.rules.rule import Decision
from interlock.simulation.equipment import Equipment
from interlock.simulation.faults.fault import Turn
from interlock.simulation.results.happening import Happening, Message, Request, ServiceEnd

_Line: TypeAlias = dict[str, Json]


class EventLog:
    """Writes what happens, as it happens.

    Args:
        file: Takes the lines.
        zone: The site's.
    """

    def __init__(self, file: TextIO, zone: ZoneInfo) -> None:
        self._file = file
        self._zone = zone
        self._failure: OSError | None = None

    def take(self, at: datetime, happening: Happening) -> None:
        """Write what happened at an instant; what only a restart needs is left out."""
        if not self._failure and (line := line_of(happening)):
            local = at.astimezone(self._zone).isoformat(timespec="milliseconds")
            text = json.dumps({"at": local, **line}, ensure_ascii=False, sort_keys=True)
            try:
                self._file.write(redactor.redact(text) + "\n")
            except OSError as error:
                # Whoever tells of this is the engine, which must not take it for a failure of its own.
                self._failure = error

    def look(self, at: datetime, equipment: Equipment) -> None:
        """Write nothing: what devices hold stands in the log once it is read.

        Raises:
            OSError: something could not be written.
        """
        self.check()

    def check(self) -> None:
        """Make sure that everything could be written.

        Raises:
            OSError: something could not.
        """
        if self._failure:
            raise self._failure


def line_of(happening: Happening) -> _Line | None:
    """Return a happening as a line says it; None for what no line is about."""
    match happening:
        case Reading() | Command() | Receipt():
            return _of_point(happening)
        case Firing() | Decision() | Step() | FiringEnd() | RuleSwitch():
            return _of_rule(happening)
        case Claimed(claim=claim):
            return {"kind": "claim", **_claim(claim)}
        case LetGo(claim=claim, why=why):
            return {"kind": "let go", "why": why, **_claim(claim)}
        case _:
            return _of_surroundings(happening)


def _of_point(happening: Reading | Command | Receipt) -> _Line:
    match happening:
        case Reading(point=point, value=value, quality=quality, reason=reason):
            read: _Line = {"kind": "reading", "point": point, "value": as_json(value)}
            return read | {"quality": quality.value} | ({"reason": reason} if reason else {})
        case Command():
            return {"kind": "command", **_command(happening)}
        case Receipt(command=command, outcome=outcome, reason=reason):
            answered: _Line = {"kind": "receipt", "outcome": outcome.value, **_command(command)}
            return answered | ({"reason": reason} if reason else {})


def _of_rule(happening: Firing | Decision | Step | FiringEnd | RuleSwitch) -> _Line:
    match happening:
        case Firing(id=firing, decision=decision):
            return {"kind": "firing", "firing": firing, **_decision(decision)}
        case Decision():
            return {"kind": "look", **_decision(happening)}
        case Step(firing=firing, text=text, note=note):
            return {"kind": "step", "firing": firing, "text": text, "note": note}
        case FiringEnd(firing=firing, outcome=outcome):
            return {"kind": "firing end", "firing": firing, "outcome": outcome}
        case RuleSwitch(rule=rule, is_on=is_on, by=by):
            return {"kind": "rule switch", "rule": rule, "on": is_on, "by": by}


def _of_surroundings(happening: Happening) -> _Line | None:
    match happening:
        case ServiceStart():
            return {"kind": "service start"}
        case ServiceEnd():
            return {"kind": "service end"}
        case ConnectionEvent(connection=connection, text=text):
            return {"kind": "connection", "connection": connection, "text": text}
        case InterlockTurn(interlock=interlock, is_broken=is_broken, reason=reason):
            return {"kind": "interlock", "interlock": interlock, "broken": is_broken, "reason": reason}
        case Message(via=via, title=title, text=text):
            return {"kind": "message", "via": via, "title": title, "text": text}
        case Request(method=method, url=url):
            return {"kind": "request", "method": method, "url": url}
        case Turn(fault=fault, is_begin=is_begin):
            kind = "fault begin" if is_begin else "fault end"
            return {"kind": kind, "fault": fault.text, "what": fault.what, "wrong": fault.kind.value}
        case _:
            return None


def _command(command: Command) -> _Line:
    line: _Line = {
        "command": command.id,
        "point": command.point,
        "value": as_json(command.value),
        "origin": str(command.origin),
        "priority": command.priority,
    }
    if command.fields:
        line["fields"] = _plain_all(command.fields)
    if command.origin.firing:
        line["firing"] = command.origin.firing
    return line


def _decision(decision: Decision) -> _Line:
    return {"rule": decision.rule.id, "verdict": decision.verdict.value, "reason": decision.reason}


def _claim(claim: Claim) -> _Line:
    return {
        "point": claim.point,
        "value": as_json(claim.value),
        "priority": claim.priority,
        "owner": str(claim.owner),
    }


def _plain_all(values: Mapping[str, Value]) -> dict[str, Json]:
    return {name: as_json(value) for name, value in values.items()}
