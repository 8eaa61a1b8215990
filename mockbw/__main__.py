"""``python -m mockbw``."""

from mockbw.cli import main

main()
