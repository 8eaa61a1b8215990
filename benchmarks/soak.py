"""Feeds one account until the journal has had so many entries, and watches memory and disk.

python benchmarks/soak.py --entries 10000000          # in memory
python benchmarks/soak.py --entries 2000000 --data    # on disk, too, and how long a restart takes then
python benchmarks/soak.py --plain                     # messages of one number, and an endpoint that says little

Unless it is plain, everything that clients and endpoints can send is new each time and as large as it may be: numbers, paths and
bodies of refused requests, headers and bodies of answers, opt-outs and states of handsets.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from mockbw.config.settings import Settings
from mockbw.core.account import InboundDraft
from mockbw.core.callbacks import SendAttempt
from mockbw.core.clock import ClockMode
from mockbw.core.entries import RequestContents
from mockbw.core.model import Draft, Outcome
from mockbw.engine.runner import AccountRunner
from mockbw.scenario.loader import load_text
from mockbw.server.mock_bandwidth import MockBandwidth

ROUND = 200
"""How many messages are under way at a time."""

SCENARIO = """
name: busy
match: {text: busy}
timeline: [{callback: message-sent}, {set-state: busy}, {callback: message-failed, error: 4770}]
"""


class Answering:
    """An endpoint without a network: every third attempt fails first."""

    def __init__(self, *, plain: bool) -> None:
        self.plain = plain
        self.numbers = count()

    async def send(self, attempt: SendAttempt) -> Outcome:
        number = next(self.numbers)
        status = 500 if number % 3 == 0 else 200
        if self.plain:
            return Outcome(status=status, headers=(("Date", "today"),), body="x" * 200)
        return Outcome(status=status, headers=((f"X-{number}", "v" * 60_000),), body=f"{number}" + "b" * 60_000)

    async def close(self) -> None:
        """There is nothing to close."""


def memory() -> float:
    """Return the resident memory in MB; where /proc is missing, its peak."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def disk(folder: Path | None) -> float:
    """Return the size of a folder in MB."""
    return 0.0 if folder is None else sum(file.stat().st_size for file in folder.iterdir()) / 1e6


def plain_round(account: AccountRunner) -> None:
    for number in range(ROUND):
        draft = Draft(f"+1919555{number:04d}", ("+19195550100",), "app", "Your table is ready")
        submission = account.submit(draft)
        if submission.message is not None:
            account.waive_answer(submission.message.id)


def hostile_round(account: AccountRunner, numbers: count[int]) -> None:
    for _ in range(ROUND):
        number = next(numbers)
        sender, handset = f"+1800{number % 10_000_000:07d}", f"+1919{number % 10_000_000:07d}"
        submission = account.submit(Draft(sender, (handset,), f"application-{number}", "busy" if number % 2 else "x" * 2000))
        if submission.message is not None:
            account.waive_answer(submission.message.id)
        if number % 4 == 0:
            account.receive(InboundDraft(handset, (sender,), "STOP"))
        path = f"/api/v2/users/1/media/{number}" + "p" * 15_000
        held = RequestContents(((f"X-{number}", "h" * 15_000),), "b" * 50_000, (), "a" * 5_000) if number % 10 == 0 else None
        account.record_request("GET", path, 404, because="there is no such file", contents=held)


async def soak(entries: int, data: Path | None, *, plain: bool) -> None:
    settings = Settings(port=0, callback_url="http://app.test/callbacks", clock=ClockMode.AUTO, data=data)
    began, most, early, step = time.perf_counter(), 0.0, 0.0, entries // 20
    async with MockBandwidth(settings, sender=Answering(plain=plain)) as double:
        account = double.account("1")
        account.set_scenarios(load_text(SCENARIO))
        shown, numbers = 0, count()
        while double.journal.last < entries:
            if plain:
                plain_round(account)
            else:
                hostile_round(account, numbers)
            await account.settle()
            await double.journal.flushed()
            most = max(most, memory())
            if double.journal.last >= shown + step:
                shown = double.journal.last
                early = early or (most if shown >= entries // 10 else 0.0)
                held = len(account.records.messages)
                print(f"{shown:>9} entries  {held} messages held  {memory():.0f} MB  on disk {disk(data):.0f} MB", flush=True)
    took = time.perf_counter() - began
    print(f"{entries} entries in {took:.0f} s ({entries / took:.0f}/s); at most {most:.0f} MB, {early:.0f} MB after a tenth")
    if data is not None:
        print(f"data folder: {disk(data):.0f} MB")
        began = time.perf_counter()
        async with MockBandwidth(settings, sender=Answering(plain=plain)):
            print(f"restart: {time.perf_counter() - began:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--data", action="store_true")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(soak(options.entries, Path(folder) if options.data else None, plain=options.plain))


if __name__ == "__main__":
    sys.exit(main())
