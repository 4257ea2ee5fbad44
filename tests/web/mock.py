"""A server that speaks the web contract, and can be told to fail, hang, refuse and send what it likes."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from web.samples import GREETING, Message, reply_to

STATIC = Path(__file__).resolve().parents[2] / "bot" / "web"
BASE = "/webhooks/web/"
PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
STAY = "/stay"  # an address that never comes: the browser stays where it is
PORTS = range(6200, 6300)


@dataclass
class Mock:
    """The server's state, and what it has been told.

    Attributes:
        pages: further pages by path, each with its Content-Security-Policy.
        refusal: status and body that all calls get, or None; `refused_paths` narrows it.
        delay: seconds before a message is answered, and what comes by `slow_methods`.
        script: replies to give next, before the usual ones.
        calls: what was called: method, path, body.
        tokens: the conversations that live.
        over: choices whose turn is over: they are refused.
    """

    pages: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    refusal: tuple[int, dict[str, Any]] | None = None
    refused_paths: tuple[str, ...] = ()
    delay: float = 0.0
    slow_methods: tuple[str, ...] = ()
    greeting: Message = field(default_factory=lambda: GREETING)
    script: list[list[Message]] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)
    port: int = 0
    _server: ThreadingHTTPServer | None = None
    _made: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, on the same port as before after a stop."""
        handler = type("Handler", (_Handler,), {"mock": self})
        for port in [self.port] if self.port else PORTS:
            try:
                self._server = _Server(("127.0.0.1", port), handler)
                break
            except OSError:
                continue
        assert self._server, "no free port"
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def new_token(self) -> str:
        self._made += 1
        token = f"token-{self._made}"
        self.tokens.add(token)
        return token

    def said(self) -> list[Any]:
        """Give the bodies of the messages that came."""
        return [body for _, path, body in self.calls if path == "messages"]

    def paths(self, method: str = "POST") -> list[str]:
        return [path for called, path, _ in self.calls if called == method]


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    mock: Mock

    def log_message(self, *_: object) -> None:
        pass

    def do_OPTIONS(self) -> None:
        self._send(204, b"", "text/plain")

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in self.mock.pages:
            html, policy = self.mock.pages[path]
            return self._send(200, html.encode(), "text/html", policy)
        if path == STAY:
            return self._send(204, b"", "text/plain")
        name = path.removeprefix(BASE)
        file = STATIC / (name if "." in name else name + ".html")
        if path.startswith(BASE) and file.is_file():
            return self._send(200, file.read_bytes(), TYPES[file.suffix], PAGE_POLICY)
        self._send(404, b"", "text/plain")

    def do_POST(self) -> None:
        self._call("POST")

    def do_DELETE(self) -> None:
        self._call("DELETE")

    def _call(self, method: str) -> None:
        mock = self.mock
        path = self.path.removeprefix(BASE)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else None
        mock.calls.append((method, path, body))
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if path == "messages" or method in mock.slow_methods:
            time.sleep(mock.delay)
        if mock.refusal and (not mock.refused_paths or path in mock.refused_paths):
            return self._json(*mock.refusal)
        if path == "conversations":
            return self._json(201, {"token": mock.new_token(), "messages": [mock.greeting]})
        if token not in mock.tokens:
            return self._json(401, {"error": "Samtalen er udløbet."})
        if path == "conversation":
            mock.tokens.discard(token)
            return self._send(204, b"", "text/plain")
        if path == "votes":
            return self._send(204, b"", "text/plain")
        if body.get("choice") in mock.over:
            return self._json(400, {"error": "Det valg kender jeg ikke."})
        reply = mock.script.pop(0) if mock.script else reply_to(body.get("text") or body["choice"])
        self._json(200, {"messages": reply})

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, policy: str | None = None) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            if policy:
                self.send_header("Content-Security-Policy", policy)
            if origin := self.headers.get("Origin"):
                self.send_header("Access-Control-Allow-Origin", origin)
                self.send_header("Access-Control-Allow-Methods", "POST, DELETE")
                self.send_header("Access-Control-Allow-Headers", "Authorization, Content-Type")
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # the page has gone
