"""A web server with the channel on it and a made-up assistant behind it, for tests that need no model."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from rasa.core.channels import channel
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore
from rasa.server import configure_cors
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot.channels.settings import read_settings
from bot.channels.web import WebChannel

Sanic.test_mode = True  # else Sanic can start one application a process

HOST = "127.0.0.1"
BUTTON = {"title": "Tal med nogen", "payload": "/tal_med_nogen"}
FREE = {
    "WEB_LIMIT_CONVERSATION": "9999/second",
    "WEB_LIMIT_ADDRESS": "9999/second",
    "WEB_LIMIT_NEW": "9999/second",
}


def custom(kind: str = "answer") -> dict[str, Any]:
    return {"kind": kind, "level": "info", "need": None, "items": [], "phones": ["112"], "sources": []}


class MadeUpProcessor:
    """Answers every text with itself. `before` is called first, and may hang or raise."""

    def __init__(self, store: FailSafeTrackerStore) -> None:
        self.store = store
        self.handled: list[str] = []
        self.before: Callable[[UserMessage], Any] = lambda message: None
        self.answer: Callable[[str], list[dict[str, Any]]] = lambda text: [
            {"text": f"du skrev: {text}\n\nog mere", "buttons": [dict(BUTTON)], "custom": custom()}
        ]

    async def parse_message(self, message: UserMessage) -> dict[str, Any]:
        return {"urgency": {"level": "livsfare" if "trækker ikke vejret" in (message.text or "") else "info"}}

    async def handle_message(self, message: UserMessage) -> None:
        found = self.before(message)
        if asyncio.iscoroutine(found):
            await found
        self.handled.append(message.text)
        tracker = await self.store.get_or_create_tracker(message.sender_id)
        tracker.update(
            UserUttered(message.text, parse_data={"text": message.text, "intent": {}, "entities": []})
        )
        for answer in self.answer(message.text):
            data = {key: value for key, value in answer.items() if key != "text"}
            tracker.update(BotUttered(answer.get("text"), data=data))
            await message.output_channel.send_response(message.sender_id, dict(answer))
        await self.store.save(tracker)


class MadeUpAgent:
    def __init__(self, store: Any = None) -> None:
        self.tracker_store = FailSafeTrackerStore(store or InMemoryTrackerStore(Domain.empty()))
        self.lock_store = InMemoryLockStore()
        self.processor: MadeUpProcessor | None = MadeUpProcessor(self.tracker_store)
        self.action_endpoint = EndpointConfig("http://127.0.0.1:9/webhook")  # nobody is there

    def is_ready(self) -> bool:
        return self.processor is not None


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def custom(self) -> dict[str, Any]:
        found = [message["custom"] for message in self.json["messages"] if "custom" in message]
        assert len(found) == 1, self.json
        return found[0]

    @property
    def text(self) -> str:
        return "\n".join(message["text"] for message in self.json["messages"])


class Client:
    """Calls a web channel as a browser would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 30,
    ) -> Answer:
        """Call; a body that is no text and no bytes is sent as JSON."""
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body, ensure_ascii=False)  # as browsers do
            headers.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            path = path if path.startswith("/webhooks") else f"/webhooks/web{path}"
            connection.request(method, path, body.encode() if isinstance(body, str) else body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def begin(self) -> str:
        answer = self.call("POST", "/conversations")
        assert answer.status == 201, answer
        return str(answer.json["token"])

    def say(self, token: str, text: str) -> Answer:
        return self.call("POST", "/messages", {"text": text}, token)

    def choose(self, token: str, choice: str) -> Answer:
        return self.call("POST", "/messages", {"choice": choice}, token)

    def raw(self, data: bytes, timeout: float = 15) -> bytes:
        """Send bytes as they are; give all that comes back until the server hangs up, or falls silent."""
        with socket.create_connection((HOST, self.port), timeout=timeout) as connection:
            received = b""
            try:
                connection.sendall(data)
                connection.settimeout(timeout)
                while part := connection.recv(65536):
                    received += part
                    if b"\r\n\r\n" in received:
                        connection.settimeout(0.5)
            except (TimeoutError, ConnectionResetError, BrokenPipeError):
                pass
            return received


@contextmanager
def on_stage(agent: Any, environ: dict[str, str] | None = None, cors: str = "") -> Iterator[Client]:
    """Serve the channel in a thread of its own."""
    app = Sanic(f"stage_{uuid.uuid4().hex}", configure_logging=False)
    configure_cors(app, cors)
    channel.register([WebChannel(read_settings({**FREE, **(environ or {})}))], app, route="/webhooks/")
    app.ctx.agent = agent
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    loop, ready = asyncio.new_event_loop(), Event()

    async def serve() -> Any:
        server = await app.create_server(HOST, port, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.before_start()
        await server.start_serving()
        await server.after_start()
        ready.set()
        return server

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(serve())
        loop.run_forever()
        server.close()

    thread = Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield Client(port)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        Sanic._app_registry.pop(app.name, None)


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    """Time a call."""
    begin = time.monotonic()
    result = call()
    return time.monotonic() - begin, result
