"""One attempt of a callback becomes one outcome: senders, and the dispatcher that orders attempts."""
