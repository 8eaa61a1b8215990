"""The current edition, scripts and settings of an account."""

from __future__ import annotations

from dataclasses import dataclass

from mockbw.core.edition import Edition
from mockbw.core.settings import AccountSettings
from mockbw.core.timeline import Playbook

__all__ = ["Policy"]


@dataclass(slots=True)
class Policy:
    """Shared by the parts of one account, so that a change applies to all of them at once; only ``Account`` changes it."""

    edition: Edition
    playbook: Playbook
    settings: AccountSettings
