"""Every mistake in a scenario file is reported with its place and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mockbw.scenario.loader import load_text
from mockbw.scenario.validate import validate


def problems(tmp_path: Path, *files: str, edition: str | None = None) -> list[str]:
    for number, text in enumerate(files, 1):
        (tmp_path / f"{number}.yaml").write_text(text)
    found = validate([tmp_path], edition).problems
    return [f"{Path(p.file).stem}:{p.line}:{p.column}: {p.message}{'. ' + p.hint if p.hint else ''}" for p in found]


MISTAKES = """
name: a
descripton: b
→ 2:1: unknown key 'descripton'. Did you mean 'description'?

match: {knd: sms}
→ 1:9: unknown key 'knd'. Did you mean 'kind'?

match: {kind: smms}
→ 1:15: 'kind' must be 'sms', 'mms', 'group' or 'rbm', not 'smms'. Did you mean 'sms'?

timeline:
  - replay: hi
→ 2:5: a step needs one of the keys callback, outcome, reply, outage, set-state, choose. Did you mean 'reply'?

given: {outbound: {to: nope, text: a}}
→ 1:24: the platform would refuse this message: 'nope' must be replaced with a valid E164 formatted telephone number

retry: {first: 1h, max: 1s}
→ 1:8: 'max' is shorter than 'first', the first delay

timeline:
  - message-sent
→ 2:5: a step needs one of the keys callback, outcome, reply, outage, set-state, choose

timeline:
  -
→ 2:4: a step needs one of the keys callback, outcome, reply, outage, set-state, choose

timeline: [[callback]]
→ 1:12: a step needs one of the keys callback, outcome, reply, outage, set-state, choose

timeline:
  - callback: message-snet
→ 2:15: edition 2018-01 has no event 'message-snet'. Did you mean 'message-sent'?

timeline:
  - callback: message-read
→ 2:15: edition 2018-01 has no event 'message-read'. Edition 2026 has it: add `editions: ["2026"]`, or choose another --edition

timeline:
  - callback: message-failed
→ 2:5: message-failed needs an 'error', e.g. error: 4770 (see `mockbw codes`)

timeline:
  - {callback: message-sent, error: 4770}
→ 2:5: only message-failed carries an 'error', message-sent does not

timeline:
  - {outcome: failed, error: 4771}
→ 2:30: edition 2018-01 has no error code 4771 (editions 2023, 2026 do). The nearest are 4751, 4770, 4775

timeline:
  - {outcome: failed, error: spam}
→ 2:30: 'spam' is not an error code. Codes are numbers: see `mockbw codes`

timeline:
  - {callback: message-sent, after: 5}
→ 2:37: the duration '5' lacks a unit: write 5s or 5ms

timeline:
  - {callback: message-sent, after: 5 min}
→ 2:37: '5 min' is not a valid duration: write it as 500ms, 2s, 10m, 24h, 1d or 1m30s

timeline:
  - {callback: message-sent, after: 1s, at: 2s}
→ 2:5: a step has either 'after' or 'at', not both

timeline:
  - {callback: message-sent, reply: hi}
→ 2:30: unknown key 'reply'. A step does one thing: start another one with a dash

timeline:
  - {callback: message-received}
→ 2:16: message-received is not for an outbound message. Write `reply: …` to let the handset answer

timeline:
  - reply: hi ${nmae}
match: {text: '/(?P<name>x)/'}
→ 2:12: ${nmae} is not defined. Did you mean ${name}?

match: {to: '/(/'}
→ 1:13: /(/ is not a valid regular expression: missing ), unterminated subpattern at position 0

response: {status: 700}
→ 1:20: 'status' must be less than or equal to 599

response: {headers: {'a b': c}}
→ 1:21: 'a b' is not a valid header name

times: many
→ 1:8: 'times' must be a number, not 'many'

retry: {delays: [1s], first: 2s}
→ 1:8: 'retry' has either a list of delays, or 'first' with 'factor' and 'max'

endpoint: {answers: [500, never]}
→ 1:27: 'never' is not a valid answer: write a status from 200 to 599, reset or timeout

expect:
  - {callback: message-sent, answered: 20x}
→ 2:40: '20x' is not a valid answer: write it as 2xx, 503, timeout, refused, reset, dns, tls or protocol

expect:
  - {attempts: 1}
→ 2:5: an expectation is about a 'callback', or about what the application 'sends'

expect:
  - {sends: {}, attempts: 1}
→ 2:5: 'attempts' is about a callback; for what the application 'sends' there is only 'times'

editions: ['2018-1']
→ 1:12: there is no edition '2018-1'. Did you mean '2018-01'?

given: {outbound: {to: '+19195550100', text: a}}
match: {text: b}
→ 1:19: the given message does not match: text is 'a', expected 'b'. Make `given` and `match` agree

given: {}
→ 1:8: 'given' has either 'outbound' or 'inbound'

given: {inbound: {to: a, from: b}}
times: 1
→ 1:1: 'times' is for messages that the application posts; `given: inbound` has none

given: {inbound: {to: a, from: b}}
timeline: [outcome: delivered]
→ 2:21: an outcome is not for an inbound message. Write `callback: message-received`

- name: a
→ 1:1: a document must be a mapping. Start with `name: …`

