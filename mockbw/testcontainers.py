"""mockbw as a container for tests. Needs the package testcontainers, and the image, which ``docker build -t mockbw .`` makes."""

from __future__ import annotations

import secrets
from pathlib import Path

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

__all__ = ["MockbwContainer"]

PORT = 8080


class MockbwContainer(DockerContainer):
    """A container that is ready when ``start`` returns; it has its own token for the control API.

    ::

        with MockbwContainer(callback_url="http://host.docker.internal:5000/callbacks", scenarios=Path("scenarios")) as mockbw:
            application.bandwidth_url = mockbw.base_url
            ...
            requests.post(f"{mockbw.control_url}/accounts/9900000/inbound", json=…, headers=mockbw.control_headers)

    ``host.docker.internal`` is the machine the tests run on, also where Docker does not define it. Any other setting is passed
    by ``with_env("MOCKBW_DAY", "5s")``.
    """

    def __init__(self, image: str = "mockbw", *, callback_url: str | None = None, scenarios: Path | None = None) -> None:
        super().__init__(image)
        self.control_token = secrets.token_urlsafe()
        self.with_exposed_ports(PORT)
        self.with_env("MOCKBW_CONTROL_TOKEN", self.control_token)
        self.with_kwargs(extra_hosts={"host.docker.internal": "host-gateway"})
        if callback_url is not None:
            self.with_env("MOCKBW_CALLBACK_URL", callback_url)
        if scenarios is not None:
            self.with_volume_mapping(str(scenarios.resolve()), "/scenarios", "ro")
        self.waiting_for(HttpWaitStrategy(PORT, "/_mockbw/readyz"))

    @property
    def url(self) -> str:
        """The URL of the server, for the tests."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    @property
    def base_url(self) -> str:
        """What an application uses in place of ``https://messaging.bandwidth.com/api/v2``."""
        return f"{self.url}/api/v2"

    @property
    def control_url(self) -> str:
        """The URL of the control API."""
        return f"{self.url}/_mockbw"

    @property
    def control_headers(self) -> dict[str, str]:
        """The headers that authorize requests to the control API."""
        return {"Authorization": f"Bearer {self.control_token}"}
