"""What can go wrong with the simulated gateway and the devices on its bus, as texts that switch it on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from interlock import FaultArgument, FaultKind, Faults, Target
from interlock_knx.telegrams import Telegram
from interlock_knx.values import group_of

FAULTS: tuple[FaultKind, ...] = (
    FaultKind(name="full", description="refuses every new tunnel, because none is free"),
    FaultKind(
        name="silent",
        description="neither answers nor sends anything, for ever or as long as given: silent:10m",
        argument=FaultArgument.OPTIONAL,
        is_duration=True,
    ),
    FaultKind(
        name="disconnect",
        description="ends each tunnel by a disconnect request, at once or when it is so old: disconnect:30s",
        argument=FaultArgument.OPTIONAL,
        is_duration=True,
    ),
    FaultKind(
        name="drop",
        description="forgets each tunnel without a word (over TCP it hangs up), at once or when it is so old",
        argument=FaultArgument.OPTIONAL,
        is_duration=True,
    ),
    FaultKind(name="no-ack", description="takes what arrives over UDP and does not acknowledge it"),
    FaultKind(name="sequence", description="numbers what it sends wrongly"),
    FaultKind(name="twice", description="sends everything twice, as where an acknowledgement was lost"),
    FaultKind(name="rubbish", description="sends frames of an unknown service before its own"),
    FaultKind(name="no-confirmation", description="sends telegrams on and does not confirm them"),
    FaultKind(name="negative", description="confirms telegrams negatively, as where nobody takes them"),
    FaultKind(name="no-answer", description="has groups that nobody answers for"),
    FaultKind(
        name="latency",
        description="has devices that answer and report late, by the time given: latency:2s",
        argument=FaultArgument.REQUIRED,
        is_duration=True,
    ),
    FaultKind(name="length", description="has devices that answer and report with a byte too many"),
    FaultKind(name="dead", description="has devices that take commands and do nothing"),
)
"""Every kind of fault, with what the server does."""


class KnxFaults(Faults):
    """The faults that are switched on. A place is a group address or a device's name.

    It is the gateway's `Conduct`, and the devices'.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        self._devices: dict[str, set[str]] = {}
        """The names of the devices by the addresses that they have."""
        for target in targets:
            for address in (group_of(target).address, group_of(target).listens_at):
                self._devices.setdefault(address, set()).add(target.device.name)
        names = {target.device.name for target in targets}
        super().__init__(FAULTS, {*self._devices, *names}, what="group or device")

    @property
    def is_silent(self) -> bool:
        """Whether nothing is answered and nothing sent."""
        return bool(self.active("silent"))

    @property
    def is_full(self) -> bool:
        """Whether no tunnel is free."""
        return bool(self.active("full"))

    @property
    def acknowledges(self) -> bool:
        """Whether requests are acknowledged over UDP."""
        return not self.active("no-ack")

    @property
    def repeats(self) -> bool:
        """Whether everything is sent twice, with one number."""
        return bool(self.active("twice"))

    @property
    def misnumbers(self) -> bool:
        """Whether what is sent has a wrong number."""
        return bool(self.active("sequence"))

    @property
    def babbles(self) -> bool:
        """Whether nonsense is sent before everything else."""
        return bool(self.active("rubbish"))

    def confirms(self, telegram: Telegram) -> bool:
        """Whether a telegram is confirmed at all."""
        return not self.active("no-confirmation", self._names_at(telegram.address))

    def transmits(self, telegram: Telegram) -> bool:
        """Whether a telegram gets onto the bus."""
        return not self.active("negative", self._names_at(telegram.address))

    def answers(self, address: str) -> bool:
        """Whether questions to a group are answered."""
        return not self.active("no-answer", self._names_at(address))

    def lengthens(self, address: str) -> bool:
        """Whether what devices send to a group is a byte too long."""
        return bool(self.active("length", self._names_at(address)))

    def delay_s(self, address: str) -> float:
        """Return how late devices send to a group, in seconds."""
        return sum((fault.seconds for fault in self.active("latency", self._names_at(address))), 0.0)

    def is_dead(self, device: str, address: str) -> bool:
        """Whether a device that is commanded at an address does nothing."""
        return bool(self.active("dead", {device, address}))

    def _names_at(self, address: str) -> Collection[str]:
        return {address, *self._devices.get(address, ())}
