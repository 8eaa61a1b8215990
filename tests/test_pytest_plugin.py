"""The plugin as users meet it: whole pytest runs, and above all what is read when a test is wrong."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

import mockbw.testing  # noqa: F401 - or else every run below imports it anew
from tests.testing.support import STRICT

PREFACE = """
    import pytest
    from tests.testing.support import Asgi, Wsgi, post, post_json

    pytestmark = pytest.mark.mockbw(start="2018-01-24T16:00:00Z")
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run a test module; return the result and the text of its failures, free of what differs from run to run."""
    monkeypatch.setenv("COLUMNS", "150")

    def run(code, *arguments):
        pytester.makepyfile(test_it=dedent(PREFACE) + dedent(code))
        result = pytester.runpytest("-q", "--tb=short", *STRICT, *arguments)
        return result, readable(result.outlines)

    return run


def readable(lines):
    """Return the part of the output between the headline of the first failure and the summary."""
    text = "\n".join(line.rstrip() for line in lines)
    text = re.split("mockbw: edition|=+ short test summary", text.partition(" FAILURES ")[2].partition("\n")[2])[0]
    text = re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:PORT", text)
    text = re.sub(r"\b9\d{6}\b", "ACCOUNT", text)
    text = re.sub(r"^_+ (\w+) _+$", r"__ \1 __", text, flags=re.MULTILINE)
    return re.sub(r"-{10,}( [\w ]+ )-{10,}", r"--\1--", text).strip()


def expected(text):
    return dedent(text).strip()


def test_a_test_that_ends_well_says_nothing(run):
    result, _ = run(
        """
        def test_it(mockbw):
            mockbw.application, mockbw.callback_url = Wsgi(), "/callbacks"
            post(mockbw)
            mockbw.settle()
            mockbw.assert_delivered()
        """
    )
    result.assert_outcomes(passed=1)
    assert "mockbw timeline" not in result.stdout.str()


def test_a_message_that_was_not_sent_shows_the_nearest_with_the_differences_marked(run):
    result, text = run(
        """
        def test_it(mockbw):
            mockbw.callback_url = "http://app.test/callbacks"
            post(mockbw, "+19195550101", "Your table is free")
            post(mockbw, "+19195550100", "Your tabel is ready")
            mockbw.assert_sent(to="+19195550100", text="Your table is ready")
        """
    )
    result.assert_outcomes(failed=1)
    assert text == expected(
        """
        __ test_it __
        test_it.py:10: in test_it
            mockbw.assert_sent(to="+19195550100", text="Your table is ready")
        E   AssertionError: no message was sent with to='+19195550100', text='Your table is ready'
        E   2 messages were sent; the nearest first:
        E     sms +19195550199 → +19195550100 'Your tabel is ready': accepted
        E       ✓ to   is       '+19195550100'
        E       ✗ text is       'Your tabel is ready'
        E              expected 'Your table is ready'
        E     sms +19195550199 → +19195550101 'Your table is free': accepted
        E       ✗ to   is       '+19195550101'
        E              expected '+19195550100'
        E       ✗ text is       'Your table is free'
        E              expected 'Your table is ready'
        -- mockbw timeline --
        account ACCOUNT, edition 2018-01, manual clock at 2018-01-24T16:00:00Z
        2018-01-24T16:00:00.000Z is +0s
              +0s  out sms +19195550199 → +19195550101 'Your table is free' accepted: the edition's own timeline
              +0s  out sms +19195550199 → +19195550100 'Your tabel is ready' accepted: the edition's own timeline
        """
    )


def test_a_message_sent_twice_is_not_the_one_that_was_meant(run):
    _, text = run(
        """
        def test_it(mockbw):
            post(mockbw)
            post(mockbw)
            mockbw.assert_sent(to="+19195550100")
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:9: in test_it
            mockbw.assert_sent(to="+19195550100")
        E   AssertionError: 2 messages were sent with to='+19195550100', not 1:
        E     sms +19195550199 → +19195550100 'Your table is ready': accepted
        E       ✓ to is       '+19195550100'
        E     sms +19195550199 → +19195550100 'Your table is ready': accepted
        E       ✓ to is       '+19195550100'
        E   Give more fields to select one, or times=… if all are expected.
        """
    )


def test_a_message_that_should_not_have_been_sent_is_shown(run):
    _, text = run(
        """
        def test_it(mockbw):
            post(mockbw)
            mockbw.assert_not_sent(text="*table*")
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:8: in test_it
            mockbw.assert_not_sent(text="*table*")
        E   AssertionError: 1 message was sent with text='*table*', and none should have been:
        E     sms +19195550199 → +19195550100 'Your table is ready': accepted
        E       ✓ text is       'Your table is ready'
        """
    )


def test_an_application_that_never_posted_is_told_where_to(run):
    _, text = run(
        """
        def test_it(mockbw):
            mockbw.assert_sent()
        """
    )
    assert text == expected(
        """
        __ test_it __
        test_it.py:7: in test_it
            mockbw.assert_sent()
        E   AssertionError: no message was sent
        E   The application has made no request to account ACCOUNT.
        E   Does it post to http://127.0.0.1:PORT/api/v2/users/ACCOUNT/messages?
        -- mockbw timeline --
        account ACCOUNT, edition 2018-01, manual clock at 2018-01-24T16:00:00Z
        nothing happened
        """
    )


def test_an_application_that_posts_to_another_account_is_found_out(run):
    _, text = run(
        """
        def test_it(mockbw):
            body = {"applicationId": "a", "from": "+19195550199", "to": ["+19195550100"], "text": "hi"}
            post_json(f"{mockbw.base_url}/users/5551234/messages", body)
            mockbw.assert_sent()
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:9: in test_it
            mockbw.assert_sent()
        E   AssertionError: no message was sent
        E   The application has made no request to account ACCOUNT.
        E   1 request was for another account:
        E     account 5551234: POST /api/v2/users/5551234/messages → 202
        """
    )


def test_requests_to_another_account_fail_a_test_that_passed(run):
    result, text = run(
        """
        def test_it(mockbw):
            body = {"applicationId": "a", "from": "+19195550199", "to": ["+19195550100"], "text": "hi"}
            post_json(f"{mockbw.base_url}/users/5551234/messages", body)
        """
    )
    result.assert_outcomes(failed=1)
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        mockbw: the test itself passed, but
        1 request was for an account that does not belong to a test:
          account 5551234: POST /api/v2/users/5551234/messages → 202
          If this is expected: mockbw.allow_other_accounts()
        """
    )


