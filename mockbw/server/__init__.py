"""The aiohttp server: the platform's API, the control API, and the page."""

from mockbw.server.app import create_app

__all__ = ["create_app"]
