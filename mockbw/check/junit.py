"""The report as JUnit XML, which every CI can read."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from mockbw.check.report import Report, Result, Verdict

__all__ = ["report_junit"]


def report_junit(report: Report) -> bytes:
    """Return one test case for each drill; a drill that was skipped or blocked counts as skipped."""
    skipped = report.of(Verdict.SKIPPED, Verdict.BLOCKED)
    suite = ET.Element(
        "testsuite",
        name=f"mockbw check {report.url}",
        tests=str(len(report.results)),
        failures=str(len(report.of(Verdict.FAILED))),
        errors="0",
        skipped=str(len(skipped)),
        time=f"{report.seconds:.3f}",
    )
    for result in report.results:
        _case(suite, result)
    ET.indent(suite)
    return bytes(ET.tostring(suite, encoding="utf-8", xml_declaration=True))


def _case(suite: ET.Element, result: Result) -> None:
    facts = result.facts
    case = ET.SubElement(suite, "testcase", classname=f"mockbw.{facts.area}", name=facts.drill, time=f"{result.seconds:.3f}")
    observed = "\n".join([*(finding.text for finding in result.findings), f"fix: {result.fix}", f"why: {facts.why}"])
    match result.verdict:
        case Verdict.FAILED:
            ET.SubElement(case, "failure", message=_printable(result.findings[0].text)).text = _printable(observed)
        case Verdict.ADVICE:
            ET.SubElement(case, "system-out").text = _printable(observed)
        case Verdict.SKIPPED | Verdict.BLOCKED:
            ET.SubElement(case, "skipped", message=_printable(result.because))


def _printable(text: str) -> str:
    """Drop characters that XML cannot hold: an endpoint may answer anything."""
    return "".join(character for character in text if character in "\n\t" or ord(character) >= 32)
