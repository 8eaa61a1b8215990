"""The message that starts a scenario when it is played by itself."""

from __future__ import annotations

from msgspec.structs import replace

from mockbw.core.account import InboundDraft
from mockbw.core.model import ChannelEntry, Draft, Kind
from mockbw.errors import ScenarioError
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.patterns import Pattern
from mockbw.scenario.schema import OutboundModel

__all__ = ["draft_of", "start_of"]

SENDER = "+19195550199"
RECIPIENT = "+19195550100"
SECOND_RECIPIENT = "+19195550101"
APPLICATION = "93de2206-9669-4e07-948d-329f4b722ee2"
PICTURE = "https://media.example.com/picture.png"


def start_of(source: ScenarioSource) -> Draft | InboundDraft:
    """Return the message that starts the scenario: its ``given``, or one generated to match.

    Raises:
        ScenarioError: none can be generated for a regex; the scenario needs a ``given``.
    """
    given = source.scenario.given
    if given is not None and given.inbound is not None:
        inbound = given.inbound
        return InboundDraft(inbound.from_, tuple(inbound.to), inbound.text, tuple(inbound.media), inbound.application)
    if given is not None and given.outbound is not None:
        return draft_of(given.outbound)
    return _generated(source)


def draft_of(given: OutboundModel) -> Draft:
    """Return the message that a scenario posts itself."""
    return Draft(given.from_, tuple(given.to), given.application, given.text, tuple(given.media), given.tag)


def _generated(source: ScenarioSource) -> Draft:
    match = source.scenario.match
    to = [_example(source, "to", match.to, RECIPIENT)]
    if match.kind == "group":
        others = [_example(source, "to", [pattern], SECOND_RECIPIENT) for pattern in (match.to or [])[1:]]
        to.extend(others or [SECOND_RECIPIENT])
    draft = Draft(
        sender=_example(source, "from", match.from_, SENDER),
        to=tuple(to),
        application=_example(source, "application", match.application, APPLICATION),
        text=_example(source, "text", match.text, f"Hello from {source.name}"),
        media=(PICTURE,) if match.kind == "mms" else (),
        tag=_example(source, "tag", match.tag, source.name),
    )
    if match.kind != "rbm":
        return draft
    by_rbm = ChannelEntry("RBM", Kind.RBM, draft.sender, draft.application, {"text": draft.text}, text=draft.text)
    return replace(draft, channels=(by_rbm,))


def _example(source: ScenarioSource, key: str, patterns: list[str] | None, default: str) -> str:
    if not patterns:
        return default
    if any(Pattern(written).match(default) is not None for written in patterns):
        return default
    written = patterns[0]
    if written.startswith("/") and len(written) > 1:
        message = f"no message can be generated for the regex {written}"
        raise ScenarioError([source.problem(("match", key), message, "Add `given: {outbound: {…}}` to say which one to send")])
    return _fill_glob(written)


def _fill_glob(written: str) -> str:
    """Return a text that the glob matches; a number is filled up to eleven digits."""
    if written.startswith("+"):
        missing = max(1, 12 - len(written.replace("*", "")))
        return written.replace("*", "0" * missing, 1).replace("*", "").replace("?", "0")
    return written.replace("*", "").replace("?", "a") or "a"
