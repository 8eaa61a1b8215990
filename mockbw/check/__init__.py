"""``mockbw check``: plays drills at an endpoint, and reports what the real platform will do to it and how it will hold.

::

    report = await Check(CheckSettings("http://localhost:5000/callbacks")).run()
    print(report.grade)

A drill is a scenario file with a first document that says why it matters (``drill.py``). The ``stage`` plays it over a
``wire``; what was seen is ``evidence``, which the ``rules`` turn into findings; the ``runner`` gathers them in a ``report``.
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
