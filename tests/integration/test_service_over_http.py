"""A real service on the flat, looked at and set off over HTTP."""

import hashlib
import hmac
import json
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from interlock.service.tokens import Role, TokenFile
from support.flat import flat_server
from support.live_service import live_service

pytestmark = [pytest.mark.slow, pytest.mark.lengthy]

SECRET = "a-word-of-sixteen"
SERVICE = """
service:
  listen: 127.0.0.1:0
  webhooks:
    door: {secret: !secret door_hook}
"""
RULES = """
rules:
  - id: light-the-way
    triggers: [{webhook: door}]
    condition: trigger.data.event == 'ring' and trigger.data.door.floor > 1
    actions: [{set: {hall_light.power: on}}]
"""
RING = json.dumps({"event": "ring", "door": {"floor": 2}}).encode()


def signed(body: bytes) -> dict[str, str]:
    found = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={found}", "Content-Type": "application/json"}


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the kind and the data of each event of a stream."""
    kind = ""
    for line in lines:
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


def test_a_request_sets_a_rule_off_and_all_of_it_is_told_and_measured(tmp_path: Path) -> None:
    with flat_server(tmp_path) as flat:
        with flat.site.open("a", encoding="utf-8") as site:
            site.write(SERVICE)
        with (flat.site.parent / "secrets.yaml").open("a", encoding="utf-8") as secrets:
            secrets.write(f"door_hook: {SECRET}\n")
        token = TokenFile(flat.site.parent / "tokens.json").create("it", Role.READ, datetime.now(UTC))
        with live_service(flat, RULES) as service:
            [*_, line] = service.until("the HTTP API is at ")
            url = re.search(r"http://[\d.:]+", line)
            assert url
            headers = {"Authorization": f"Bearer {token}"}
            with (
                httpx.Client(base_url=url[0], trust_env=False, timeout=20) as client,
                client.stream("GET", "/v1/events?rule=light-the-way", headers=headers) as stream,
            ):
                lines = stream.iter_lines()
                assert next(lines) == "retry: 3000"
                assert client.post("/hooks/door", content=RING, headers=signed(RING)).status_code == 202
                assert client.post("/hooks/door", content=RING).status_code == 403
                told = events(lines)
                happened = [next(told) for _ in range(4)]
                found = {
                    sample.name + str(sorted(sample.labels.values())): sample.value
                    for family in text_string_to_metric_families(client.get("/metrics", headers=headers).text)
                    for sample in family.samples
                }
                service.process.send_signal(signal.SIGTERM)
                assert list(told) == []
            service.process.wait(timeout=20)
            log = service.process.stderr.read() if service.process.stderr else ""
        assert flat.value("hall_light.power") is True
    assert [kind for kind, _ in happened] == ["firing", "command", "receipt", "firing_end"]
    assert happened[0][1]["cause"] == "webhook door"
    assert happened[2][1]["outcome"] == "accepted"
    assert found["interlock_rule_firings_total['light-the-way']"] == 1
    assert found["interlock_connection_up['house', 'thinknx-local']"] == 1
    assert found["interlock_webhook_requests_total['accepted', 'door']"] == 1
    assert found["interlock_webhook_requests_total['door', 'strange']"] == 1
    assert found["interlock_journal_up[]"] == 1
    assert found["process_open_fds[]"] > 3
    assert "webhook door: a request is refused: it has no X-Hub-Signature-256" in log
    assert SECRET not in log
