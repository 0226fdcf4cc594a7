"""What rules tell the outer world, and what they learn from it, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from interlock.runtime.firings.outside import Answered
from interlock.runtime.firings.run import StepFailed
from support.engine_house import AC_POWER, LAMP, TEMPERATURE, House, live

RULE = "- {{id: a, enabled: {enabled}, triggers: [{{becomes: living_ac.hvacpower}}], actions: [{actions}]}}"


@dataclass
class FakeOutside:
    """Keeps what it is told; answers as a test says."""

    answer: Answered | str = field(default_factory=lambda: Answered(200, "", "nothing"))
    """A text is why nothing came back."""
    news: str = ""
    told: list[tuple[str, ...]] = field(default_factory=list)
    asked: list[tuple[object, ...]] = field(default_factory=list)

    async def notify(self, via: str, message: str, title: str, tell: Callable[[str], None]) -> str:
        self.told.append((via, message, title))
        if self.news:
            asyncio.get_running_loop().call_later(5, tell, self.news)
        return "sent"

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None, timeout: timedelta
    ) -> Answered:
        self.asked.append((method, url, dict(headers), body, timeout))
        if isinstance(self.answer, str):
            raise StepFailed(self.answer)
        return self.answer


async def a_minute(house: House) -> None:
    await house.at(60)


def played(
    actions: str,
    outside: FakeOutside,
    test: Callable[[House], Awaitable[None]] = a_minute,
    *,
    enabled: str = "true",
    **options: object,
) -> House:
    return live(
        RULE.format(actions=actions, enabled=enabled),
        test,
        values={AC_POWER: True, TEMPERATURE: 31.5, LAMP: False},
        outside=outside,
        site={"notifiers": frozenset({"mail"})},
        **options,
    )


def test_a_message_is_told_with_what_the_points_hold() -> None:
    outside = FakeOutside()
    text = "It is {{ living_thermostat.actualtemp }} °C"
    house = played(f"{{notify: {{via: mail, title: Server room, message: '{text}'}}}}", outside)
    assert outside.told == [("mail", "It is 31.5 °C", "Server room")]
    assert house.steps == ["notify via mail: Server room It is 31.5 °C: sent"]


def test_what_becomes_of_a_message_later_stands_in_the_trace_too() -> None:
    house = played("{notify: {via: mail, message: x}}", FakeOutside(news="sent by attempt 2"))
    assert house.steps == ["notify via mail: x: sent", "notify via mail: x: sent by attempt 2"]
    assert house.ends == ["done"]


TEMPLATE = "'{{ living_thermostat.actualtemp }}"
NOTIFY_AND_ASK = (
    f"{{notify: {{via: mail, title: Hall, message: {TEMPLATE} °C'}}}}, "
    f"{{http: {{url: 'http://x/', body: {TEMPLATE}'}}}}"
)


@pytest.mark.parametrize(
    ("options", "why"), [({"enabled": "shadow"}, "shadow rule"), ({"dry_run": True}, "dry run")]
)
def test_nothing_leaves_a_shadow_or_a_dry_run(options: Mapping[str, object], why: str) -> None:
    outside = FakeOutside()
    house = played(NOTIFY_AND_ASK, outside, **options)  # type: ignore[arg-type]
    assert (outside.told, outside.asked) == ([], [])
    assert house.steps == [
        f"notify via mail: Hall 31.5 °C: not sent: {why}",
        f"http POST http://x/: http://x/ 31.5: not sent: {why}",
    ]


def test_a_request_is_made_of_templates() -> None:
    outside = FakeOutside()
    point = "{{ living_thermostat.actualtemp }}"
    request = (
        f"url: 'http://x/{point}', method: PUT, body: 't={point}', headers: {{X: '{point}'}}, timeout: 3s"
    )
    played(f"{{http: {{{request}}}}}", outside)
    assert outside.asked == [("PUT", "http://x/31.5", {"X": "31.5"}, "t=31.5", timedelta(seconds=3))]


def test_the_answer_is_there_for_the_actions_that_follow() -> None:
    outside = FakeOutside(Answered(201, '{"a": [{"price": 12.5}]}', ""))
    house = played(
        "{http: {url: 'http://x/', values: {price: a.0.price, tax: a.1}}}, "
        "{log: '{{ http.status }} {{ http.price * 2 }} {{ http.tax }} {{ http.body }}'}",
        outside,
    )
    assert house.steps == [
        "http POST http://x/: HTTP 201, price = 12.5, tax = nothing",
        "log {{ http.status }} {{ http.price * 2 }} {{ http.tax }} {{ http.body }}: "
        '201 25 unknown {"a": [{"price": 12.5}]}',
    ]


def test_of_a_long_answer_its_beginning_is_kept() -> None:
    house = played(
        "{http: {url: 'http://x/'}}, {log: '{{ http.body }}'}", FakeOutside(Answered(200, "x" * 20_000, ""))
    )
    assert house.steps[1].endswith(": " + "x" * 10_000)


@pytest.mark.parametrize("status", [300, 404, 500])
def test_an_error_fails_the_step_and_says_what_was_answered(status: int) -> None:
    outside = FakeOutside(Answered(status, "no such thing", "no such thing"))
    house = played("{http: {url: 'http://x/'}}, {log: never}", outside)
    assert house.ends == [f"broken off: POST was answered with HTTP {status}: no such thing"]


def test_what_fails_can_be_dealt_with_by_its_status() -> None:
    outside = FakeOutside(Answered(404, "", "nothing"))
    request = "{http: {url: 'http://x/'}, on_error: [{log: '{{ error.message }}'}]}"
    house = played(f"{request}, {{log: '{{{{ http.status }}}}'}}", outside)
    assert [step.rpartition("}}: ")[2] for step in house.steps[1:]] == [
        "POST was answered with HTTP 404: nothing",
        "404",
    ]


def test_an_answer_that_does_not_come_leaves_nothing_of_an_earlier_one() -> None:
    outside = FakeOutside(Answered(200, "first", ""))

    async def test(house: House) -> None:
        await house.at(3)
        outside.answer = "cannot be reached"
        await house.at(60)

    house = played(
        "{http: {url: 'http://x/'}}, {log: '{{ http.status }}'}, {delay: 10s}, "
        "{http: {url: 'http://x/'}, on_error: continue}, {log: '{{ http.status }}'}",
        outside,
        test,
    )
    logged = [step for step in house.steps if step.startswith("log")]
    assert logged == ["log {{ http.status }}: 200", "log {{ http.status }}: unknown"]
