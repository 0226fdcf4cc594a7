"""Values that somebody gives and that cannot be: told in a sentence."""

from pathlib import Path

import pytest

from interlock.service.api import commands
from interlock.service.api.archive import Archive
from interlock.service.api.served import Served
from interlock.service.tokens import Role
from support.served_site import ServedSite

pytestmark = pytest.mark.slow


def routes(served: Served):  # type: ignore[no-untyped-def]
    return commands.routes(served, Archive(served.journal, served.onlookers.journal.commit))


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ('{"point": "lamp.power", "value": NaN}', "body.value: a number must be finite"),
        ('{"point": "lamp.power", "value": 1e999}', "body.value: a number must be finite"),
        ('{"point": "lamp.power", "value": [-Infinity]}', "body.value: a number must be finite"),
        (
            '{"point": "lobby.schedule_set", "fields": {"heat": NaN}}',
            "body.fields.heat: a number must be finite",
        ),
        (
            '{"point": "lamp.power", "value": {"a": 1}}',
            "body.value: it must be true, false, a number or a text",
        ),
        ('{"point": "lamp.power", "hold": 7}', "body.hold: input should be a valid boolean"),
        ('{"point": 7}', "body.point: input should be a valid string"),
    ],
)
async def test_what_no_value_can_be_is_told_in_a_sentence(tmp_path: Path, body: str, detail: str) -> None:
    served = ServedSite(tmp_path)
    headers = served.headers(Role.OPERATE) | {"Content-Type": "application/json"}
    async with served.client(routes) as client:
        answer = await client.post("/v1/commands", content=body, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (422, detail)
