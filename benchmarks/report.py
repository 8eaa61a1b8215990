"""The page that the benchmarks write, with its pictures."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from mockbw import __version__

LIBRARIES = ("aiohttp", "httptools", "orjson", "uvloop")


@dataclass
class Report:
    """Gathers sections and goals; ``write`` puts the page in place. A quick run writes nothing: its figures mean nothing."""

    out: Path
    quick: bool
    lines: list[str] = field(default_factory=list)
    goals: list[tuple[str, float, float, bool, str]] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)

    def section(self, title: str, text: str) -> None:
        self.lines += ["", f"## {title}", "", text]

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.lines += ["", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]

    def goal(self, what: str, value: float, wanted: float, *, most: bool = False, unit: str = "") -> None:
        """Hold a figure against what we want; ``most``: no more than that."""
        self.goals.append((what, value, wanted, most, unit))

    def bars(self, name: str, title: str, values: Mapping[str, float]) -> None:
        self.pictures[name] = _bars(title, values)
        self.lines += ["", f"![{title}](performance/{name})"]

    def write(self) -> None:
        goals = ["| | measured | wanted | |", "|---|---|---|---|"]
        for what, value, wanted, most, unit in self.goals:
            met = value <= wanted if most else value >= wanted
            bound = "at most" if most else "at least"
            goals.append(f"| {what} | {value:.2f}{unit} | {bound} {wanted:g}{unit} | {'met' if met else '**missed**'} |")
        text = "\n".join([*_head(), "", *goals, *self.lines, ""])
        if self.quick:
            print(text)
            return
        self.out.write_text(text)
        folder = self.out.with_suffix("")
        folder.mkdir(exist_ok=True)
        for name, picture in self.pictures.items():
            (folder / name).write_text(picture)


def _head() -> list[str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        "# How fast it is",
        "",
        "Written by `make bench`. All figures are medians of alternating runs on one machine: compare them with each other, not",
        "with those of other machines. CPU time is that of the process under test; load and endpoint are another process, which",
        "never sleeps: to wake it would be charged to whoever it waits for.",
        "",
        f"mockbw {__version__}, Python {platform.python_version()}, {libraries}; {os.cpu_count()} cores ({_processor()}), "
        f"{platform.system()}. Load average at the end: {_load()}.",
        "",
        "## What we want, and what it is",
    ]


def _load() -> str:
    load, cores = os.getloadavg()[1], os.cpu_count() or 1
    return f"{load:.1f}" + (", more than the cores: other work was in the way" if load > 2 * cores else "")


def _processor() -> str:
    try:
        found = subprocess.run(["lscpu"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return platform.machine()
    return next((line.split(":")[1].strip() for line in found.splitlines() if line.startswith("Model name")), platform.machine())


def _bars(title: str, values: Mapping[str, float]) -> str:
    longest = max(values.values())
    height = 30 * len(values) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="10" y="22" font-weight="bold" fill="#222222">{title}</text>',
    ]
    for row, (name, value) in enumerate(values.items()):
        y = 36 + 30 * row
        width = max(2, round(360 * value / longest))
        color = "#2563eb" if name.startswith("mockbw") else "#9ca3af"
        parts.append(f'<text x="290" y="{y + 15}" text-anchor="end" fill="#222222">{name}</text>')
        parts.append(f'<rect x="300" y="{y}" width="{width}" height="20" rx="3" fill="{color}"/>')
        parts.append(f'<text x="{308 + width}" y="{y + 15}" fill="#222222">{value:,.0f}</text>')
    return "\n".join([*parts, "</svg>", ""])
