"""Measures mockbw beside what a user would pick instead, and beside the limit of what it stands on. See ``__main__``."""
