"""Automation rules for buildings. The names below are for plugin authors; everything else is inner.

They are loaded when they are first asked for, so that the command line answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interlock.capabilities import (
        Capability,
        Field,
        ValueType,
        nearest,
    )
    from interlock.clock import (
        Clock,
        WallClock,
    )
    from interlock.driver import (
        Answer,
        AsWritten,
        ConnectionSettings,
        Context,
        Device,
        DeviceSettings,
        DeviceType,
        Driver,
        Feed,
        Found,
        Limits,
        Peer,
        Rate,
        Recorded,
        Setting,
        Simulator,
        Target,
        Write,
        parse_rate,
    )
    from interlock.duration_field import (
        Duration,
    )
    from interlock.durations import (
        format_duration,
        parse_duration,
    )
    from interlock.errors import (
        AuthenticationFailed,
        CannotExecute,
        DriverError,
        ImportFailed,
        InterlockError,
        InvalidValue,
        NotSupported,
        ProtocolFault,
        RateLimited,
        RejectedError,
        RejectedValue,
        ServerFault,
        TemporaryError,
        TimedOut,
        UnknownDevice,
        Unreachable,
    )
    from interlock.expressions.functions import (
        Function,
        Parameter,
        Special,
    )
    from interlock.expressions.types import (
        Kind,
        Type,
    )
    from interlock.expressions.unknown import Unknown
    from interlock.expressions.view import View
    from interlock.faults import (
        HTTP_FAULTS,
        Fault,
        FaultArgument,
        FaultKind,
        Faults,
    )
    from interlock.hookspecs import (
        EventKind,
        hookimpl,
    )
    from interlock.http_client import (
        Authentication,
        HttpClient,
        HttpReply,
        HttpRequest,
        ReplyTooLarge,
        excerpt,
        new_trust,
        refuse_by_status,
        retry_after,
        trust_for,
    )
    from interlock.importer import (
        Imported,
        Importer,
    )
    from interlock.loopback_tls import issue_loopback_tls
    from interlock.model import (
        Event,
        Point,
        Value,
        format_value,
    )
    from interlock.notifier import (
        Notifier,
        NotifierSettings,
    )
    from interlock.protocol_server import (
        ProtocolServer,
        RawReply,
        Reply,
        Request,
    )
    from interlock.redaction import redact
    from interlock.side_door import SideDoor
    from interlock.site_path import SitePath

__version__ = "0.1.0"

_HOMES = {
    "interlock.capabilities": (
        "Capability",
        "Field",
        "ValueType",
        "nearest",
    ),
    "interlock.clock": (
        "Clock",
        "WallClock",
    ),
    "interlock.driver": (
        "Answer",
        "AsWritten",
        "ConnectionSettings",
        "Context",
        "Device",
        "DeviceSettings",
        "DeviceType",
        "Driver",
        "Feed",
        "Found",
        "Limits",
        "Peer",
        "Rate",
        "Recorded",
        "Setting",
        "Simulator",
        "Target",
        "Write",
        "parse_rate",
    ),
    "interlock.duration_field": ("Duration",),
    "interlock.durations": (
        "format_duration",
        "parse_duration",
    ),
    "interlock.errors": (
        "AuthenticationFailed",
        "CannotExecute",
        "DriverError",
        "ImportFailed",
        "InterlockError",
        "InvalidValue",
        "NotSupported",
        "ProtocolFault",
        "RateLimited",
        "RejectedError",
        "RejectedValue",
        "ServerFault",
        "TemporaryError",
        "TimedOut",
        "UnknownDevice",
        "Unreachable",
    ),
    "interlock.expressions.functions": ("Function", "Parameter", "Special"),
    "interlock.expressions.types": ("Kind", "Type"),
    "interlock.expressions.unknown": ("Unknown",),
    "interlock.expressions.view": ("View",),
    "interlock.faults": (
        "HTTP_FAULTS",
        "Fault",
        "FaultArgument",
        "FaultKind",
        "Faults",
    ),
    "interlock.hookspecs": (
        "EventKind",
        "hookimpl",
    ),
    "interlock.importer": (
        "Imported",
        "Importer",
    ),
    "interlock.loopback_tls": ("issue_loopback_tls",),
    "interlock.http_client": (
        "Authentication",
        "HttpClient",
        "HttpReply",
        "HttpRequest",
        "ReplyTooLarge",
        "excerpt",
        "new_trust",
        "refuse_by_status",
        "retry_after",
        "trust_for",
        "trust_for",
    ),
    "interlock.model": (
        "Event",
        "Point",
        "Value",
        "format_value",
    ),
    "interlock.notifier": (
        "Notifier",
        "NotifierSettings",
    ),
    "interlock.protocol_server": (
        "ProtocolServer",
        "RawReply",
        "Reply",
        "Request",
    ),
    "interlock.redaction": ("redact",),
    "interlock.side_door": ("SideDoor",),
    "interlock.site_path": ("SitePath",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "HTTP_FAULTS",
    "Answer",
    "AsWritten",
    "Authentication",
    "AuthenticationFailed",
    "CannotExecute",
    "Capability",
    "Clock",
    "ConnectionSettings",
    "Context",
    "Device",
    "DeviceSettings",
    "DeviceType",
    "Driver",
    "DriverError",
    "Duration",
    "Event",
    "EventKind",
    "Fault",
    "FaultArgument",
    "FaultKind",
    "Faults",
    "Feed",
    "Field",
    "Found",
    "Function",
    "HttpClient",
    "HttpReply",
    "HttpRequest",
    "ImportFailed",
    "Imported",
    "Importer",
    "InterlockError",
    "InvalidValue",
    "Kind",
    "Limits",
    "NotSupported",
    "Notifier",
    "NotifierSettings",
    "Parameter",
    "Peer",
    "Point",
    "ProtocolFault",
    "ProtocolServer",
    "Rate",
    "RateLimited",
    "RawReply",
    "Recorded",
    "RejectedError",
    "RejectedValue",
    "Reply",
    "ReplyTooLarge",
    "Request",
    "ServerFault",
    "Setting",
    "SideDoor",
    "Simulator",
    "SitePath",
    "Special",
    "Target",
    "TemporaryError",
    "TimedOut",
    "Type",
    "Unknown",
    "UnknownDevice",
    "Unreachable",
    "Value",
    "ValueType",
    "View",
    "WallClock",
    "Write",
    "__version__",
    "excerpt",
    "format_duration",
    "format_value",
    "hookimpl",
    "issue_loopback_tls",
    "nearest",
    "new_trust",
    "parse_duration",
    "parse_rate",
    "redact",
    "refuse_by_status",
    "retry_after",
    "trust_for",
]


def __getattr__(name: str) -> object:
    try:
        home = _HOME_OF[name]
    except KeyError:
        raise AttributeError(f"module 'interlock' has no attribute {name!r}") from None
    value = globals()[name] = getattr(import_module(home), name)
    return value