def test_a_refused_request_fails_a_test_that_passed(run):
    result, text = run(
        """
        def test_it(mockbw):
            post(mockbw, text=None)
        """
    )
    result.assert_outcomes(failed=1)
    assert text == expected(
        """
        __ test_it __
        mockbw: the test itself passed, but
        1 API request was refused:
          POST /api/v2/users/ACCOUNT/messages → 400: 'text' is required unless media is included
          If this is expected: mockbw.allow_refused_requests()
        -- mockbw timeline --
        account ACCOUNT, edition 2018-01, manual clock at 2018-01-24T16:00:00Z
        2018-01-24T16:00:00.000Z is +0s
              +0s  POST /api/v2/users/ACCOUNT/messages answered 400: 'text' is required unless media is included
        """
    )


def test_an_expired_callback_fails_a_test_that_passed(run):
    result, text = run(
        """
        def test_it(mockbw):
            mockbw.application, mockbw.callback_url = Wsgi([503] * 99), "/callbacks"
            mockbw.play("carrier-spam")
            post(mockbw)
            mockbw.settle()
        """
    )
    result.assert_outcomes(failed=1)
    assert text == expected(
        """
        __ test_it __
        mockbw: the test itself passed, but
        2 callbacks have expired without a 2xx answer:
          cb-1 message-sent to http://testserver/callbacks: 30 attempts, the last 503 (noted)
          cb-2 message-failed to http://testserver/callbacks: 30 attempts, the last 503 (noted)
          If this is expected: mockbw.allow_expired_callbacks()
        -- mockbw timeline --
        account ACCOUNT, edition 2018-01, manual clock at 2018-01-25T15:03:33Z
        2018-01-24T16:00:00.000Z is +0s
              +0s  out sms +19195550199 → +19195550100 'Your table is ready' accepted: scenario carrier-spam
              +1s  cb-1 message-sent: to http://testserver/callbacks
              +1s  cb-1 message-sent attempt 1: 503
              +3s  cb-2 message-failed 4770 about +19195550100: to http://testserver/callbacks
              +3s  cb-2 message-failed 4770 attempt 1: 503
             +31s  cb-1 message-sent attempts 2 to 30: 503, the last at +23h3m31s
             +33s  cb-2 message-failed 4770 attempts 2 to 30: 503, the last at +23h3m33s
        +23h3m31s  cb-1 message-sent expired after 30 attempts
        +23h3m33s  cb-2 message-failed 4770 expired after 30 attempts
        """
    )


