"""The whole contract of a driver."""

from __future__ import annotations

from interlock.testing.declaring import DeclaringContract
from interlock.testing.discretion import DiscretionContract
from interlock.testing.finding import FindingContract
from interlock.testing.lifetime import LifetimeContract
from interlock.testing.pushing import PushingContract
from interlock.testing.reading import ReadingContract
from interlock.testing.sending import SendingContract
from interlock.testing.writing import WritingContract


class DriverContract(
    DeclaringContract,
    ReadingContract,
    WritingContract,
    SendingContract,
    LifetimeContract,
    DiscretionContract,
    PushingContract,
    FindingContract,
):
    """What the engine relies on, as tests that any driver can be put to.

    Subclass it in a test file under a name that pytest finds, name the driver, and give a peer::

        class TestHeater(DriverContract):
            driver = HeaterDriver

            @asynccontextmanager
            async def peer(self) -> AsyncIterator[Rig]:
                simulator = HeaterSimulator(SETTINGS, TARGETS)
                url = await simulator.start("127.0.0.1", 0)
                try:
                    settings = HeaterSettings(url=url, token="correct-horse", timeout="300ms")
                    yield rig_of_simulator(simulator, url, settings, TARGETS, hang="hang", refuse="409")
                finally:
                    await simulator.stop()

    Each test gets a peer of its own, and fails where a task, a socket or a blocked event loop is left
    behind. It needs no plugin of pytest; the tests are plain functions that run an event loop inside.
    """
