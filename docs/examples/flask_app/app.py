"""A restaurant that reminds its guests by text message: Flask, and the platform's own client."""

from __future__ import annotations

from bandwidth import ApiClient, Configuration, MessageRequest, MessagesApi
from flask import Flask, request

NUMBER = "+19195550199"
APPLICATION_ID = "93de2206-9669-4e07-948d-329f4b722ee2"
FINAL = ("delivered", "failed")


class Reminders:
    """The restaurant's messages, and the guests who have opted out."""

    def __init__(self, configuration: Configuration, account_id: str) -> None:
        self._configuration, self._account_id = configuration, account_id
        self.status: dict[str, str] = {}
        self.error: dict[str, int] = {}
        self.stopped: set[str] = set()
        self.available = True

    def send(self, guest: str, text: str, picture: str | None = None) -> str | None:
        """Send a reminder; return the message's id, or None for a guest who has opted out."""
        if guest in self.stopped:
            return None
        wanted = {"applicationId": APPLICATION_ID, "from": NUMBER, "to": [guest], "text": text}
        if picture is not None:
            wanted["media"] = [picture]
        with ApiClient(self._configuration) as client:
            message = MessagesApi(client).create_message(self._account_id, MessageRequest.from_dict(wanted))
        self.status.setdefault(message.id, "accepted")
        return message.id

    def handle(self, event: dict) -> None:
        """Process one event. Events arrive at least once and in any order: a final status is kept."""
        message = event["message"]["id"]
        kind = event["type"].removeprefix("message-")
        if kind == "received":
            if event["message"]["text"].strip().upper() == "STOP":
                self.stopped.add(event["message"]["from"])
        elif self.status.get(message) not in FINAL:
            self.status[message] = kind
            if kind == "failed":
                self.error[message] = event["errorCode"]


def create_app(reminders: Reminders) -> Flask:
    """Return the application that receives the callbacks."""
    app = Flask(__name__)

    @app.post("/callbacks")
    def callbacks():
        if not reminders.available:
            return "the database is down", 503
        for event in request.get_json():
            reminders.handle(event)
        return "", 204

    return app
