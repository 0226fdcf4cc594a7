"""What lasts until it is replaced or over, as rows: firings that have not ended, saved values, switches."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from sqlalchemy import Connection, func, or_, select

from interlock.history.claims import read_standing
from interlock.history.records import Past, RuleSwitch, Saved, Unfinished
from interlock.history.tables import firings, kept
from interlock.history.values import decode_value, encode_value
from interlock.model import Value

log = logging.getLogger("interlock.journal")

UNFINISHED: Final = "firing"
_SAVED: Final = "saved"
SWITCH: Final = "switch"

_Encoded: TypeAlias = Mapping[str, str]
_Named: TypeAlias = Mapping[str, _Encoded]


def encode_kept(entry: Unfinished | Saved | RuleSwitch) -> tuple[str, str, str]:
    """Return an entry as the kind, the key and the content of its row."""
    match entry:
        case Unfinished():
            return UNFINISHED, entry.firing, json.dumps(_unfinished(entry))
        case Saved():
            return _SAVED, entry.name, json.dumps(_encoded(entry.values))
        case RuleSwitch():
            at = entry.at.astimezone(UTC).isoformat()
            return SWITCH, entry.rule, json.dumps({"is_on": entry.is_on, "at": at, "by": entry.by})


def read_past(connection: Connection, since: datetime) -> Past:
    """Return what a service has to know of its earlier runs; what another version wrote is left out."""
    rows: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for kind, key, content in connection.execute(select(kept.c.kind, kept.c.key, kept.c.content)):
        rows[kind][key] = content
    unfinished = [found for key, text in rows[UNFINISHED].items() if (found := _read_unfinished(key, text))]
    return Past(
        unfinished=tuple(sorted(unfinished, key=_age)),
        saved={name: _decoded(json.loads(text)) for name, text in rows[_SAVED].items()},
        switches={rule: _switch(rule, text) for rule, text in rows[SWITCH].items()},
        fired=_fired(connection, since),
        claims=read_standing(connection),
    )


def _fired(connection: Connection, since: datetime) -> Mapping[str, Sequence[datetime]]:
    """Return when rules fired since then, and when each did at last."""
    last = select(func.max(firings.c.seq)).where(firings.c.truth.is_not(False)).group_by(firings.c.rule)
    is_wanted = or_(firings.c.at >= since, firings.c.seq.in_(last))
    query = select(firings.c.rule, firings.c.at).where(firings.c.truth.is_not(False), is_wanted)
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for rule, at in connection.execute(query.order_by(firings.c.seq)):
        found[rule].append(at)
    return found


def _unfinished(entry: Unfinished) -> Mapping[str, object]:
    return {
        "rule": entry.rule,
        "digest": entry.digest,
        "part": entry.part,
        "names": {name: _encoded(fields) for name, fields in entry.names.items()},
        "variables": _encoded(entry.variables),
        "notes": {path: _encoded(note) for path, note in entry.notes.items()},
        "is_dry": entry.is_dry,
    }


def _read_unfinished(firing: str, text: str) -> Unfinished | None:
    content = json.loads(text)
    try:
        return Unfinished(
            firing=firing,
            rule=content["rule"],
            digest=content["digest"],
            part=content["part"],
            names=_all_decoded(content["names"]),
            variables=_decoded(content["variables"]),
            notes=_all_decoded(content["notes"]),
            is_dry=content.get("is_dry", False),
        )
    except (KeyError, ValueError):
        log.warning("where firing %s is was written by another version: it does not go on", firing)
        return None


def _switch(rule: str, text: str) -> RuleSwitch:
    content = json.loads(text)
    return RuleSwitch(rule, datetime.fromisoformat(content["at"]), content["is_on"], content["by"])


def _age(entry: Unfinished) -> tuple[int, ...]:
    return tuple(int(part) for part in entry.firing.split("-") if part.isdecimal())


def _encoded(values: Mapping[str, Value]) -> _Encoded:
    return {name: encode_value(value) for name, value in values.items()}


def _decoded(values: _Encoded) -> Mapping[str, Value]:
    return {name: decode_value(value) for name, value in values.items()}


def _all_decoded(named: _Named) -> Mapping[str, Mapping[str, Value]]:
    return {name: _decoded(fields) for name, fields in named.items()}
