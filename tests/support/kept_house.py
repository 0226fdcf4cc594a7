"""An engine whose points are claimed, guarded and locked, at work on fake equipment in virtual time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from interlock.history.journal import MemoryJournal
from interlock.history.records import Claimed, LetGo
from interlock.model import Command, Origin, OriginKind, Outcome, Point, Receipt, Value
from interlock.rules.claims import Claim
from support.engine_house import START, House, live
from support.fake_driver import FakeEquipment
from support.fake_rules import interlocks_of
from support.fake_site import fake_site

OPERATOR = Origin(OriginKind.OPERATOR, "cli")
NOTHING: Mapping[str, object] = {}


class KeptHouse:
    """What a test does in such a house, and what it sees there."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.engine = house.engine
        self.equipment = house.equipment

    async def at(self, seconds: float) -> None:
        """Wait until so long after the start, and let everything of that moment happen."""
        await self.house.at(seconds)

    async def set(self, point: Point, value: Value, **rest: object) -> Receipt:
        """Command as an operator, and wait for the receipt."""
        return await self.submit(point, value, **rest)[0]  # type: ignore[no-any-return]

    def submit(self, point: Point, value: Value, **rest: object) -> list[object]:
        options: dict[str, object] = {"origin": OPERATOR, **rest}
        command = Command(
            id=self.engine.new_id(),
            point=point,
            value=value,
            created_at=self.house.clock.now(),
            **options,  # type: ignore[arg-type]
        )
        return self.engine.submit([command])  # type: ignore[return-value]

    def hand(self, point: Point, value: Value) -> None:
        """Change something at the device itself."""
        self.equipment.values[point] = value

    def writes(self, point: Point) -> list[Value | None]:
        """What was written to a point, in order."""
        return [value for written, value in self.equipment.writes if written == point]

    def outcomes(self, point: Point) -> list[Outcome]:
        return [each.outcome for each in self.house.receipts if each.command.point == point]

    def reasons(self, point: Point, outcome: Outcome) -> list[str]:
        return [
            each.reason
            for each in self.house.receipts
            if each.command.point == point and each.outcome is outcome
        ]

    def array(self, point: Point) -> list[tuple[str, Value, int]]:
        """Who claims what of a point, the strongest first."""
        return [(str(each.owner), each.value, each.priority) for each in self.engine.arbiter.array(point)]

    def status(self, point: Point) -> list[str]:
        arbiter = self.engine.arbiter
        return [arbiter.status(each) for each in arbiter.array(point)]

    @property
    def claims(self) -> list[Claim]:
        return [each.claim for each in self.house.found(Claimed)]  # type: ignore[attr-defined]

    @property
    def let_go(self) -> list[tuple[Point, str]]:
        return [(each.claim.point, each.why) for each in self.house.found(LetGo)]  # type: ignore[attr-defined]


def kept(
    test: Callable[[KeptHouse], Awaitable[None]],
    *,
    rules: str = "[]",
    interlocks: str = "[]",
    values: dict[Point, Value] | None = None,
    equipment: FakeEquipment | None = None,
    journal: MemoryJournal | None = None,
    site: Mapping[str, object] = NOTHING,
    start: datetime = START,
    **options: object,
) -> KeptHouse:
    """Run such a house while `test` goes on; return it as it is in the end."""
    stands = equipment or FakeEquipment(values=values or {})
    settings = {**({} if site.get("pushes") else {"poll": "10s"}), **site}
    locks: Sequence[object] = interlocks_of(fake_site(stands, **settings), interlocks)  # type: ignore[arg-type]
    made: list[KeptHouse] = []

    async def lived(house: House) -> None:
        made.append(KeptHouse(house))
        await test(made[0])

    live(
        rules,
        lived,
        equipment=stands,
        journal=journal,
        site=settings,
        start=start,
        interlocks=locks,
        **options,
    )
    return made[0]


def later(journal: MemoryJournal, seconds: float, start: datetime = START) -> datetime:
    """Let a run of the service end so long after its start; return when the next one begins, at once."""
    journal.last_seen = start + timedelta(seconds=seconds)
    return journal.last_seen
