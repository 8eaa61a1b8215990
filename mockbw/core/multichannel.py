"""Multi-channel messages: the channels are tried in order until one delivers (P13)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from mockbw.core.model import ChannelEntry
from mockbw.core.timeline import CallbackStep, FallbackStep, Plan, Timed, Track

__all__ = ["chain"]


def chain(entries: Sequence[ChannelEntry], plans: Sequence[Plan]) -> Plan:
    """Return the plan of a multi-channel message from the plans of its channels.

    A failure before delivery moves the message on to its next channel; no event is sent for it unless it was the last
    (P20 row 21). Each channel starts when the one before it has failed. The scenario and answer are those of the first.
    """
    steps: list[Timed] = []
    begin = 0
    for index, (entry, plan) in enumerate(zip(entries, plans, strict=True)):
        track = plan.tracks[0]
        failing = _failure(track) if index + 1 < len(entries) else None
        played = track if failing is None else track[:failing]
        steps += [_moved(timed, begin, index) for timed in played]
        if failing is None:
            break
        failed = track[failing]
        assert isinstance(failed.step, CallbackStep), "only an event can be a failure"
        change = FallbackStep(entry.channel, failed.step.error, entries[index + 1].channel)
        steps.append(_moved(replace(failed, step=change), begin, index))
        begin = steps[-1].offset
    return replace(plans[0], tracks=(tuple(steps),))


def _failure(track: Track) -> int | None:
    """Return the index of the step at which the message fails, or None when it does not, or was delivered before."""
    for index, timed in enumerate(track):
        if isinstance(timed.step, CallbackStep) and timed.step.event in ("message-delivered", "message-failed"):
            return index if timed.step.event == "message-failed" else None
    return None


def _moved(timed: Timed, begin: int, channel: int) -> Timed:
    return replace(timed, offset=timed.offset + begin, channel=channel)
