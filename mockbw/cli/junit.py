"""Results of played scenarios as JUnit XML, which every CI can read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from mockbw.engine.player import Performance
from mockbw.errors import StartError

__all__ = ["write_junit"]


def write_junit(performances: Sequence[Performance], path: Path) -> None:
    """Write one test case for each scenario; a failure contains the differences.

    Raises:
        StartError: the file cannot be written.
    """
    failures = sum(not performance.held for performance in performances)
    suite = ET.Element("testsuite", name="mockbw play", tests=str(len(performances)), failures=str(failures), errors="0")
    for performance in performances:
        case = ET.SubElement(suite, "testcase", classname=performance.source.file, name=performance.source.name)
        missed = [str(judgement) for judgement in performance.judgements if not judgement.held]
        if missed:
            failure = ET.SubElement(case, "failure", message=missed[0].splitlines()[0])
            failure.text = "\n".join(missed)
    ET.indent(suite)
    try:
        ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise StartError(f"cannot write {path}: {error.strerror}") from None
