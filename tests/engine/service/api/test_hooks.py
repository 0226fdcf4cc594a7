"""Webhooks, over real HTTP."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.config.service_section import ServiceSettings
from interlock.config.webhooks import WebhookSettings
from interlock.model import Event
from interlock.service.api import hooks
from support.served_site import ServedSite

pytestmark = pytest.mark.slow

SECRET = "a-word-of-sixteen"


class HookedSite(ServedSite):
    """A site with the webhook ``door``, and what came of its requests."""

    def __init__(self, folder: Path, **settings: object) -> None:
        super().__init__(folder)
        hook = WebhookSettings.model_validate({"secret": SECRET, **settings})
        self.engine.site = replace(self.engine.site, service=ServiceSettings(webhooks={"door": hook}))
        self.events: list[Event] = []
        self.engine.happen = self.events.append  # type: ignore[method-assign]


def signed(body: bytes) -> dict[str, str]:
    found = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={found}", "Content-Type": "application/json"}


async def test_a_request_sets_rules_off(tmp_path: Path) -> None:
    site, body = HookedSite(tmp_path), b'{"room": "hall", "order": {"id": 7}}'
    async with site.client(hooks.routes) as client:
        answer = await client.post("/hooks/door", content=body, headers=signed(body))
    assert (answer.status_code, answer.content) == (202, b"")
    assert site.events == [Event(kind="webhook", name="door", data={"room": "hall", "order.id": 7})]


async def test_a_form_and_a_token_will_do(tmp_path: Path) -> None:
    site = HookedSite(tmp_path, by="token")
    async with site.client(hooks.routes) as client:
        shown = {"Authorization": f"Bearer {SECRET}"}
        assert (await client.post("/hooks/door", data={"room": "hall"}, headers=shown)).status_code == 202
        assert (await client.post("/hooks/door", headers=shown)).status_code == 202
    assert [event.data for event in site.events] == [{"room": "hall"}, {}]


async def test_strangers_learn_nothing(tmp_path: Path) -> None:
    site, body = HookedSite(tmp_path), b"{"
    async with site.client(hooks.routes) as client:
        told = [
            await client.post(f"/hooks/{name}", content=body, headers=headers)
            for name in ("door", "window")
            for headers in ({}, {"X-Hub-Signature-256": "sha256=00"})
        ]
    assert {(each.status_code, each.text) for each in told} == {(403, told[0].text)}
    assert told[0].json()["detail"] == (
        "no webhook takes this request: its name or what it is signed with is wrong"
    )
    assert [sorted(each.headers) for each in told] == [sorted(told[0].headers)] * 4
    assert site.events == []


async def test_more_than_the_rate_is_told_when_to_come_again(tmp_path: Path) -> None:
    site = HookedSite(tmp_path, rate="1/min")
    async with site.client(hooks.routes) as client:
        await client.post("/hooks/door", headers=signed(b""))
        site.clock.advance(seconds=18.5)
        limited = await client.post("/hooks/door", headers=signed(b""))
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "42")
    assert limited.json()["detail"] == "more requests came than this webhook takes"
    assert len(site.events) == 1


async def test_a_body_that_says_nothing_is_refused(tmp_path: Path) -> None:
    site = HookedSite(tmp_path)
    async with site.client(hooks.routes) as client:
        refused = await client.post("/hooks/door", content=b"x", headers=signed(b"x"))
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "the body is no JSON: expecting value: line 1 column 1 (char 0)",
    )
    assert site.events == []


async def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    site = HookedSite(tmp_path)
    largest = json.dumps("x" * (64 * 1024 - 2)).encode()
    async with site.client(hooks.routes) as client:
        assert (await client.post("/hooks/door", content=largest, headers=signed(largest))).status_code == 202
        larger = await client.post("/hooks/door", content=largest + b" ", headers=signed(largest + b" "))
    assert larger.status_code == 413
    assert len(site.events) == 1


async def test_only_post_is_taken(tmp_path: Path) -> None:
    site = HookedSite(tmp_path)
    async with site.client(hooks.routes) as client:
        answers = await asyncio.gather(client.get("/hooks/door"), client.get("/hooks/window"))
    assert [each.status_code for each in answers] == [405, 405]
