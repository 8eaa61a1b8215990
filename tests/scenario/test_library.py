"""Every shipped scenario plays as it says it does, over real HTTP, and does so again in the same way."""

from __future__ import annotations

import pytest
from aiohttp import web
from msgspec.structs import replace

from mockbw.cli.sample_endpoint import Received, SampleEndpoint
from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.core.entries import AttemptFinished, AttemptStarted, Entry
from mockbw.engine.player import Performance, play
from mockbw.scenario.answers import answers_of, per_event
from mockbw.scenario.edition import edition_names
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.rehearsal import rehearse
from mockbw.scenario.shipped import default_sources, shipped_sources
from mockbw.server.mock_bandwidth import MockBandwidth

LIBRARY = [
    pytest.param(source, edition, id=f"{source.name} {edition}")
    for source in (*shipped_sources(), *default_sources())
    for edition in source.scenario.editions or edition_names()
]


async def played(source: ScenarioSource, edition: str) -> tuple[Performance, list[Entry], list[Received]]:
    """Play a scenario in a fresh server at a well-behaved endpoint; return what the server and the endpoint saw."""
    received: list[Received] = []
    endpoint = SampleEndpoint(per_event(answers_of(source)), on_received=received.append)
    runner = web.AppRunner(endpoint.application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/callbacks"
    try:
        settings = Settings(port=0, seed="1", clock=ClockMode.AUTO, edition=edition, callback_url=url)
        async with MockBandwidth(settings) as double:
            performance = await play(double.account("9900000"), source, patience=0)
            entries = [_without_wall_time(stamped.entry) for stamped in double.journal.read()]
    finally:
        await runner.cleanup()
    return performance, [replace(entry, url="") if hasattr(entry, "url") else entry for entry in entries], received


def _without_wall_time(entry: Entry) -> Entry:
    if isinstance(entry, AttemptFinished):
        return replace(entry, outcome=replace(entry.outcome, latency=0.0, detail="", headers=()))
    return entry


def attempts(entries: list[Entry]) -> list[tuple[str, int, int, str]]:
    """Return callback, number, start and answer of every attempt."""
    answers = {(e.callback, e.number): str(e.outcome) for e in entries if isinstance(e, AttemptFinished)}
    started = [e for e in entries if isinstance(e, AttemptStarted)]
    return [(e.callback, e.number, e.time, answers[e.callback, e.number]) for e in started]


@pytest.mark.parametrize(("source", "edition"), LIBRARY)
async def test_a_shipped_scenario_comes_true_again_and_again_and_as_explained(source, edition):
    first, entries, received = await played(source, edition)
    assert [str(judgement) for judgement in first.judgements if not judgement.held] == []
    again, same_entries, same_received = await played(source, edition)
    assert again.message == first.message
    assert same_entries == entries
    assert same_received == received

    rehearsal = rehearse(source, edition=edition, seed="1/9900000")
    assert rehearsal.message == first.message
    assert attempts(rehearsal.entries) == attempts(entries)


def test_the_library_covers_every_family_of_failure():
    assert len(shipped_sources()) >= 25


@pytest.mark.parametrize("source", shipped_sources(), ids=lambda source: source.name)
def test_a_shipped_file_is_named_after_its_scenario_and_describes_it(source):
    assert source.file.endswith(f"/{source.name}.yaml")
    assert source.scenario.description.endswith(".")
