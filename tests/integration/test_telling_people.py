"""A service as a process that tells people and other servers, and a notifier that is not ours."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest

from interlock import ProtocolServer, Reply, Request
from support.flat import flat_server, read_until, start_interlock
from support.mail_office import Office, open_office

pytestmark = pytest.mark.slow

RULE = """
  - id: tell
    triggers: [{becomes: living_thermostat.actualtemp > 26}]
    actions:
      - notify: {via: mail, title: Flat, message: "It is {{ living_thermostat.actualtemp }} °C"}
      - http: {url: "URL/answer", headers: {Authorization: !secret word}, values: {limit: limits.0}}
      - notify: {via: hook, message: "The limit is {{ http.limit }}"}
      - log: everybody knows
"""


def notifiers(port: int, url: str) -> str:
    return (
        "notifiers:\n"
        f"  mail: {{via: email, host: 127.0.0.1, port: {port}, tls: none, from: a@b.org, to: c@b.org}}\n"
        f"  hook: {{via: webhook, url: !secret hook, secret: !secret word}}\n"
    )


async def test_a_rule_tells_people_and_asks_servers_and_the_journal_tells_what_came_of_it(
    tmp_path: Path,
) -> None:
    office = Office()

    async def answer(request: Request) -> Reply:
        return Reply(body=b'{"limits": [26.5]}')

    server = ProtocolServer(answer)
    url = await server.start("127.0.0.1", 0)
    async with open_office(office) as port:
        log = await asyncio.to_thread(serve, tmp_path, port, url)
    await server.stop()
    [mail] = office.mails
    assert (mail["Subject"], mail.get_payload(decode=True)) == ("Flat", "It is 27.5 °C\r\n".encode())
    asked, posted = server.requests
    assert (asked.target, asked.header("authorization")) == ("/answer", "Bearer never-to-be-seen")
    assert (posted.target, json.loads(posted.body)["message"]) == ("/hook", "The limit is 26.5")
    assert "never-to-be-seen" not in log


def serve(directory: Path, port: int, url: str) -> str:
    """Run a flat's service until it has told everybody; return its log and what it explains afterwards."""
    with flat_server(directory) as flat:
        folder = flat.site.parent
        with (folder / "secrets.yaml").open("a", encoding="utf-8") as secrets:
            secrets.write(f"word: Bearer never-to-be-seen\nhook: {url}/hook\n")
        with flat.site.open("a", encoding="utf-8") as site:
            site.write("\n" + notifiers(port, url))
        [rules] = sorted((folder / "rules").glob("cool*.yaml"))[:1]
        rules.write_text(
            rules.read_text("utf-8").rstrip() + "\n" + RULE.replace("URL", url), encoding="utf-8"
        )
        flat.hold("living_thermostat.actualtemp", 27.5)
        with start_interlock("run", flat.site, "-v") as process:
            assert process.stderr
            lines = read_until(process.stderr, "everybody knows")
            process.send_signal(signal.SIGTERM)
            _, rest = process.communicate(timeout=30)
        with start_interlock("explain", flat.site, "tell") as explained:
            story, _ = explained.communicate(timeout=30)
    assert "notify via mail: Flat It is 27.5 °C: sent" in story
    return "".join([*lines, rest, story])
