"""What can go wrong with the simulated Founten site, and how it can differ, as texts that switch it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from interlock import HTTP_FAULTS, Fault, FaultArgument, FaultKind, Faults, RawReply, Reply
from interlock_founten.simulator.variants import Variant

_BOMB = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE result [\n<!ENTITY x0 "boom">\n'
    + "".join(f'<!ENTITY x{depth + 1} "{f"&x{depth};" * 10}">\n' for depth in range(9))
    + "]>\n<result><Thermostat><name>&x9;</name></Thermostat><success>1</success></result>\n"
)
_EXTERNAL = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE result [<!ENTITY secret SYSTEM "file:///etc/hostname">]>\n'
    "<result><Thermostat><name>&secret;</name></Thermostat><success>1</success></result>\n"
)


def _instead_of_body(document: str) -> Callable[[Fault, Reply], Reply]:
    return lambda fault, reply: replace(reply, body=document.encode(), content_type="text/xml")


def _malformed(fault: Fault, reply: Reply) -> Reply:
    return replace(reply, body=reply.body.replace(b"</success>", b"</succes>"))


def _with_typographic_quotes(fault: Fault, reply: Reply) -> Reply:
    head, end, rest = reply.body.partition(b"?>")
    return replace(reply, body=head.replace(b'"', "”".encode()) + end + rest)


_VARIANTS = (
    FaultKind(name="root-response", description="calls the root element response"),
    FaultKind(name="flat-history", description="answers a ThermostatHistory element for each record"),
    FaultKind(name="no-schedule-get", description="refuses to tell schedules, as live sites do"),
    FaultKind(name="calibrationOffset", description="spells that attribute so, and not as the manual"),
    FaultKind(name="success-0", description="answers wrong credentials with success 0 and not with 403"),
)
"""No faults: other readings of the manual, each as some site has it."""

FAULTS = (
    *HTTP_FAULTS,
    FaultKind(
        name="refused",
        description="refuses connections, for ever or as long as given: refused:30s",
        argument=FaultArgument.OPTIONAL,
        is_duration=True,
        instead=lambda *_: RawReply(reset=True),
    ),
    FaultKind(
        name="malformed", description="answers XML whose end tag does not fit its start tag", spoil=_malformed
    ),
    FaultKind(
        name="quotes",
        description="prints the XML declaration with typographic quotes, as the manual does",
        spoil=_with_typographic_quotes,
    ),
    FaultKind(
        name="entity-bomb",
        description="answers XML whose entities grow to gigabytes",
        spoil=_instead_of_body(_BOMB),
    ),
    FaultKind(
        name="external-entity",
        description="answers XML that asks for a file of the client's machine",
        spoil=_instead_of_body(_EXTERNAL),
    ),
    FaultKind(name="certificate", description="shows a certificate that nobody trusts, for another name"),
    FaultKind(name="dead", description="accepts what is set with success and changes nothing"),
    *_VARIANTS,
)
"""Every kind of fault and every variant, with what the server does."""


def variant_of(faults: Faults) -> Variant:
    """Return how the site answers with the variants that are switched on."""
    return Variant(
        root="response" if faults.active("root-response") else "result",
        flat_history=bool(faults.active("flat-history")),
        refuses_schedule_get=bool(faults.active("no-schedule-get")),
        says_calibration_offset=bool(faults.active("calibrationOffset")),
        refuses_by_success=bool(faults.active("success-0")),
    )
