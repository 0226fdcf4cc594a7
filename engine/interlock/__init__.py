"""Automation rules for buildings. The names below are for plugin authors; everything else is inner."""

from interlock.capabilities import Capability, ValueType, nearest
from interlock.driver import (
    Answer,
    ConnectionSettings,
    Device,
    DeviceSettings,
    DeviceType,
    Driver,
    Limits,
    Rate,
    Simulator,
    Target,
    Write,
)
from interlock.durations import Duration, format_duration, parse_duration
from interlock.errors import (
    AuthenticationFailed,
    CannotExecute,
    DriverError,
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
from interlock.hookspecs import hookimpl
from interlock.model import Point, Value, format_value
from interlock.protocol_server import ProtocolServer, RawReply, Reply, Request

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "AuthenticationFailed",
    "CannotExecute",
    "Capability",
    "ConnectionSettings",
    "Device",
    "DeviceSettings",
    "DeviceType",
    "Driver",
    "DriverError",
    "Duration",
    "InterlockError",
    "InvalidValue",
    "Limits",
    "NotSupported",
    "Point",
    "ProtocolFault",
    "ProtocolServer",
    "Rate",
    "RateLimited",
    "RawReply",
    "RejectedError",
    "RejectedValue",
    "Reply",
    "Request",
    "ServerFault",
    "Simulator",
    "Target",
    "TemporaryError",
    "TimedOut",
    "UnknownDevice",
    "Unreachable",
    "Value",
    "ValueType",
    "Write",
    "__version__",
    "format_duration",
    "format_value",
    "hookimpl",
    "nearest",
    "parse_duration",
]
