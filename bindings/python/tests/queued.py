"""How much waits in a client."""

from __future__ import annotations

import asyncio
import time

import mqttka
from broker import PATIENCE


async def queued(client: mqttka.Client, operations: int) -> None:
    """Returns when so many are in the outbound queue: the library hears of a cancelled task later."""
    deadline = time.monotonic() + PATIENCE
    while client.counters().outbound_queue_messages != operations:
        assert time.monotonic() < deadline, client.counters().outbound_queue_messages
        await asyncio.sleep(0.001)
