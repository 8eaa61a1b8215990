"""What is checked in a create request before it is answered (P4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbw.core.application_time import Present
from mockbw.core.model import Draft, Priority
from mockbw.core.validation import FieldError, validate_create
from mockbw.scenario.edition import load_edition
from tests.support import APPLICATION, RECIPIENT, SENDER, START

WHOLE = {"applicationId": APPLICATION, "to": [RECIPIENT], "from": SENDER, "text": "Your table is ready"}
E164 = "must be replaced with a valid E164 formatted telephone number"


def check(edition: str = "2026", without: str = "", **changes: Any) -> Draft | list[FieldError]:
    data = {key: value for key, value in {**WHOLE, **changes}.items() if key != without}
    if "from_" in data:
        data["from"] = data.pop("from_")
    return validate_create(data, load_edition(edition).edition.limits, Present(START, START))


def errors(edition: str = "2026", without: str = "", **changes: Any) -> list[tuple[str, str]]:
    found = check(edition, without, **changes)
    assert isinstance(found, list), found
    return [(error.field, error.description) for error in found]


def accepted(edition: str = "2026", without: str = "", **changes: Any) -> Draft:
    found = check(edition, without, **changes)
    assert isinstance(found, Draft), found
    return found


def test_all_three_published_errors_come_at_once_in_the_published_order():
    assert validate_create({"applicationId": APPLICATION}, load_edition("2018-01").edition.limits, Present(START, START)) == [
        FieldError("from", "'from' must contain exactly one telephone number"),
        FieldError("text", "'text' is required unless media is included"),
        FieldError("to", "'to' must contain at least one telephone number"),
    ]


@pytest.mark.parametrize("edition", ["2018-01", "2023", "2026"])
@pytest.mark.parametrize("number", ["+invalid", "9195550100", "+0195550100", "+1919555010٣", "+" + "1" * 16, ""])
def test_a_recipient_must_be_e164(edition, number):
    assert errors(edition, to=[RECIPIENT, number]) == [("to", f"'{number}' {E164}")]


def test_a_sender_that_begins_with_plus_must_be_e164_although_sender_ids_may_hold_a_plus():
    assert errors(from_="+invalid") == [("from", f"'+invalid' {E164}")]


def test_a_string_is_taken_for_the_list_of_one_recipient():
    assert accepted(to=RECIPIENT).to == (RECIPIENT,)


@pytest.mark.parametrize("wrong", [None, "", [], {}, 5])
def test_to_must_hold_a_number(wrong):
    assert errors(to=wrong) == [("to", "'to' must contain at least one telephone number")]


@pytest.mark.parametrize("wrong", [None, "", [], [SENDER, RECIPIENT], {"a": 1}])
def test_from_must_hold_one_number(wrong):
    assert errors(from_=wrong) == [("from", "'from' must contain exactly one telephone number")]


def test_ten_recipients_are_a_group_and_eleven_are_refused():
    numbers = [f"+1919555010{digit}" for digit in range(10)]
    assert accepted(to=numbers).kind == "group"
    assert errors(to=[*numbers, "+19195550110"]) == [("to", "'to' must contain at most 10 telephone numbers")]


def test_the_same_recipient_twice_is_refused():
    assert errors(to=[RECIPIENT, RECIPIENT]) == [("to", "'to' must not contain the same telephone number twice")]


@pytest.mark.parametrize("name", ["Bandwidth", "A", "a b-c+d_e&f", "12345678901"[:10] + "x"])
def test_a_sender_may_have_a_name_in_2026_only(name):
    assert accepted("2026", from_=name).sender == name
    assert errors("2023", from_=name) == [("from", f"'{name}' {E164}")]


@pytest.mark.parametrize("name", ["twelve chars", "1234567890-", "Café", "a.b"])
def test_a_sender_name_has_eleven_plain_characters_and_a_letter(name):
    assert errors(from_=name) == [("from", f"'{name}' {E164}")]


@pytest.mark.parametrize("code", ["123", "12345", "12345678"])
def test_a_short_code_may_send(code):
    assert accepted(from_=code).sender == code


@pytest.mark.parametrize(("field", "most"), [("text", 2048), ("tag", 1024)])
def test_text_and_tag_have_a_longest_length(field, most):
    assert getattr(accepted(**{field: "a" * most}), field) == "a" * most
    assert errors(**{field: "a" * (most + 1)}) == [(field, f"'{field}' must be at most {most} characters long")]


@pytest.mark.parametrize("wrong", [5, True, ["a"], {"a": 1}])
def test_text_and_tag_must_be_strings(wrong):
    assert errors(text=wrong, tag=wrong) == [("text", "'text' must be a string"), ("tag", "'tag' must be a string")]


def test_text_may_be_missing_where_there_is_media():
    draft = accepted(without="text", media=["https://media.test/a.png"])
    assert (draft.text, draft.kind) == (None, "mms")


def test_eleven_media_are_too_many():
    urls = [f"https://media.test/{number}" for number in range(11)]
    assert errors(media=urls) == [("media", "'media' must contain at most 10 URLs")]


@pytest.mark.parametrize("wrong", ["menu.png", "ftp://media.test/a", "https://", "http://a b", 5])
def test_media_must_be_urls(wrong):
    assert errors(media=[wrong]) == [("media", f"'{wrong}' must be replaced with a valid URL")]


def test_a_media_url_has_a_longest_length():
    url = "https://media.test/" + "a" * 4078
    assert errors(media=[url]) == [("media", "every URL in 'media' must be at most 4096 characters long")]


@pytest.mark.parametrize("wrong", [None, "", "  ", 5])
def test_an_application_must_be_named(wrong):
    assert errors(applicationId=wrong) == [("applicationId", "'applicationId' must contain the id of an application")]


def test_priority_is_default_or_high():
    assert accepted(priority="high").priority is Priority.HIGH
    assert accepted().priority is None
    assert errors(priority="urgent") == [("priority", "'priority' must be 'default' or 'high'")]


@pytest.mark.parametrize(
    ("expiration", "offset"),
    [("2018-01-24T16:00:01Z", 1000), ("2018-01-24T11:00:01-05:00", 1000), ("2018-01-24T16:00:00.25Z", 250)],
)
def test_an_expiration_is_kept_as_written(expiration, offset):
    draft = accepted(expiration=expiration)
    assert (draft.expiration, draft.expires_at) == (expiration, START + offset)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("2018-01-24T16:00:00Z", "'expiration' must be in the future"),
        ("tomorrow", "'expiration' must be an RFC-3339 date-time, e.g. 2021-03-14T01:59:26Z"),
        ("2018-02-30T00:00:00Z", "'expiration' must be an RFC-3339 date-time, e.g. 2021-03-14T01:59:26Z"),
        (1516809600, "'expiration' must be an RFC-3339 date-time, e.g. 2021-03-14T01:59:26Z"),
    ],
)
def test_an_expiration_must_be_an_instant_to_come(wrong, sentence):
    assert errors(expiration=wrong) == [("expiration", sentence)]


def test_priority_and_expiration_did_not_exist_in_2018_and_not_on_mms_in_2023():
    media = ["https://media.test/a.png"]
    for edition, rest in (("2018-01", {}), ("2023", {"media": media})):
        draft = accepted(edition, priority="high", expiration="2018-01-25T00:00:00Z", **rest)
        assert (draft.priority, draft.expiration, draft.expires_at) == (None, None, None)
    assert accepted("2026", priority="high", media=media).priority is Priority.HIGH


def test_null_counts_as_absent_and_unknown_fields_are_ignored():
    draft = accepted(media=None, tag=None, priority=None, expiration=None, shoeSize=43)
    assert draft == accepted()


@pytest.mark.parametrize("wrong", [None, [], "text", 5])
def test_a_body_that_is_no_object_is_refused(wrong):
    assert validate_create(wrong, load_edition("2026").edition.limits, Present(START, START)) == [
        FieldError("body", "The request body must be a JSON object")
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted({*WHOLE, "media", "tag", "priority", "expiration"})), JSON))
def test_any_json_is_either_accepted_or_explained(data):
    found = validate_create(data, load_edition("2026").edition.limits, Present(START, START))
    assert isinstance(found, Draft) or all(error.field in {*WHOLE, "media", "tag", "priority", "expiration"} for error in found)
