"""What the commands print is readable on a terminal of 60 columns, and has no colours where nobody wants them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping

import pytest

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")

WIDTH = 60
_COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])m")


def on_a_terminal(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run a command on a terminal, and return what it shows."""
    ours, theirs = pty.openpty()
    variables = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(WIDTH), "LINES": "40", **environment}
    with subprocess.Popen([sys.executable, "-m", "mockbw", *arguments], stdout=theirs, stderr=theirs, env=variables) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # so Linux says that the other side has closed
            pass
        os.close(ours)
    assert process.returncode == 0, shown.decode()
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("command", "whole"),
    [
        ("explain carrier-spam --answers 500,500,200", ["message-failed 4770 +19195550100", "again after 30s", "attempt 3"]),
        ("codes", ["4301 malformed-invalid-encoding", "2018-01 2023 2026"]),
        ("codes 4770", ["destination-spam-detected"]),
        ("list outage", ["outage-and-recovery"]),
        ("play carrier-spam --sample-endpoint", ["message-failed 4770 +19195550100", "all as expected"]),
    ],
)
def test_nothing_is_cut_at_60_columns_and_no_word_is_broken(command: str, whole: list[str]) -> None:
    shown = on_a_terminal(*command.split(), environment={"NO_COLOR": "1"})
    assert _COLOUR.search(shown) is None
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert [line for line in plain.splitlines() if len(line.rstrip()) > WIDTH] == []
    assert "…" not in plain
    for text in whole:
        assert text in plain


def test_what_fails_is_red_unless_colours_are_unwanted() -> None:
    command = "explain", "delivered-sms", "--answers", "500,200"
    coloured, plain = (_COLOUR.search(on_a_terminal(*command, environment={"NO_COLOR": wish})) for wish in ("", "1"))
    assert coloured is not None
    assert plain is None
