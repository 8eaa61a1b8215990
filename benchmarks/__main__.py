"""``python -m benchmarks``: measure everything, write ``docs/performance.md``.

Runs alternate: every round measures each contender once, and what is told is the median over the rounds, and the ratio of
medians. CPU seconds are those of the process under test; the load and the endpoint are in this one.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from benchmarks import core, startup
from benchmarks.peers import Peer, installed
from benchmarks.process import ROOT, Process
from benchmarks.report import Report
from benchmarks.traffic import Endpoint, message_request, post

MESSAGES = "/api/v2/users/9900000/messages"
Contender = Callable[[], Awaitable[dict[str, float]]]


async def alternating(rounds: int, contenders: dict[str, Contender]) -> dict[str, dict[str, float]]:
    """Return the median of every figure of every contender."""
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name in list(seen):
            try:
                seen[name].append(await contenders[name]())
            except (RuntimeError, TimeoutError) as error:
                if name.startswith(("mockbw", "bare", "in memory", "on disk")):
                    raise
                print(f"  {name} is left out: {error!r}", flush=True)
                del seen[name]
                continue
            print(f"  {name}: " + ", ".join(f"{what} {value:,.1f}" for what, value in seen[name][-1].items()), flush=True)
    return {name: {what: statistics.median(figures[what] for figures in runs) for what in runs[0]} for name, runs in seen.items()}


def serve(*options: str) -> Process:
    """Start mockbw as a user would."""
    return Process.python("-m", "mockbw", "serve", "--port", "0", *options)


async def accepted(process: Process, count: int, request: bytes) -> dict[str, float]:
    """Measure how a process accepts messages."""
    with process:
        await post(process.port, request, max(50, count // 10))
        before = process.cpu()
        load = await post(process.port, request, count)
        await asyncio.sleep(0.05)
        return {"us": (process.cpu() - before) / count * 1e6, "p99": load.percentile(0.99)}


async def completed(start: Callable[[str], Process], count: int, request: Callable[[str], bytes]) -> dict[str, float]:
    """Measure a message from the request to the answer of its second callback."""
    endpoint = Endpoint()
    await endpoint.start()
    try:
        with start(endpoint.url) as process:
            warm = max(20, count // 10)
            await post(process.port, request(endpoint.url), warm)
            await endpoint.reached(2 * warm)
            before = process.cpu()
            await post(process.port, request(endpoint.url), count)
            await endpoint.reached(2 * (warm + count))
            return {"us": (process.cpu() - before) / count * 1e6}
    finally:
        await endpoint.stop()


async def accepting(report: Report, rounds: int, count: int, peers: list[Peer]) -> None:
    """(a) A request answered 202."""
    request = message_request(MESSAGES)
    figures = await alternating(
        rounds,
        {
            "bare aiohttp handler": lambda: accepted(Process.python("-m", "benchmarks.bare"), count, request),
            "mockbw, clock at rest": lambda: accepted(serve("--clock", "manual"), count, request),
            "mockbw, timelines played, nobody told": lambda: accepted(serve(), count, request),
            **{
                peer.name: lambda peer=peer: accepted(peer.start(None), peer.share(count), peer.request(None))  # type: ignore[misc]
                for peer in peers
            },
        },
    )
    bare = figures["bare aiohttp handler"]
    report.section("Accepting a message", "`POST /messages` over 32 keep-alive connections; CPU of the server.")
    report.table(
        ("", "CPU a message", "messages a CPU second", "of the bare handler", "p99"),
        [
            (name, f"{f['us']:.0f} µs", f"{1e6 / f['us']:,.0f}", f"{bare['us'] / f['us']:.2f}", f"{f['p99']:.1f} ms")
            for name, f in figures.items()
        ],
    )
    report.bars("accepting.svg", "Messages accepted a CPU second", {name: 1e6 / f["us"] for name, f in figures.items()})
    report.goal("accepting a message, of the bare handler", bare["us"] / figures["mockbw, clock at rest"]["us"], 0.7)


async def completing(report: Report, rounds: int, count: int, peers: list[Peer]) -> None:
    """(b) A message with both its callbacks."""

    def ours(_: str) -> bytes:
        return message_request(MESSAGES)

    figures = await alternating(
        rounds,
        {
            "bare aiohttp server and cheapest sender": lambda: completed(
                lambda url: Process.python("-m", "benchmarks.bare", url), count, ours
            ),
            "mockbw": lambda: completed(lambda url: serve("--callback-url", url), count, ours),
            **{
                peer.name: lambda peer=peer: completed(peer.start, peer.share(count), peer.request)  # type: ignore[misc]
                for peer in peers
            },
        },
    )
    bare = figures["bare aiohttp server and cheapest sender"]["us"]
    report.section(
        "A whole message",
        "From the request to the answer of the second callback. mockbw also validates, keeps a journal and the timeline, and "
        "would retry; the others do what the next table says.",
    )
    report.table(
        ("", "CPU a message", "messages a CPU second", "of the bare server", "mockbw is"),
        [
            (
                name,
                f"{f['us']:.0f} µs",
                f"{1e6 / f['us']:,.0f}",
                f"{bare / f['us']:.2f}",
                f"{f['us'] / figures['mockbw']['us']:.1f} times as quick",
            )
            for name, f in figures.items()
        ],
    )
    report.bars("completing.svg", "Whole messages a CPU second", {name: 1e6 / f["us"] for name, f in figures.items()})
    peers = [peer for peer in peers if peer.name in figures]
    report.table(("peer", "what it does"), [(peer.name, peer.does) for peer in peers])
    report.goal("a whole message, of the bare server with the cheapest sender", bare / figures["mockbw"]["us"], 0.6)
    for peer in peers:
        ratio = figures[peer.name]["us"] / figures["mockbw"]["us"]
        report.goal(f"whole messages a CPU second, times those of {peer.name}", ratio, 2.0)


async def durable(report: Report, rounds: int, count: int) -> None:
    """(f) A journal on disk beside one in memory."""
    request = message_request(MESSAGES)
    numbers = iter(range(10_000))

    async def run(*options: str) -> dict[str, float]:
        with serve("--clock", "manual", *options) as process:
            await post(process.port, request, count // 10)
            loop = asyncio.get_running_loop()
            before, began = process.cpu(), loop.time()
            await post(process.port, request, count)
            wall = loop.time() - began
            return {"us": (process.cpu() - before) / count * 1e6, "rate": count / wall}

    with TemporaryDirectory() as folder:
        figures = await alternating(
            rounds, {"in memory": run, "on disk": lambda: run("--data", f"{folder}/journal-{next(numbers)}")}
        )
    report.section("A journal on disk", "32 connections; on disk, a 202 is written when its message is synced.")
    report.table(
        ("", "messages a second", "CPU a message"),
        [(name, f"{f['rate']:,.0f}", f"{f['us']:.0f} µs") for name, f in figures.items()],
    )
    report.goal("messages a second on disk, of those in memory", figures["on disk"]["rate"] / figures["in memory"]["rate"], 0.5)


async def main(quick: bool, only: list[str], out: Path, peers_folder: Path) -> None:
    rounds, count = (1, 100) if quick else (3, 3000)
    report = Report(out, quick)
    peers = [] if quick else installed(peers_folder)
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "accepting": lambda: accepting(report, rounds, count, peers),
        "completing": lambda: completing(report, rounds, count, peers),
        "retries": lambda: core.retries(report, rounds, quick),
        "pending": lambda: core.pending(report, quick),
        "growth": lambda: core.growth(report, rounds, quick),
        "starting": lambda: startup.starting(report, rounds),
        "durable": lambda: durable(report, rounds, count),
        "fixture": lambda: startup.fixture(report, rounds, 10 if quick else 200),
    }
    for name in only or parts:
        print(name, flush=True)
        await parts[name]()
    report.write()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds: shows that it runs, not how fast mockbw is")
    parser.add_argument("--only", nargs="+", default=[], metavar="PART", help="accepting, completing, retries …")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--peers", type=Path, default=ROOT / "benchmarks" / ".peers", help="where `npm install` put the peers")
    arguments = parser.parse_args()
    if sys.platform == "linux":
        uvloop.run(main(arguments.quick, arguments.only, arguments.out, arguments.peers))
    else:
        sys.exit("reads CPU time from /proc: needs Linux")
