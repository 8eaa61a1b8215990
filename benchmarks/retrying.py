"""``python -m benchmarks.retrying URL COUNT mockbw|alone``: a day of retries of callbacks, or as many requests by the sender.

Prints the CPU seconds and the wall seconds it took, and how many requests were made.
"""

from __future__ import annotations

import asyncio
import sys
import time

from mockbw.cli.loop import run
from mockbw.config.settings import Settings
from mockbw.core.account import InboundDraft
from mockbw.core.callbacks import CALLBACK_HEADERS, SendAttempt
from mockbw.core.clock import ClockMode
from mockbw.core.settings import AccountSettings
from mockbw.delivery.lean_sender import LeanSender
from mockbw.server.mock_bandwidth import MockBandwidth

ATTEMPTS = 30
BODY = b'[{"type":"message-received","time":"2018-01-24T16:00:00.000Z","message":{"id":"1516809600000abcdefghijklmnop"}}]'


async def alone(url: str, count: int) -> int:
    sender = LeanSender()
    left = iter(range(count * ATTEMPTS))

    async def work() -> None:
        for _ in left:
            await sender.send(SendAttempt("cb-1", 0, url, BODY, CALLBACK_HEADERS, 10_000))

    await asyncio.gather(*(work() for _ in range(64)))
    await sender.close()
    return count * ATTEMPTS


async def retried(url: str, count: int) -> int:
    settings = Settings(
        port=0, clock=ClockMode.AUTO, concurrency=64, account=AccountSettings(callback_url=url, keep_messages=count)
    )
    async with MockBandwidth(settings) as double:
        account = double.account("9900000")
        account.hold("benchmark")
        for number in range(count):
            account.receive(InboundDraft("+19195550100", ("+19195550199",), f"message {number}"))
        account.release("benchmark")
        await account.settle()
        return sum(len(callback.attempts) for callback in account.records.callbacks.values())


async def main(url: str, count: int, what: str) -> None:
    began, clock = time.process_time(), time.perf_counter()
    made = await (alone if what == "alone" else retried)(url, count)
    print(time.process_time() - began, time.perf_counter() - clock, made)


if __name__ == "__main__":
    run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
