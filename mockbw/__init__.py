"""A local double of Bandwidth's V2 messaging platform, with a clock you own."""

__version__ = "0.1.0"
__all__ = ["__version__"]
