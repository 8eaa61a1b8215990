"""How many segments a text takes (P6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbw.core.segments import GSM_BASIC, GSM_EXTENSION, count_segments

PAIR = "\U0001f600"
"""A character outside the basic plane: two UCS-2 units."""


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("Ж" * 70, 1),
        ("Ж" * 71, 2),
        ("Ж" * 134, 2),
        ("Ж" * 135, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        (PAIR * 35, 1),
        (PAIR * 36, 2),
        (PAIR * 67, 3),
        ("a" * 2048, 14),
        ("Ж" * 2048, 31),
        ("", 1),
    ],
)
def test_a_text_takes_as_many_segments_as_published(text, segments):
    assert count_segments(text) == segments


def test_one_character_outside_the_gsm_alphabet_makes_the_whole_text_ucs2():
    assert count_segments("a" * 70 + "”") == 2


def test_an_escape_pair_is_never_split_over_two_segments():
    assert count_segments("a" * 152 + "€" + "a" * 152) == 3


ALPHABET = "".join(sorted(GSM_BASIC | GSM_EXTENSION))


@given(st.one_of(st.text(ALPHABET, max_size=700), st.text(st.sampled_from(f"{ALPHABET}Жж漢”{PAIR}"), max_size=400), st.text()))
def test_segments_agree_with_an_independent_library_on_random_text(text):
    smsutil = pytest.importorskip("smsutil", reason="smsutil is not installed: pip install smsutil")
    text = text.replace("\x1b", "")  # no character but the escape itself, which the library counts as one
    assert count_segments(text) == max(1, len(smsutil.split(text).parts))
