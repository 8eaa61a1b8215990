"""What ``mockbw serve`` shows while it runs: a line for each message, and for each outcome that changes something.

The words are those of ``mockbw play``. A server runs for long and may be under load, so of a callback that fails again and again
in the same way only the first failure and the end are shown, and at most ``MOST`` lines a second: the rest is counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator

from rich.text import Text

from mockbw.cli.console import stdout
from mockbw.cli.story import Story
from mockbw.cli.words import counted
from mockbw.core.entries import AccountRemoved, about
from mockbw.journal import Stamped
from mockbw.journal.memory import MemoryJournal
from mockbw.wallclock import monotonic_ms

__all__ = ["Talk", "talk"]

MOST = 50
"""How many lines are shown in a second of wall time."""

BATCH = 200
"""How many entries are read at a time: between batches other tasks have their turn."""


async def talk(journal: MemoryJournal, every: bool) -> None:
    """Print what is newly recorded until cancelled; ``every``: each attempt, whether it changes something or not."""
    talk, shown, left_out = Talk(journal, every=every), deque[float](maxlen=MOST), 0
    after = journal.last
    while True:
        await journal.changed(after)
        batch = journal.read(after, most=BATCH)
        after = batch[-1].number if batch else journal.last
        for stamped in batch:
            for line in talk.lines(stamped):
                now = monotonic_ms()
                if len(shown) == MOST and now - shown[0] < 1000:
                    left_out += 1
                    continue
                if left_out:
                    stdout.print(Text(f"  … {counted(left_out, 'more line')} in this second", "dim"))
                    left_out = 0
                shown.append(now)
                stdout.print(line)
        await asyncio.sleep(0)


class Talk:
    """Turns the entries of all accounts into lines; with several accounts, each line names its own."""

    def __init__(self, journal: MemoryJournal, *, every: bool = False) -> None:
        self._journal, self._every = journal, every
        self._stories: dict[str, Story] = {}
        self._last = ""

    def lines(self, stamped: Stamped) -> Iterator[Text]:
        """Yield the lines that can be written once the entry is there."""
        account = stamped.account
        story = self._stories.get(account)
        if story is None:
            story = self._stories[account] = Story(for_server=True, every=self._every)
        self._recall(story, stamped)
        for line in story.lines(stamped.entry):
            if account != self._last:
                self._last = account
                yield Text(f"  account {account}", "bold")
            yield line
        if isinstance(stamped.entry, AccountRemoved):
            del self._stories[account]

    def _recall(self, story: Story, stamped: Stamped) -> None:
        """Let a story read what happened to a callback before it began: the server was started again since then."""
        _, callback = about(stamped.entry)
        if callback is None or story.knows(callback):
            return
        for earlier in self._journal.about(stamped.account, stamped.message or ""):
            if earlier.number < stamped.number and about(earlier.entry)[1] == callback:
                story.read(earlier.entry)
