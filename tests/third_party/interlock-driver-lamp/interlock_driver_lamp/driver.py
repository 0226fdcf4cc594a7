"""One connection is a directory, one lamp a file in it that holds 0 to 100."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field

from interlock import (
    Answer,
    Capability,
    ConnectionSettings,
    Device,
    DeviceSettings,
    DeviceType,
    Driver,
    DriverError,
    Point,
    ProtocolFault,
    Target,
    UnknownDevice,
    Unreachable,
    Value,
    ValueType,
    Write,
)


class LampSettings(ConnectionSettings):
    """A directory of lamps."""

    directory: Path = Field(description="where the lamps' files are")


class LampDeviceSettings(DeviceSettings):
    """A lamp."""

    file: str = Field(pattern=r"^\w+$", description="the lamp's file in the directory")


LEVEL = Capability(
    controller="level",
    type=ValueType.INTEGER,
    description="how bright it is; 0 is off",
    source="the lamp's own README",
    readable=True,
    writable=True,
    feedback=True,
    minimum=0,
    maximum=100,
    unit="%",
)


class LampDriver(Driver):
    """Reads and writes the lamps' files."""

    name = "lamp"
    description = "lamps that keep their state in files"
    Settings = LampSettings
    settings: LampSettings
    device_types = (
        DeviceType(name="lamp", description="a lamp", settings=LampDeviceSettings, controllers=(LEVEL,)),
    )

    async def read(self, targets: Sequence[Target]) -> Mapping[Point, Value | DriverError]:
        """Read each lamp's file."""
        return {target.point: self._read(target.device) for target in targets}

    async def write(self, writes: Sequence[Write]) -> Sequence[Answer | DriverError]:
        """Write the lamp's file and answer with what it then holds."""
        return [self._write(write) for write in writes]

    def _file(self, device: Device) -> Path:
        assert isinstance(device.settings, LampDeviceSettings)
        return self.settings.directory / device.settings.file

    def _read(self, device: Device) -> Value | DriverError:
        try:
            return int(self._file(device).read_text(encoding="ascii"))
        except FileNotFoundError:
            if not self.settings.directory.is_dir():
                return Unreachable("the lamps' directory is not there")
            return UnknownDevice(f"device '{device.name}' has no file")
        except OSError as error:
            return Unreachable(f"device '{device.name}' cannot be read: {error.strerror}")
        except ValueError:
            return ProtocolFault(f"device '{device.name}' holds no number")

    def _write(self, write: Write) -> Answer | DriverError:
        device = write.target.device
        try:
            self._file(device).write_text(str(write.value), encoding="ascii")
        except OSError as error:
            return Unreachable(f"device '{device.name}' cannot be written: {error.strerror}")
        answer = self._read(device)
        return answer if isinstance(answer, DriverError) else Answer(value=answer)
