"""Values of settings as people write them: right ones, and others."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mockbw.config.table import Setting

GOOD: dict[str, list[Any]] = {
    "a list of delays; or first, factor and max; also repeat, jitter, window and timeout": [
        "30s, 1m",
        ["1s", "1h"],
        {"first": "10s", "factor": "3", "max": "2h"},
        {"delays": ["5s"], "repeat": "no", "jitter": "0.5", "window": "1h", "timeout": "2s"},
    ],
    "phone numbers, each with an applicationId or nothing, at most 10000": [
        {"+19195550199": "app", "12345": ""},
        {},
    ],
    "applications by applicationId": [
        {"app": {"callback-url": "http://a.test/x", "credentials": "user:pass", "callback-types": "message-sent"}},
        {"app": {}, "other": {"outbound-url": "https://b.test", "credentials-mode": "upfront"}},
    ],
    "accounts by name": [{"9900000": {"rate": "5", "numbers": {"+19195550199": "app"}}, "other": {}}],
    "USER:PASSWORD, at most 100": ["user:pass", ["user:pass", {"user": "other", "password": "a:b"}], "a:b,c:d"],
    "types of events, at most 50": ["message-sent", ["message-sent", "message-failed"], "message-sent, message-read"],
    "tokens, at most 100": ["token", ["one", "two"]],
    "names, *.example.com, addresses or networks, at most 1000": [
        "app",
        "app, *.internal, 10.0.0.0/8",
        ["127.0.0.1", "EXAMPLE.com"],
    ],
    "files and folders, at most 1000": ["a.yaml", ["a.yaml", "b"], "a.yaml, b"],
    "a URL, http or https": ["http://localhost:5000/callbacks", "https://a.test/b?c=%2Fd"],
    "a date-time such as 2018-01-24T16:00:00Z": ["2018-01-24T16:00:00Z", "2018-01-24", "2018-01-24T16:00:00.5+02:00"],
    "true or false": ["true", "no", "on", "0"],
    "true, or a section": ["true", "false", {"port": "0", "names": "a.test, b.test"}, {"folder": "there"}],
    "a section": [{"body": "500kB", "streams": "7"}, {}],
    "a path": ["there", "/there/and/on"],
}
"""Values that are right, by what a kind says of itself; of other kinds they are drawn from their bounds."""

ODD: list[Any] = [
    *("0", "-1", "1.5", "1e3", "nan", "null", " 5 ", "5_000", "٣", "99999999999999999999", "a" * 300, "0s", "864ms", "2s", "7d"),
    *("400d", "5x", "9999-01-01T00:00:00Z", "1969-12-31", "http://user:pass@a.test", "ftp://x", "http://[", "user", ":pass"),
    *("message-snt", "2019", "maybe", "\u202e", "a\nb", "a b/c", "../..", "+19195550199"),
    *([], {}, ["x"], [""], [["x"]], [{}], {"x": "y"}, {"": ""}, {"x": {"y": "z"}}, {"first": "0s"}, {"port": "-1"}),
    *({"user": ""}, [{"user": "u"}], [{"user": "u", "password": "p" * 300}], ["user:pass"] * 101, {"hello": "app"}),
    *({"app": {"callback_url": "x"}}, {"a b": {}}, {"a": {"keep-for": "0s"}}, {"body": "many"}, {"+19195550199": "a" * 200}),
]

TEXTS = st.one_of(st.text(max_size=12), st.integers().map(str), st.floats().map(str))
JUNK = st.recursive(
    TEXTS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)), max_leaves=4
)


def right(setting: Setting) -> list[Any]:
    """Return written values that a setting takes."""
    kind = setting.kind
    listed = GOOD.get(kind.words) or list(kind.choices)
    if not listed and kind.words.startswith("a duration"):
        listed = ["1s", "1m30s", "24h", " 5m "]
    if not listed and kind.words.startswith(("a whole number", "a number")):
        listed = [word for word in kind.words.replace(",", "").split() if word.isdecimal() and word != "0"]
    if not listed and kind.words.startswith("text"):
        listed = ["a text with more than eight letters", "12345678"]
    assert listed, f"of what the kind of {setting.key} takes there is no example: add one to GOOD"
    return listed
