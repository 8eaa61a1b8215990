"""Retries, pending callbacks, growth: each measured in a process of its own."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys

from benchmarks.process import ROOT
from benchmarks.report import Report
from benchmarks.traffic import FAILURE, Endpoint, awake


async def _run(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *arguments, stdout=subprocess.PIPE, cwd=ROOT)
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{arguments} ended with {process.returncode}")
    return out.decode()


async def retries(report: Report, rounds: int, quick: bool) -> None:
    """(c) A day of retries on an auto clock."""
    report.section(
        "A day of retries",
        "Callbacks that always fail, on an auto clock, 30 attempts each over 24 virtual hours; beside the same requests made by "
        "the sender alone, also over 64 connections.",
    )
    rows, ratios = [], {}
    endpoint = Endpoint(answer=FAILURE)
    await endpoint.start()
    for count in (1,) if quick else (1, 1000, 100_000):
        seen: dict[str, list[tuple[float, float]]] = {"alone": [], "mockbw": []}
        for _ in range(rounds if count < 100_000 else 1):
            for what, figures in seen.items():
                with awake():
                    cpu, wall, made = (await _run("benchmarks.retrying", endpoint.url, str(count), what)).split()
                assert int(made) == 30 * count, f"{made} attempts"
                figures.append((float(cpu) / int(made) * 1e6, int(made) / float(wall)))
                print(f"  {count:,} callbacks, {what}: {figures[-1][0]:.1f} µs, {figures[-1][1]:,.0f} a second", flush=True)
        medians = [[statistics.median(each) for each in zip(*figures, strict=True)] for figures in seen.values()]
        (alone, alone_rate), (ours, our_rate) = medians
        ratios[count] = our_rate / alone_rate
        rows.append(
            (
                f"{count:,}",
                f"{30 * count:,}",
                f"{ours:.0f} µs",
                f"{alone:.0f} µs",
                f"{our_rate:,.0f}",
                f"{alone_rate:,.0f}",
                f"{ratios[count]:.2f}",
            )
        )
    await endpoint.stop()
    report.table(
        ("callbacks", "attempts", "CPU an attempt", "by the sender alone", "attempts a second", "by the sender alone", "ratio"),
        rows,
    )
    if not quick:
        report.goal("attempts a second, 100,000 callbacks retried for a day, of the sender alone", ratios[100_000], 0.7)


async def pending(report: Report, quick: bool) -> None:
    """(d) Pending callbacks."""
    count = 1000 if quick else 1_000_000
    figures = json.loads(await _run("benchmarks.pending", "timers", str(count)))
    whole = json.loads(await _run("benchmarks.pending", "callbacks", str(count // 5)))["bytes"]
    report.section(
        "Pending callbacks",
        f"The timer queue with {count:,} attempts in it; and {count // 5:,} callbacks with their messages, all records included.",
    )
    report.table(
        ("a timer", "a callback with its message", "insert", "look at the next", "take it out"),
        [
            (
                f"{figures['bytes']:.0f} bytes",
                f"{whole:.0f} bytes",
                *(f"{figures[what]:.2f} µs" for what in ("insert", "next", "advance")),
            )
        ],
    )
    report.goal("memory of a pending callback, its message included", whole, 1024, most=True, unit=" bytes")
    report.goal("the dearest operation on the timer queue", max(figures["insert"], figures["advance"]), 5, most=True, unit=" µs")


async def growth(report: Report, rounds: int, quick: bool) -> None:
    """Flat: what a message costs does not grow."""
    report.section("Growth", "CPU of accepting one message more, without HTTP, when so much is there already.")
    rows = []
    for what, sizes, name in (
        ("kept", (1, 1000) if quick else (1, 10_000, 100_000, 1_000_000), "messages kept"),
        ("waiting", (1, 1000) if quick else (1, 10_000, 100_000), "callbacks pending"),
        ("scenarios", (1, 100) if quick else (1, 100, 5000), "scenarios loaded"),
        ("accounts", (1, 100) if quick else (1, 1000, 9000), "accounts"),
    ):
        seen: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
        for _ in range(rounds):
            for size in sizes:
                seen[size].append(json.loads(await _run("benchmarks.pending", what, str(size))))
        medians = {size: statistics.median(run["us"] for run in runs) for size, runs in seen.items()}
        rows += [(f"{size:,} {name}", f"{us:.1f} µs", f"{us / medians[1]:.2f}") for size, us in medians.items()]
        report.goal(f"a message with {sizes[-1]:,} {name}, times one with 1", medians[sizes[-1]] / medians[1], 1.15, most=True)
        if what == "kept":
            each = statistics.median(run["bytes"] for run in seen[sizes[-1]])
    report.table(("with", "CPU a message", "ratio"), rows)
    report.lines += ["", f"A kept message that has not been played yet takes {each / 1000:.1f} kB."]
