"""``mockbw check``: plays drills at an endpoint, and reports how it would fare with the real platform.

::

    report = await Check(CheckSettings("http://localhost:5000/callbacks")).run()
    print(report.grade)

A drill is a scenario file with a first document that says why it matters (``drill.py``). The ``drill_player``
plays it through a ``wire_sender``; what was observed is ``evidence``, which the ``rules`` turn into findings; the ``runner``
collects them in a ``report``.
"""

from __future__ import annotations

from mockbw.check.drill import Drill, Severity, shipped_drills
from mockbw.check.report import Finding, Grade, Report, Result, Times, Verdict
from mockbw.check.runner import Check
from mockbw.check.settings import CheckSettings

__all__ = [
    "Check",
    "CheckSettings",
    "Drill",
    "Finding",
    "Grade",
    "Report",
    "Result",
    "Severity",
    "Times",
    "Verdict",
    "shipped_drills",
]