def test_what_is_allowed_fails_nothing(run):
    result, _ = run(
        """
        def test_it(mockbw):
            mockbw.allow_refused_requests()
            mockbw.allow_expired_callbacks()
            mockbw.allow_other_accounts()
            mockbw.callback_url = "http://127.0.0.1:9/callbacks"
            post(mockbw)
            post(mockbw, text=None)
            post_json(f"{mockbw.base_url}/users/5551234/messages", {})
            mockbw.settle()

        def test_what_a_scenario_refuses_was_meant_to_be_refused(mockbw):
            mockbw.play("response: {status: 429}")
            post(mockbw)
        """
    )
    result.assert_outcomes(passed=2)


def test_a_test_that_fails_by_itself_is_not_blamed_for_the_rest(run):
    result, text = run(
        """
        def test_it(mockbw):
            post(mockbw, text=None)
            assert 1 == 2
        """
    )
    result.assert_outcomes(failed=1)
    assert "E   assert 1 == 2" in text
    assert "the test itself passed" not in text
    assert "answered 400: 'text' is required unless media is included" in text


def test_an_expectation_of_a_scenario_that_did_not_come_true_fails_a_test_that_passed(run):
    result, text = run(
        """
        def test_it(mockbw):
            mockbw.application, mockbw.callback_url = Wsgi([503]), "/callbacks"
            mockbw.play('''
                name: at-once
                expect:
                  - {callback: message-sent, attempts: 1}
            ''')
            post(mockbw)
            mockbw.settle()
        """
    )
    result.assert_outcomes(failed=1)
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        mockbw: the test itself passed, but
        scenario at-once: expected message-sent, in 1 attempt
          but message-sent took 2 attempts, not 1
        """
    )


def test_the_failure_for_an_undelivered_message_shows_the_next_deadline(run):
    _, text = run(
        """
        def test_it(mockbw):
            post(mockbw)
            mockbw.assert_delivered()
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:8: in test_it
            mockbw.assert_delivered()
        E   AssertionError: the message is accepted, not delivered:
        E     sms +19195550199 → +19195550100 'Your table is ready': accepted
        E   The platform is not done: the next deadline is in 1s. Move time with settle() or advance(…).
        """
    )


def test_a_message_that_failed_shows_its_code_and_what_the_application_answered(run):
    _, text = run(
        """
        def test_it(mockbw):
            mockbw.application, mockbw.callback_url = Wsgi(), "/callbacks"
            mockbw.play("carrier-spam")
            post(mockbw)
            mockbw.settle()
            mockbw.assert_delivered()
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:11: in test_it
            mockbw.assert_delivered()
        E   AssertionError: the message is failed with 4770, not delivered:
        E     sms +19195550199 → +19195550100 'Your table is ready': failed 4770
        E       message-sent: answered 200
        E       message-failed: answered 200
        """
    )


def test_the_failure_for_an_mms_without_receipts_says_that_sent_is_final(run):
    _, text = run(
        """
        def test_it(mockbw):
            mockbw.application, mockbw.callback_url = Wsgi(), "/callbacks"
            post(mockbw, media=["https://example.com/a.png"])
            mockbw.settle()
            mockbw.assert_delivered()
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:10: in test_it
            mockbw.assert_delivered()
        E   AssertionError: the message is sent, not delivered:
        E     mms +19195550199 → +19195550100 'Your table is ready' +1 media: sent
        E       message-sent: answered 200
        E   In edition 2018-01 there is no further event for this mms: sent is its final status.
        """
    )


def test_waiting_without_a_match_shows_the_nearest_messages(run):
    _, text = run(
        """
        async def test_it(async_mockbw):
            post(async_mockbw)
            await async_mockbw.wait_for(text="*reminder*", timeout=0.01)
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:8: in test_it
            await async_mockbw.wait_for(text="*reminder*", timeout=0.01)
        E   AssertionError: no message with text='*reminder*' within 0.01 s
        E   these are the messages, the nearest first:
        E     sms +19195550199 → +19195550100 'Your table is ready': accepted
        E       ✗ text is       'Your table is ready'
        E              expected '*reminder*'
        E   The platform is not done: the next deadline is in 1s. Move time with settle() or advance(…).
        """
    )


def test_the_sync_fixture_in_an_async_test_is_refused_where_it_would_wait(run):
    _, text = run(
        """
        async def test_it(mockbw):
            mockbw.settle()
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:7: in test_it
            mockbw.settle()
        E   mockbw.errors.MockbwError: this would block the event loop of an async test: use the fixture async_mockbw there
        """
    )


def test_a_field_that_messages_have_not_is_refused(run):
    _, text = run(
        """
        def test_it(mockbw):
            mockbw.assert_sent(txt="hi")
        """
    )
    assert "E   TypeError: messages have no field 'txt': did you mean 'text'?" in text


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ('mockbw(edition="2019")', "edition: 'edition' must be '2018-01', '2023' or '2026', not '2019'"),
        ('mockbw(clock="fast")', "clock: 'clock' must be 'real', 'scaled', 'auto' or 'manual', not 'fast'"),
        ('mockbw(scenario="carrier")', "There is no scenario 'carrier'. Did you mean 'carrier-spam'?"),
        ('mockbw(scenarios="carrier")', "the marker takes no argument 'scenarios'. Its arguments are"),
        ('mockbw("carrier-spam")', "the marker takes no positional arguments. Its arguments are"),
    ],
)
def test_a_marker_that_is_wrong_says_what_would_be_right(run, marker, message):
    result, _ = run(
        f"""
        @pytest.mark.{marker}
        def test_it(mockbw):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    output = result.stdout.str()
    assert f"mockbw cannot set up the account of this test: {message}" in output
    assert "pytest_plugin.py" not in output


