"""The platform for tests: accounts to read, to assert on, and to move through time."""

from mockbw.testing.account import AsyncMockAccount, MockAccount
from mockbw.testing.handset import Handset
from mockbw.testing.thread import ServerThread
from mockbw.testing.views import Attempt, Callback, Message, Request

__all__ = ["AsyncMockAccount", "Attempt", "Callback", "Handset", "Message", "MockAccount", "Request", "ServerThread"]
