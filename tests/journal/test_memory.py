"""The journal in memory: its bounds, what goes with an entry that is forgotten, and what is read of the rest."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbw.core.entries import AccountRemoved, MessagesForgotten, RequestAnswered
from mockbw.core.model import Outcome
from mockbw.journal import Stamped
from mockbw.journal.memory import MemoryJournal
from mockbw.journal.weight import weigh
from tests.support import CoreBench


def story(messages: int = 1, answer: Outcome | None = None) -> list:
    """Return the entries of a run with so many messages."""
    bench = CoreBench(answer=lambda _: answer or Outcome(status=200))
    for _ in range(messages):
        bench.post()
        bench.run()
    return bench.entries


STORY = story(3)


@given(
    most_entries=st.integers(1, 60),
    most_bytes=st.integers(1_000, 40_000),
    batches=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, len(STORY)), st.integers(1, 5)), max_size=40),
)
def test_whatever_comes_both_bounds_hold_and_nothing_leads_to_what_is_forgotten(most_entries, most_bytes, batches):
    journal = MemoryJournal(most_entries, most_bytes)
    written = []
    for account, begin, count in batches:
        entries = STORY[begin : begin + count]
        journal.append(account, *entries)
        written += [(account, entry) for entry in entries]
        kept = journal.read()
        assert len(kept) <= most_entries
        assert journal.size == sum(weigh(stamped.entry) for stamped in kept)
        assert journal.size <= most_bytes
        assert [(stamped.account, stamped.entry) for stamped in kept] == written[len(written) - len(kept) :]
    kept = journal.read()
    assert set(journal._indexes) <= {stamped.account for stamped in kept} | {batches[-1][0] if batches else ""}
    for index in journal._indexes.values():
        listed = [stamped for entries in index.entries.values() for stamped in entries]
        assert all(any(stamped is other for other in kept) for stamped in listed)
        assert set(index.message_of.values()) <= set(index.entries)


def test_entries_of_an_endpoint_that_answers_at_length_are_bounded_in_bytes():
    journal = MemoryJournal(most_bytes=1_000_000)
    entries = story(20, Outcome(status=503, headers=(("X", "v" * 4_000),), body="b" * 4_000))
    for _ in range(10):
        journal.append("1", *entries)
    assert journal.count < 1_000
    assert journal.size <= 1_000_000


def test_accounts_that_come_and_go_leave_nothing():
    journal = MemoryJournal(most_entries=100)
    for number in range(1_000):
        journal.append(f"account-{number}", *STORY[:4], AccountRemoved(1))
    assert len(journal._indexes) <= 20


def test_a_snapshot_weighs_what_it_says():
    numbers = tuple((f"+1919{number:07d}", "app") for number in range(10_000))
    assert weigh(MessagesForgotten(1, (), (), own_numbers=numbers)) > 1_000_000


def requests(count: int) -> list[RequestAnswered]:
    return [RequestAnswered(number, "GET", "/", 404) for number in range(count)]


@pytest.mark.parametrize(
    ("how", "numbers"),
    [
        ({}, [3, 4, 7, 8, 9]),
        ({"after": 4}, [7, 8, 9]),
        ({"after": 5}, [7, 8, 9]),
        ({"after": 9}, []),
        ({"up_to": 7}, [3, 4, 7]),
        ({"after": 3, "up_to": 6}, [4]),
        ({"after": 8, "up_to": 3}, []),
        ({"most": 2}, [3, 4]),
        ({"account": "b"}, [4, 8]),
        ({"account": "b", "after": 4}, [8]),
        ({"account": "b", "most": 1}, [4]),
        ({"account": "c"}, []),
    ],
)
def test_what_is_read_is_what_was_asked_for_where_a_store_has_left_gaps(how, numbers):
    journal = MemoryJournal()
    for number, account in ((3, "a"), (4, "b"), (7, "a"), (8, "b"), (9, "a")):
        journal.restore(Stamped(number, account, 0, RequestAnswered(number, "GET", "/", 404)))
    assert [stamped.number for stamped in journal.read(**how)] == numbers
    assert (journal.first, journal.last, journal.count) == (3, 9, 5)


async def test_whoever_waits_for_news_is_woken_and_whoever_gives_up_leaves_nothing():
    journal = MemoryJournal()
    waiting = [asyncio.create_task(journal.changed(0)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    assert len(journal._waiting) == 2
    journal.append("1", *requests(1))
    await asyncio.wait_for(asyncio.gather(*waiting[1:]), 5)
    assert not journal._waiting
