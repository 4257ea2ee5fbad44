"""The guarded web channel: what a chat window on a website talks with. Mounted under /webhooks/web.

The calls are described in `openapi.json`. What comes in is checked here, what the assistant does is asked of
`Talk` on a thread of its own, and whatever goes wrong there, the person reads a message with the emergency
number.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import date
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.exceptions import InvalidUsage, MethodNotSupported, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot import replies
from bot.channels import bodies, fixed, talk
from bot.channels.bodies import LARGEST, STATUS, Reason, Refused, read_nothing, read_said, read_vote
from bot.channels.collector import NAME, Collector
from bot.channels.files import WIDGET, find_file
from bot.channels.fixed import Message
from bot.channels.forget import check_forgetful
from bot.channels.origins import guarding_headers, may_call, sharing_headers
from bot.channels.rates import Rates, caller
from bot.channels.redaction import redact
from bot.channels.settings import Settings, read_settings
from bot.channels.talk import Talk
from bot.channels.tokens import Tokens, new_conversation
from bot.channels.votes import count_vote
from bot.channels.worker import GaveUp, Worker, describe
from bot.knowledge import load_knowledge
from bot.phrases import load_phrases

logger = logging.getLogger(__name__)

PATIENCE = 4.5  # seconds that a turn may take; the answer is there within five
BODY_LIMIT = 10.0  # seconds that a body may take
READY_FOR = 10.0  # seconds that a result of /ready is given again
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CHANGING = ("POST", "DELETE")
_DIGITS = 15  # of a length; Python refuses to read a number of thousands

Handler = Callable[[Request], Awaitable[HTTPResponse]]


class WebChannel(InputChannel):
    """Rasa loads it by its name in `credentials.yml`."""

    @classmethod
    def name(cls) -> str:
        """Where it is mounted."""
        return NAME

    def __init__(self, settings: Settings | None = None) -> None:
        """Read the settings and what is needed when nothing else works.

        Raises:
            SettingError: a setting cannot be used.
            KnowledgeError: the knowledge base has faults.
        """
        self._settings = settings or read_settings()
        self._tokens = Tokens(self._settings.secret)
        self._rates = Rates()
        self._worker = Worker()
        self._ready = (0.0, {"status": "fault"})
        self._checking: asyncio.Lock | None = None
        knowledge = load_knowledge()
        self._phones = replies.known_phones(knowledge)
        self._places = frozenset(
            name.lower() for town in knowledge.municipalities for name in (town.name, *town.aliases)
        )
        fixed.fallback()
        self._calls: Mapping[str, Mapping[str, Handler]] = {
            "conversations": {"POST": self._begin},
            "messages": {"POST": self._say},
            "conversation": {"DELETE": self._forget},
            "votes": {"POST": self._vote},
            "health": {"GET": self._health},
            "ready": {"GET": self._is_ready},
        }

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Make the routes; one handler takes them all, so that every refusal reads the same."""
        routes = _Blueprint("web_channel")

        @routes.route("/", methods=METHODS, stream=True)
        async def root(request: Request) -> HTTPResponse:
            return await self._answer(request, "")

        @routes.route("/<name:path>", methods=METHODS, stream=True)
        async def call(request: Request, name: str) -> HTTPResponse:
            return await self._answer(request, name)

        @routes.on_response
        async def guard(request: Request, response: HTTPResponse) -> None:
            self._set_headers(request, response)

        @routes.after_server_start
        async def check(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            agent = getattr(app.ctx, "agent", None)
            if agent is not None:
                check_forgetful(agent.tracker_store)

        return routes

    # ------------------------------------------------------------ around every call

    async def _answer(self, request: Request, name: str) -> HTTPResponse:
        request.stream.request_max_size = 4 * LARGEST  # more of a refused body is not even read
        try:
            return await self._call(request, name)
        except Refused as refused:
            return self._refusal(refused.reason)
        except Exception as error:
            logger.error("a call failed: %s", describe(error))
            return self._refusal("fejl")

    async def _call(self, request: Request, name: str) -> HTTPResponse:
        methods = self._calls.get(name)
        if methods is None:
            methods = {"GET": functools.partial(self._file, name)} if find_file(name) else {}
        if not methods:
            raise Refused("findes_ikke")
        if request.method == "OPTIONS":
            return HTTPResponse(status=204)
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            refusal = self._refusal("metode")
            refusal.headers["Allow"] = ", ".join(methods)
            return refusal
        if request.method in CHANGING:
            if not may_call(_header(request, "origin"), _header(request, "host"), self._settings.origins):
                raise Refused("side")
            address = caller(request.ip, _header(request, "x-forwarded-for"), self._settings.proxies)
            wait = self._rates.wait(self._settings.per_address, "address", address)
            if wait is None and name == "conversations":
                wait = self._rates.wait(self._settings.new_conversations, "new", address)
            if wait is not None:
                return self._too_many(wait)
        return await handler(request)

    def _set_headers(self, request: Request, response: HTTPResponse) -> None:
        if request.method == "OPTIONS":  # Rasa's own middleware may have answered it
            response.status = 204
        for header in [header for header in response.headers if header.lower().startswith("access-control-")]:
            del response.headers[header]  # Rasa's --cors is not for this channel
        origins = self._settings.origins
        response.headers.update(sharing_headers(_header(request, "origin"), origins))
        response.headers.update(guarding_headers(response.content_type or "", origins))
        response.headers.setdefault("Cache-Control", "no-store")

    def _refusal(self, reason: Reason, **more: Any) -> HTTPResponse:
        phrases = load_phrases()
        response = json({"error": phrases.text(f"web_fejl_{reason}"), **more}, STATUS[reason])
        if reason == "adgang":
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def _too_many(self, wait: int) -> HTTPResponse:
        response = self._refusal("for_mange", phones=fixed.emergency_phones())
        response.headers["Retry-After"] = str(wait)
        return response

    # ------------------------------------------------------------ the calls

    async def _begin(self, request: Request) -> HTTPResponse:
        read_nothing(await _body(request))
        conversation = new_conversation()
        messages = await self._turn(request, conversation, lambda talk, collector: talk.begin(collector))
        return json({"token": self._tokens.issue(conversation), "messages": messages}, 201)

    async def _say(self, request: Request) -> HTTPResponse:
        body = await _body(request)
        conversation = self._conversation(request)
        wait = self._rates.wait(self._settings.per_conversation, "conversation", conversation)
        if wait is not None:
            return self._too_many(wait)
        said = read_said(body)
        if not said.chosen:
            said = bodies.Said(redact(said.text, self._phones, self._places), False)
        return json(
            {
                "messages": await self._turn(
                    request, conversation, lambda talk, collector: talk.say(said, collector)
                )
            }
        )

    async def _forget(self, request: Request) -> HTTPResponse:
        conversation = self._conversation(request, expired=True)
        try:
            await self._ask(_talk(request, conversation).forget(), finish=True)
        except GaveUp as reason:
            logger.error("a conversation was not deleted: %s", reason)
            raise Refused("sletning") from None
        self._rates.forget("conversation", conversation)
        return HTTPResponse(status=204)

    async def _vote(self, request: Request) -> HTTPResponse:
        body = await _body(request)
        conversation = self._conversation(request)
        vote = read_vote(body, replies.KINDS, load_knowledge().needs)
        try:
            await self._ask(_talk(request, conversation).check())
            write = functools.partial(count_vote, self._settings.votes, vote, date.today())
            await asyncio.get_running_loop().run_in_executor(None, write)
        except Refused:
            raise
        except Exception as error:  # a lost vote is nothing that the person should be troubled with
            logger.error("a vote was not counted: %s", describe(error))
        return HTTPResponse(status=204)

    async def _file(self, name: str, request: Request) -> HTTPResponse:
        file = find_file(name)
        if file is None:
            raise Refused("findes_ikke")
        packed = "gzip" in _header(request, "accept-encoding")
        response = HTTPResponse(
            file.packed if packed else file.content,
            headers={"Cache-Control": "public, max-age=300"},
            content_type=file.content_type,
        )
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        if name == WIDGET:
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    async def _health(self, request: Request) -> HTTPResponse:
        return json({"status": "ok"})

    async def _is_ready(self, request: Request) -> HTTPResponse:
        self._checking = self._checking or asyncio.Lock()
        async with self._checking:
            made, result = self._ready
            if not made or time.monotonic() - made > READY_FOR:
                result = await self._check_all(request)
                self._ready = (time.monotonic(), result)
        return json(result, 200 if result["status"] == "ok" else 503)

    async def _check_all(self, request: Request) -> dict[str, Any]:
        agent = getattr(request.app.ctx, "agent", None)
        checks: dict[str, Callable[[Agent], Coroutine[Any, Any, bool]]] = {
            "model": talk.is_loaded,
            "actions": talk.actions_answer,
            "store": talk.store_answers,
            "danger": talk.sees_danger,
        }
        results = await asyncio.gather(*(self._check(check, agent) for check in checks.values()))
        status = "ok" if all(results) else "fault"
        return {"status": status, "checks": dict(zip(checks, results, strict=True))}

    async def _check(self, check: Callable[[Agent], Coroutine[Any, Any, bool]], agent: Agent | None) -> bool:
        try:
            return agent is not None and await self._ask(check(agent))
        except (GaveUp, Refused):
            return False

    # ------------------------------------------------------------ asking Rasa

    def _conversation(self, request: Request, *, expired: bool = False) -> str:
        conversation = self._tokens.read(_header(request, "authorization"), expired=expired)
        if conversation is None:
            raise Refused("adgang")
        return conversation

    async def _ask(self, work: Coroutine[Any, Any, Any], *, finish: bool = False) -> Any:
        return await self._worker.run(work, PATIENCE, finish=finish)

    async def _turn(
        self,
        request: Request,
        conversation: str,
        say: Callable[[Talk, Collector], Coroutine[Any, Any, None]],
    ) -> list[Message]:
        """Hold a turn. Whatever fails, there is something to read; danger is answered if the store hangs."""
        collector = Collector()
        try:
            await self._ask(say(_talk(request, conversation), collector))
        except GaveUp as reason:
            logger.error("a turn failed: %s", reason)
            if not (collector.urgent and collector.says_something):
                return [fixed.fallback()]
        if not collector.says_something:
            logger.error("a turn brought no answer")
            return [fixed.fallback()]
        return list(collector.messages)


class _Blueprint(Blueprint):
    """A blueprint that has Sanic check the head of every request: it answers a wrong length with a 500."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        super().register(app, options)
        app.add_signal(_check_length, "http.lifecycle.read_head")
        app.exception(MethodNotSupported)(_answer_method)


async def _check_length(head: bytes) -> None:
    fields = [line.partition(b":") for line in head.lower().split(b"\r\n")[1:]]
    lengths = [value.strip() for name, _, value in fields if name.strip() == b"content-length"]
    codings = [value.strip() for name, _, value in fields if name.strip() == b"transfer-encoding"]
    if (
        len(lengths) + len(codings) > 1
        or not all(length.isdigit() and len(length) <= _DIGITS for length in lengths)
        or codings not in ([], [b"chunked"])
    ):
        raise InvalidUsage("Bad Request")


async def _answer_method(request: Request, exception: MethodNotSupported) -> HTTPResponse:
    """Say which methods there are, as HTTP asks for: Rasa's middleware loses the header."""
    response = json({"error": load_phrases().text("web_fejl_metode")}, 405)
    response.headers["Allow"] = exception.headers["Allow"]
    return response


def _talk(request: Request, conversation: str) -> Talk:
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None:
        raise GaveUp("there is no agent")
    return Talk(agent, conversation)


def _header(request: Request, name: str) -> str:
    return ",".join(request.headers.getall(name, []))


async def _body(request: Request) -> bytes:
    """Read a body, as little of it as is needed to see that it is too large.

    Raises:
        Refused: it is too large, too slow or broken.
    """
    if int(_header(request, "content-length") or 0) > LARGEST:
        raise Refused("for_stor")
    try:
        return await asyncio.wait_for(_read(request), BODY_LIMIT)
    except (asyncio.TimeoutError, SanicException) as error:
        request.stream.keep_alive, request.stream.request_body = False, None  # whatever comes is not read
        raise Refused("langsom" if isinstance(error, asyncio.TimeoutError) else "json") from None


async def _read(request: Request) -> bytes:
    body = b""
    while part := await request.stream.read():
        body += part
        if len(body) > LARGEST:
            raise Refused("for_stor")
    return body