def test_the_marker_nearest_to_the_test_wins(run):
    result, _ = run(
        """
        @pytest.mark.mockbw(clock="auto", account="5550001")
        class TestIt:
            @pytest.mark.mockbw(account="5550002")
            def test_it(self, mockbw):
                assert (mockbw.clock, mockbw.account_id) == ("auto", "5550002")
        """
    )
    result.assert_outcomes(passed=1)


def test_ini_options_say_how_every_account_begins(run, pytester):
    pytester.makefile(".yaml", **{"scenarios/spam": "name: spam\ntimeline: [{outcome: failed, error: 4770}]"})
    pytester.makeini(
        """
        [pytest]
        mockbw_edition = 2023
        mockbw_clock = auto
        mockbw_scenarios = scenarios
        mockbw_callback_url = http://app.test/callbacks
        """
    )
    result, _ = run(
        """
        def test_it(mockbw):
            assert (mockbw.edition, mockbw.clock, mockbw.callback_url) == ("2023", "auto", "http://app.test/callbacks")
            mockbw.application = Wsgi()
            post(mockbw)
            mockbw.settle()
            assert mockbw.assert_failed(4770).scenario == "spam"
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("ini", "message"),
    [
        ("mockbw_clock = fast", "the ini option mockbw_clock: 'clock' must be 'real', 'scaled', 'auto' or 'manual', not 'fast'"),
        ("mockbw_edition = 2019", "mockbw cannot start: the ini option mockbw_edition: 'edition' must be '2018-01', '2023' or"),
        ("mockbw_scenarios = nowhere", "no such file or folder"),
    ],
)
def test_an_ini_option_that_is_wrong_says_what_would_be_right(run, pytester, ini, message):
    pytester.makeini(f"[pytest]\n{ini}\n")
    result, _ = run(
        """
        def test_it(mockbw):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    assert message in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()


def test_a_scenario_in_a_test_that_is_wrong_says_where_and_nothing_else(run):
    _, text = run(
        """
        @pytest.mark.mockbw(edition="2026")
        def test_it(mockbw):
            mockbw.play("name: x\\ntimelin: []")
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:8: in test_it
            mockbw.play("name: x\\ntimelin: []")
        E   mockbw.errors.ScenarioError: <text>:2:1: unknown key 'timelin'. Did you mean 'timeline'?
        """
    )


def test_a_duration_in_a_test_that_is_wrong_says_what_would_be_right_and_nothing_else(run):
    _, text = run(
        """
        async def test_it(async_mockbw):
            await async_mockbw.advance("6")
        """
    )
    assert text.partition("-- mockbw")[0].strip() == expected(
        """
        __ test_it __
        test_it.py:7: in test_it
            await async_mockbw.advance("6")
        E   ValueError: the duration '6' lacks a unit: write 6s or 6ms
        """
    )


def test_a_scenario_file_is_found_beside_the_test_and_below_the_root(run, pytester):
    pytester.makefile(".yaml", **{"tests/beside": "timeline: []", "below": "timeline: []"})
    pytester.mkdir("elsewhere")
    pytester.makepyfile(
        **{
            "tests/test_files": """
                def test_it(mockbw, monkeypatch):
                    monkeypatch.chdir("elsewhere")
                    mockbw.play("beside.yaml")
                    mockbw.play("below.yaml")
            """
        }
    )
    pytester.makeini("[pytest]")
    pytester.runpytest("-q", *STRICT).assert_outcomes(passed=1)


def test_the_fixtures_work_in_strict_mode_and_under_anyio(pytester):
    pytester.makepyfile(
        """
        import pytest
        from tests.testing.support import Asgi, post

        async def check(mockbw):
            mockbw.application, mockbw.callback_url = Asgi(), "/callbacks"
            post(mockbw)
            await mockbw.advance("24h")
            mockbw.assert_delivered()

        @pytest.mark.asyncio
        async def test_strict(async_mockbw):
            await check(async_mockbw)

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_anyio(async_mockbw):
            await check(async_mockbw)
        """
    )
    pytester.runpytest("-q", *STRICT, "-o", "asyncio_mode=strict").assert_outcomes(passed=2)


def test_a_suite_that_does_not_use_it_starts_no_server_and_imports_next_to_nothing(pytester):
    pytester.makepyfile(
        """
        import sys
        import threading

        def test_it():
            assert [thread.name for thread in threading.enumerate() if thread.name == "mockbw"] == []
            ours = sorted(name for name in sys.modules if name.startswith("mockbw"))
            assert ours == ["mockbw", "mockbw._version", "mockbw.pytest_plugin"]
            assert "pydantic" not in sys.modules
        """
    )
    result = pytester.runpytest_subprocess("-q", *STRICT)
    result.assert_outcomes(passed=1)


def test_the_same_test_makes_the_same_ids_in_every_run(pytester):
    pytester.makepyfile(
        """
        import pytest
        from tests.testing.support import post

        @pytest.mark.mockbw(start="2018-01-24T16:00:00Z")
        def test_it(mockbw):
            print("posted", post(mockbw)["id"], mockbw.account_id)
        """
    )
    ids = [re.findall(r"posted (.*)", pytester.runpytest("-q", "-s", *STRICT).stdout.str()) for _ in range(2)]
    assert ids[0] == ids[1] != []


def test_an_application_that_posts_after_its_test_is_refused_and_the_next_test_is_notified(run):
    result, text = run(
        """
        URL = []

        def test_leaves_a_thread(mockbw):
            URL.append(f"{mockbw.base_url}/users/{mockbw.account_id}/messages")

        def test_next(mockbw):
            body = {"applicationId": "a", "from": "+19195550199", "to": ["+19195550100"], "text": "hi"}
            assert post_json(URL[0], body)["status"] == 403
            assert [message.text for message in mockbw.messages] == []

        def test_after_that(mockbw):
            assert mockbw.problems == []
        """
    )
    result.assert_outcomes(passed=2, failed=1)
    assert text.partition("-- Captured ")[0].strip() == expected(
        """
        __ test_next __
        mockbw: the test itself passed, but
        1 request was for an account that does not belong to a test:
          account ACCOUNT: 1 refused, since test_it.py::test_leaves_a_thread is over
          If this is expected: mockbw.allow_other_accounts()
        """
    )


def test_an_application_that_posts_after_the_last_test_fails_the_session(run):
    result, _ = run(
        """
        @pytest.fixture(scope="session")
        def late(_mockbw_server):
            urls = []
            yield urls
            body = {"applicationId": "a", "from": "+19195550199", "to": ["+19195550100"], "text": "hi"}
            assert post_json(urls[0], body)["status"] == 403

        def test_it(late, mockbw):
            late.append(f"{mockbw.base_url}/users/{mockbw.account_id}/messages")
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*mockbw: the tests are over, but their applications made requests after that:",
            "*account *: 1 refused, since test_it.py::test_it is over",
        ]
    )


def test_a_run_says_in_which_editions_its_tests_have_met_the_platform(run):
    result, _ = run(
        """
        def test_it(mockbw):
            pass

        @pytest.mark.mockbw(edition="2026")
        def test_today(mockbw):
            pass
        """
    )
    old, today = (line for line in result.outlines if line.startswith("mockbw: edition"))
    assert old.startswith("mockbw: edition 2018-01. Today's platform (2026) sends message-sent only on request, ")
    assert today == "mockbw: edition 2026, today's platform"


def test_a_run_that_does_not_use_the_platform_says_nothing_of_it(run):
    result, _ = run("def test_it():\n    pass")
    assert "edition" not in result.stdout.str()


def test_the_application_of_a_test_is_freed_when_the_test_is_over(run):
    result, _ = run(
        """
        import gc
        import weakref

        FREED = []

        @pytest.mark.parametrize("number", range(20))
        def test_it(mockbw, number):
            app = mockbw.application = Wsgi()
            mockbw.callback_url = "/callbacks"
            post(mockbw)
            mockbw.settle()
            weakref.finalize(app, FREED.append, number)

        def test_all_are_gone():
            gc.collect()
            assert len(FREED) == 20
        """
    )
    result.assert_outcomes(passed=21)


@pytest.mark.parametrize(("error", "name"), [("SystemExit(3)", "SystemExit: 3"), ("KeyboardInterrupt()", "KeyboardInterrupt")])
def test_what_ends_a_program_in_an_async_application_is_an_answer_of_500_and_the_server_lives(run, error, name):
    result, _ = run(
        f"""
        async def app(scope, receive, send):
            raise {error}

        @pytest.mark.parametrize("again", [1, 2])
        async def test_it(async_mockbw, again):
            async_mockbw.application, async_mockbw.callback_url = app, "/callbacks"
            post(async_mockbw)
            await async_mockbw.step()
            (attempt,) = async_mockbw.callbacks[0].attempts
            assert attempt.status == 500
            assert "{name}" in attempt.answer
        """
    )
    result.assert_outcomes(passed=2)


def test_what_ends_a_program_in_a_sync_application_ends_the_test_and_the_server_lives(run):
    result, _ = run(
        """
        def app(environ, start_response):
            raise SystemExit(3)

        @pytest.mark.parametrize("again", [1, 2])
        def test_it(mockbw, again):
            mockbw.application, mockbw.callback_url = app, "/callbacks"
            post(mockbw)
            with pytest.raises(SystemExit):
                mockbw.step()
            assert mockbw.messages[0].status == "sent"
        """
    )
    result.assert_outcomes(passed=2)