# nothing
→ 1:1: this file has no scenario. Start with `name: …`

name: a
---
name: a
→ 3:7: duplicate scenario name 'a'. The first is at 1.yaml:1
"""

TRAPS = """
name: a
timeline:
<tab>- callback: x
→ 3:1: not YAML: found character that cannot start any token. YAML does not allow tabs for indentation: use spaces

name: a
name: b
→ 2:1: duplicate key 'name'. It is already in line 1

name: !!python/object:os.system a
→ 1:7: the tag !!python/object:os.system is not supported. Remove it

name: !thing a
→ 1:7: the tag !thing is not supported. Remove it

name: !!binary aGk=
→ 1:7: the tag !!binary is not supported. Remove it

x: &x {name: a}
<<: *x
→ 2:1: merge keys (<<) are not supported. Write the keys out

description: hello: world
→ 1:19: not YAML: mapping values are not allowed in this context. A text with a colon needs quotes

? [a]
: b
→ 1:3: a key must be a word. Remove the brackets or the question mark

name: [a
→ 1:9: not YAML: did not find expected ',' or ']'. The bracket that opens at 1:7 is not closed
"""


def cases(blocks: str) -> list[tuple[str, str]]:
    """Return text and complaint of each block; lines that begin with an arrow are what is said."""
    found = []
    for block in blocks.strip().split("\n\n"):
        lines = block.replace("<tab>", "\t").splitlines()
        said = " ".join(line[2:] for line in lines if line.startswith("→ "))
        found.append(("\n".join(line for line in lines if not line.startswith("→ ")), said))
    return found


@pytest.mark.parametrize(("text", "said"), cases(MISTAKES) + cases(TRAPS))
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(tmp_path, monkeypatch, text, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "1.yaml").write_text(text)
    found = validate([Path("1.yaml")]).problems
    assert [str(problem) for problem in found] == [f"1.yaml:{said}"]


def test_aliases_in_the_billions_are_refused_before_they_grow(tmp_path):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]" for n in range(9)]
    [problem] = problems(tmp_path, "\n".join(lines))
    assert "the document becomes too large here. Use fewer aliases, or split it" in problem


def test_an_alias_of_itself_is_refused(tmp_path):
    [problem] = problems(tmp_path, "expect: &e [*e]")
    assert "the document becomes too large here" in problem or "unknown" in problem


def test_deep_nesting_is_refused(tmp_path):
    [problem] = problems(tmp_path, "name: " + "[" * 5000 + "]" * 5000)
    assert "1:" in problem


def test_all_problems_of_all_files_are_told_at_once(tmp_path):
    found = problems(tmp_path, "nmae: a\n---\ntimes: 0", "timeline: [callback: message-sentt]", "name: good")
    assert [problem[:6] for problem in found] == ["1:1:1:", "1:3:8:", "2:1:22"]


def test_a_path_that_is_not_there_and_a_folder_without_scenarios_are_told(tmp_path):
    (tmp_path / "spam.yaml").write_text("name: spam")
    (tmp_path / "empty").mkdir()
    [problem] = validate([tmp_path / "spma.yaml"]).problems
    assert (problem.message, problem.hint) == ("no such file or folder", "Did you mean spam.yaml?")
    [problem] = validate([tmp_path / "empty"]).problems
    assert problem.message == "no *.yaml file in this folder"


def test_a_scenario_is_checked_for_all_its_editions_or_for_the_one_asked_for(tmp_path):
    text = "timeline: [callback: message-sending]"
    assert len(problems(tmp_path, text)) == 1
    assert problems(tmp_path, text, edition="2023") == []
    assert len(problems(tmp_path, 'editions: ["2023", "2018-01"]\n' + text)) == 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("to: +19195550100", "+19195550100"),
        ("to: 0123", "0123"),
        ("to: 0o17", "0o17"),
        ("to: 1_000", "1_000"),
        ("text: yes", "yes"),
        ("text: no", "no"),
        ("text: true", "true"),
        ("text: 12:30", "12:30"),
        ("text: 2018-01-24", "2018-01-24"),
        ("text: 4770", "4770"),
        ("text: 1e3", "1e3"),
    ],
)
def test_a_text_means_what_is_written_whatever_yaml_makes_of_it(written, read):
    [source] = load_text(f"match: {{{written}}}")
    assert (source.scenario.match.to or source.scenario.match.text) == [read]


@pytest.mark.parametrize("loader", [yaml.BaseLoader, getattr(yaml, "CBaseLoader", yaml.BaseLoader)])
def test_a_value_that_may_be_any_json_is_what_it_evidently_is_with_either_reader(monkeypatch, loader):
    monkeypatch.setattr("mockbw.documents.reader.Loader", loader)
    [source] = load_text(
        "response:\n  body: {a: 5, b: '5', c: true, d: null, e: , f: 1.5, g: yes, h: [0x10, 010, 1_0, 1e3], i: \"true\"}\n"
    )
    assert source.scenario.response is not None
    assert source.scenario.response.body == {
        "a": 5,
        "b": "5",
        "c": True,
        "d": None,
        "e": None,
        "f": 1.5,
        "g": "yes",
        "h": ["0x10", "010", "1_0", 1000.0],
        "i": "true",
    }
