"""What Home Assistant's automations cost; `bench/peers.py` starts it in an environment that has it.

PYTHON bench/peer_home_assistant.py RULES POINTS BATCHES
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time

from homeassistant import config_entries, loader
from homeassistant.components.trace.const import DATA_TRACE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import (
    area_registry,
    category_registry,
    device_registry,
    entity,
    entity_registry,
    floor_registry,
    issue_registry,
    label_registry,
    restore_state,
    template,
    translation,
)
from homeassistant.setup import async_setup_component
from peer_rules import THRESHOLD, make_batches, run_limit, tell

REGISTRIES = (
    area_registry,
    category_registry,
    device_registry,
    entity_registry,
    floor_registry,
    issue_registry,
    label_registry,
)


async def make_hass() -> HomeAssistant:
    """Return a Home Assistant that runs, with its registries and nothing else."""
    hass = HomeAssistant(tempfile.mkdtemp())
    loader.async_setup(hass)
    entity.async_setup(hass)
    template.async_setup(hass)
    translation.async_setup(hass)
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await hass.config_entries.async_initialize()
    for registry in REGISTRIES:
        loading = registry.async_load(hass)
        if loading is not None:
            await loading
    await restore_state.async_load(hass)
    hass.set_state(CoreState.running)
    # What automations need of these is there; they would bring a web server.
    hass.config.components.update({"homeassistant", "blueprint", "trace", "persistent_notification"})
    hass.data[DATA_TRACE] = {}
    return hass


def make_automation(n: int, points: int) -> dict[str, object]:
    """Return the automation that stands for a rule of `bench/rules.py`."""
    trigger = {
        "trigger": "numeric_state",
        "entity_id": f"sensor.room{n % points}",
        "above": THRESHOLD + n // points,
    }
    name = f"cool-{n}"
    return {"id": name, "alias": name, "triggers": [trigger], "actions": [{"action": "bench.switch"}]}


async def run_home_assistant(rules: int, points: int, batches: list[list[float]]) -> dict[str, float]:
    """Return what it takes to set up automations, and to work the batches off."""
    hass, sent = await make_hass(), []

    async def note(call: object) -> None:
        sent.append(call)

    hass.services.async_register("bench", "switch", note)
    automations = [make_automation(n, points) for n in range(rules)]
    began = time.process_time()
    if not await async_setup_component(hass, "automation", {"automation": automations}):
        raise SystemExit("the automations were refused")
    await hass.async_block_till_done()
    load_s = time.process_time() - began
    began = time.process_time()
    for batch in batches:
        for n, value in enumerate(batch):
            hass.states.async_set(f"sensor.room{n}", str(value))
        await hass.async_block_till_done()
    took = time.process_time() - began
    await hass.async_stop(force=True)
    return {"seconds": took, "load_s": load_s, "sent": len(sent)}


def main() -> None:
    """Measure, and print one line of JSON."""
    logging.disable(logging.CRITICAL)
    rules, points, count = map(int, sys.argv[1:4])
    batches = make_batches(points, count)
    limit_s = run_limit(rules, points, batches)
    said = asyncio.run(run_home_assistant(rules, points, batches))
    tell(said, limit_s)


if __name__ == "__main__":
    main()
