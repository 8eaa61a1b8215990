"""Lets messages through one account until the journal has had so many entries, and watches the memory.

python benchmarks/soak.py --entries 10000000          # in memory
python benchmarks/soak.py --entries 2000000 --data    # on disk, too
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from mockbw.config.settings import Settings
from mockbw.core.callbacks import SendAttempt
from mockbw.core.clock import ClockMode
from mockbw.core.model import Draft, Outcome
from mockbw.server.mock_bandwidth import MockBandwidth


class Answering:
    """An endpoint without a network: every third attempt fails first."""

    def __init__(self) -> None:
        self.count = 0

    async def send(self, attempt: SendAttempt) -> Outcome:
        self.count += 1
        return Outcome(status=500 if self.count % 3 == 0 else 200, headers=(("Date", "today"),), body="x" * 200)

    async def close(self) -> None:
        """There is nothing to close."""


def memory() -> float:
    """Return the resident memory in MB; where /proc is missing, its peak."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


async def soak(entries: int, data: Path | None) -> None:
    settings = Settings(port=0, callback_url="http://app.test/callbacks", clock=ClockMode.AUTO, data=data)
    began, most, step = time.perf_counter(), 0.0, entries // 20
    async with MockBandwidth(settings, sender=Answering()) as double:
        account = double.account("1")
        shown = 0
        while double.journal.last < entries:
            for number in range(200):
                draft = Draft(f"+1919555{number:04d}", ("+19195550100",), "app", "Your table is ready")
                submission = account.submit(draft)
                if submission.message is not None:
                    account.waive_answer(submission.message.id)
            await account.settle()
            await double.journal.flushed()
            most = max(most, memory())
            if double.journal.last >= shown + step:
                shown = double.journal.last
                held = len(account.records.messages)
                print(f"{shown:>9} entries  {held} messages held  {memory():.0f} MB", flush=True)
    took = time.perf_counter() - began
    print(f"{entries} entries in {took:.0f} s ({entries / took:.0f}/s); at most {most:.0f} MB of memory")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--data", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(soak(options.entries, Path(folder) if options.data else None))
        print(f"data folder: {sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
