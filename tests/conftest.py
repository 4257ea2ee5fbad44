"""What all tests share: the knowledge base, and the trained assistant behind its two real servers."""

from __future__ import annotations

import json
import os
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import sanic.app  # noqa: F401  sets a warning filter when first imported: here it does not outrank ours

from bot import serve
from bot.knowledge import Knowledge, load_knowledge

if TYPE_CHECKING:  # Rasa warns when it is imported: not before the filters, so the fixtures do it
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from bot.nlu.example import Example

os.environ.update(serve.QUIET)  # for tests that import Rasa themselves

REPLY_LIMIT = 60.0  # seconds


@dataclass(frozen=True)
class Assistant:
    """The running assistant."""

    url: str

    def talk(self, sender: str, text: str) -> list[dict[str, Any]]:
        """Say something; give the messages of the reply."""
        return self._post("/webhooks/rest/webhook", {"sender": sender, "message": text})

    def parse(self, text: str) -> dict[str, Any]:
        """Give what the assistant understands of a text."""
        return self._post("/model/parse", {"text": text})

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with without_proxy.open(request, timeout=REPLY_LIMIT) as answer:
            return json.load(answer)


def free_ports() -> dict[str, int]:
    """Give a free port for each server."""
    with ExitStack() as probes:
        ports = {}
        for name in serve.PORTS:
            probe = probes.enter_context(socket.socket())
            probe.bind((serve.HOST, 0))
            ports[name] = probe.getsockname()[1]
        return ports


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture(scope="session")
def training_data() -> TrainingData:
    """All training messages; reading them takes twenty seconds."""
    from rasa.shared.nlu.training_data.loading import load_data

    return load_data(str(serve.ROOT / "bot" / "data" / "nlu"))


@pytest.fixture(scope="session")
def examples(training_data: TrainingData) -> tuple[Example, ...]:
    from bot.nlu.example import read_examples

    return read_examples(training_data)


@pytest.fixture(scope="session")
def assistant() -> Iterator[Assistant]:
    with serve.Servers(serve.train(), free_ports()) as servers:
        servers.wait_until_ready()
        yield Assistant(servers.url)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
