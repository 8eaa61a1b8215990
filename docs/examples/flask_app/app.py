"""A restaurant that reminds its guests by text message: Flask, and the platform's own client."""

from __future__ import annotations

from bandwidth import ApiClient, Configuration, MessageRequest, MessagesApi
from flask import Flask, request

NUMBER = "+19195550199"
APPLICATION_ID = "93de2206-9669-4e07-948d-329f4b722ee2"
FINAL = ("delivered", "failed")


class Reminders:
    """What the restaurant knows of its messages, and who wants no more of them."""

    def __init__(self, configuration: Configuration, account_id: str) -> None:
        self._configuration, self._account_id = configuration, account_id
        self.status: dict[str, str] = {}
        self.error: dict[str, int] = {}
        self.stopped: set[str] = set()
        self.available = True

    def send(self, guest: str, text: str, picture: str | None = None) -> str | None:
        """Send a reminder; return the message's id, or None to a guest who wants no more of them."""
        if guest in self.stopped:
            return None
        wanted = {"applicationId": APPLICATION_ID, "from": NUMBER, "to": [guest], "text": text}
        if picture is not None:
            wanted["media"] = [picture]
        with ApiClient(self._configuration) as client:
            message = MessagesApi(client).create_message(self._account_id, MessageRequest.from_dict(wanted))
        self.status.setdefault(message.id, "accepted")
        return message.id

    def told(self, event: dict) -> None:
        """Take in one event. Events come at least once, and in any order: what is final stays."""
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
    """Return the application that the platform calls back."""
    app = Flask(__name__)

    @app.post("/callbacks")
    def callbacks():
        if not reminders.available:
            return "the database is down", 503
        for event in request.get_json():
            reminders.told(event)
        return "", 204

    return app
