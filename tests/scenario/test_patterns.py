"""What the patterns of a match mean, and that none of them can hold the server."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbw.scenario.patterns import Pattern

LONG = "a" * 2000 + "!"

EVIL = [
    "/^(a+)+$/",
    "/(a|a)*$/",
    "/^(a|aa)+$/",
    "/(.*a){20}$/",
    "*a*a*a*a*a*a*a*b",
    "/^(?=a)(a+)+$/",
    r"/^(a+)+(?<!b)$/",
    r"/^(a*)*\1$/",
]


@pytest.mark.parametrize("written", EVIL)
def test_no_pattern_takes_longer_than_its_limit(written: str) -> None:
    pattern = Pattern(written)
    began = time.thread_time()
    assert pattern.match(LONG) is None or written == "/(a|a)*$/"
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    ("written", "text", "groups"),
    [
        ("+1919*", "+19195550100", {}),
        ("+1919*", "19195550100", None),
        ("+1919555010?", "+19195550100", {}),
        ("Hello.*", "Hello. You", {}),
        ("Hello.*", "Hello you", None),
        ("a*b", "a\nb", {}),
        ("[x]*", "[x] y", {}),
        ("/^Code: (?P<code>[0-9]+)/", "Code: 4711.", {"code": "4711"}),
        ("/é+/", "café", {}),
        ("/^(?!STOP)/", "STOP", None),
        ("/^(?!STOP)/", "Yes", {}),
        (r"/^(?P<word>\w+) (?P=word)$/", "bye bye", {"word": "bye"}),
        ("exact", "exact", {}),
        ("exact", "not exact", None),
        ("/x/", "\ud800", None),
    ],
)
def test_a_pattern_matches_and_binds_its_named_groups(written: str, text: str, groups: dict[str, str] | None) -> None:
    assert Pattern(written).match(text) == groups


def test_what_is_not_a_regular_expression_says_why() -> None:
    with pytest.raises(ValueError, match=r"^/\(a/ is not a valid regular expression: missing \)"):
        Pattern("/(a/")


@given(st.text("ab?*.[(\\", max_size=12), st.text("ab.[(\\", max_size=12))
def test_a_glob_has_no_other_special_characters_than_its_two(written: str, text: str) -> None:
    """Held against the definition: a star stands for any text, a question mark for any character."""
    if len(written) > 1 and written.startswith("/") and written.endswith("/"):
        return
    assert (Pattern(written).match(text) is not None) == _holds(written, text)


def _holds(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_holds(pattern[1:], text[index:]) for index in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and _holds(pattern[1:], text[1:])
