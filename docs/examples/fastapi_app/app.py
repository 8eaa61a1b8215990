"""A clinic that reminds its patients by text message: FastAPI, and the platform's own client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from bandwidth import ApiClient, Configuration, MessageRequest, MessagesApi
from fastapi import Body, FastAPI, HTTPException

NUMBER = "+19195550199"
APPLICATION_ID = "93de2206-9669-4e07-948d-329f4b722ee2"
FINAL = ("delivered", "failed")


@dataclass
class Clinic:
    """The clinic's messages, and the patients who have opted out."""

    configuration: Configuration
    account_id: str
    status: dict[str, str] = field(default_factory=dict)
    error: dict[str, int] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    available: bool = True

    def remind(self, patient: str, text: str, **rest: object) -> str:
        """Send a reminder and return the message's id."""
        wanted = {"applicationId": APPLICATION_ID, "from": NUMBER, "to": [patient], "text": text, **rest}
        with ApiClient(self.configuration) as client:
            message = MessagesApi(client).create_message(self.account_id, MessageRequest.from_dict(wanted))
        self.status.setdefault(message.id, "accepted")
        return message.id


def create_app(clinic: Clinic) -> FastAPI:
    """Return the application: one route to send, one for callbacks."""
    app = FastAPI()

    @app.post("/reminders", status_code=201)
    def remind(patient: Annotated[str, Body()], text: Annotated[str, Body()]) -> dict[str, str]:
        if patient in clinic.stopped:
            raise HTTPException(409, "this patient has opted out")
        return {"id": clinic.remind(patient, text)}

    @app.post("/callbacks", status_code=204)
    async def callbacks(events: list[dict]) -> None:
        if not clinic.available:
            raise HTTPException(503)
        for event in events:
            message, kind = event["message"], event["type"].removeprefix("message-")
            if kind == "received":
                if message["text"].strip().upper() == "STOP":
                    clinic.stopped.add(message["from"])
                    # The platform's client blocks, but nothing depends on this loop meanwhile.
                    clinic.remind(message["from"], "You will get no more messages from us.")
            elif clinic.status.get(message["id"]) not in FINAL:
                clinic.status[message["id"]] = kind
                if kind == "failed":
                    clinic.error[message["id"]] = event["errorCode"]

    return app
