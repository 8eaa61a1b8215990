"""The control API below ``/_mockbw``."""
