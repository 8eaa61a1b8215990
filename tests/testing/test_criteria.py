"""What can be wanted of a message."""

from __future__ import annotations

import re

import pytest

from tests.testing.support import RECIPIENT, SENDER, post

PICTURE = "https://example.com/a.png"


@pytest.fixture
def message(mockbw):
    post(mockbw, [RECIPIENT, "+19195550101"], "[Table 4] is ready? /yes/", media=[PICTURE], tag="t")
    return mockbw.messages[0]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"to": RECIPIENT},
        {"to": "+19195550*"},
        {"to": [RECIPIENT, "+19195550101"]},
        {"to": ["*", re.compile("101$")]},
        {"sender": SENDER, "kind": "group", "tag": "t", "application": "93de2206-9669-4e07-948d-329f4b722ee2"},
        {"text": "[Table 4] is ready? /yes/"},
        {"text": "[Table ?]*"},
        {"text": r"/\d\]/"},
        {"text": re.compile("TABLE", re.IGNORECASE)},
        {"media": PICTURE},
        {"media": [PICTURE]},
        {"media": "*.png"},
        {"scenario": None, "status": "accepted", "failed_with": None},
    ],
    ids=str,
)
def test_a_message_has_what_is_wanted(mockbw, message, wanted):
    assert mockbw.assert_sent(**wanted) == message


@pytest.mark.parametrize(
    "wanted",
    [
        {"to": "+1919555010"},
        {"to": [RECIPIENT]},
        {"to": ["+19195550101", RECIPIENT]},
        {"text": "Table"},
        {"text": None},
        {"media": []},
        {"tag": None},
        {"status": "sent"},
        {"failed_with": 4770},
        {"to": RECIPIENT, "tag": "u"},
    ],
    ids=str,
)
def test_a_message_lacks_what_is_wanted(mockbw, message, wanted):
    mockbw.assert_not_sent(**wanted)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("from_", "did you mean 'sender'?"),
        ("texts", "did you mean 'text'?"),
        ("qqq", "the fields are to, sender, text, media, tag,"),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest(mockbw, name, suggestion):
    with pytest.raises(TypeError, match=f"^messages have no field '{name}': {re.escape(suggestion)}"):
        mockbw.assert_sent(**{name: "x"})
