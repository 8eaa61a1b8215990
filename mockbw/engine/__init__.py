"""The shell that runs accounts: it passes inputs to the core, moves its time, and performs its effects."""
