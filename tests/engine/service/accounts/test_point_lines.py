"""What a service tells of its points, and what is known where none runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from interlock.config.site import Site
from interlock.errors import NotSupported
from interlock.model import Point
from interlock.service.accounts import point_lines
from interlock.service.by_hand.reading import read_points
from interlock.service.control.place import socket_of
from interlock.service.control.protocol import Answer, ControlError, ListPoints, PointLine, Points, Question
from interlock.service.control.server import ControlServer
from support.engine_house import LAMP, LEVEL, TEMPERATURE, House, live
from support.site_files import HEADER, SiteFolder

AWAY, NOTE = Point("away.value"), Point("note.value")
VIRTUAL = HEADER + "devices: {away: {type: flag}, note: {type: text}}\n"


def test_what_the_engine_has_heard_of_is_told_in_the_sites_order() -> None:
    async def test(house: House) -> None:
        await house.at(5)
        changed_at = house.engine.state.changed_at(TEMPERATURE)
        lines = point_lines.point_lines(house.engine, ListPoints())
        assert [line.point for line in lines] == [TEMPERATURE, LAMP, LEVEL]
        assert lines[0] == PointLine(point=TEMPERATURE, value="20.0", changed_at=changed_at)
        assert point_lines.point_lines(house.engine, ListPoints(skip=1)) == lines[1:]
        assert point_lines.point_lines(house.engine, ListPoints(skip=3)) == ()

    watched = {"watch": (LAMP, LEVEL, TEMPERATURE)}
    live("[]", test, values={LAMP: False, LEVEL: 0, TEMPERATURE: 20.0}, site=watched)


@asynccontextmanager
async def service(journal: Path, lines: list[PointLine]) -> AsyncIterator[None]:
    """A service that knows these lines, two of them at a time."""

    async def desk(question: Question) -> Answer:
        assert isinstance(question, ListPoints)
        return Points(points=tuple(lines[question.skip : question.skip + 2]))

    server = ControlServer(socket_of(journal), desk)
    task = asyncio.create_task(server.serve())
    await server.is_open.wait()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)
    return SiteFolder().sound(VIRTUAL)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "interlock.sqlite"


@pytest.mark.slow
async def test_all_lines_come_however_many_there_are(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_lines, "_AT_ONCE", 2)
    for count in (0, 1, 2, 3, 4):
        lines = [PointLine(point=f"a{number}.value", value="1") for number in range(count)]
        async with service(journal, lines):
            assert list((await point_lines.known_to_service(journal)).values()) == lines


@pytest.mark.slow
async def test_virtual_points_are_as_the_service_has_them(site: Site, journal: Path) -> None:
    lines = [PointLine(point=AWAY, value="true"), PointLine(point="other.value", value="1")]
    async with service(journal, lines):
        known = await point_lines.known_of(site, journal)
        assert known == {line.point: line for line in lines}
        answers = await read_points(site, [AWAY, NOTE], journal)
    assert answers[AWAY] is True
    assert isinstance(answers[NOTE], NotSupported)


@pytest.mark.slow
async def test_what_the_service_does_not_know_is_unknown_with_its_reason(site: Site, journal: Path) -> None:
    async with service(journal, [PointLine(point=AWAY, value=None, reason="nobody knows")]):
        answer = (await read_points(site, [AWAY], journal))[AWAY]
    assert isinstance(answer, NotSupported)
    assert answer.message == "nobody knows"


async def test_without_a_service_virtual_points_are_as_they_were_left(site: Site, journal: Path) -> None:
    assert await point_lines.known_of(site, journal) == {
        AWAY: PointLine(point=AWAY, value="false"),
        NOTE: PointLine(point=NOTE, value=None, reason="nobody has set note.value yet"),
    }


@pytest.mark.slow
async def test_a_service_that_answers_nonsense_is_no_missing_one(site: Site, journal: Path) -> None:
    async def desk(question: Question) -> Answer:
        raise ControlError("I am tired")

    server = ControlServer(socket_of(journal), desk)
    task = asyncio.create_task(server.serve())
    await server.is_open.wait()
    with pytest.raises(ControlError, match="I am tired"):
        await point_lines.known_of(site, journal)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
