"""One thread for everything that Rasa does, so that nothing it does can keep the web server from answering.

A database call blocks the thread it runs on, and so does the model. Rasa runs both on the thread of the web
server: one call that hangs, and nobody gets an answer. Here they run on a thread of their own, and whoever
asks waits a few seconds at most.

The words of a person pass through this thread. Log records from it keep the place they come from and the
kind of the error, never their text: a failed database call quotes what it was to write.
"""

from __future__ import annotations

import asyncio
import logging
import os
import traceback
from collections.abc import Coroutine
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any, Generic, TypeVar

from bot.channels.bodies import Refused

T = TypeVar("T")


class GaveUp(Exception):
    """There was no result; the message says why, without anybody's words."""


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[T]):
    value: T | None = None
    fault: str | None = None
    refusal: Refused | None = None


class Worker:
    """A thread with an event loop, started by the first call."""

    def __init__(self) -> None:
        """Start nothing yet: the web server may still split into several processes."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._lock = Lock()

    async def run(self, work: Coroutine[Any, Any, T], seconds: float, *, finish: bool = False) -> T:
        """Run on the thread and wait for the result.

        Args:
            work: what to run.
            seconds: how long to wait.
            finish: whether it goes on when nobody waits any more; else it is cancelled.

        Raises:
            GaveUp: it failed, or took too long.
            Refused: it cannot be granted.
        """
        nobody_waits = Event()
        running = asyncio.run_coroutine_threadsafe(_outcome(work, nobody_waits), self._started())
        task = asyncio.wrap_future(running)
        try:
            outcome = await asyncio.wait_for(asyncio.shield(task) if finish else task, seconds)
        except asyncio.TimeoutError:
            raise GaveUp(f"no result in {seconds} seconds") from None
        finally:
            if not finish:
                nobody_waits.set()
        if outcome.refusal:
            raise Refused(outcome.refusal.reason)
        if outcome.fault:
            raise GaveUp(outcome.fault)
        return outcome.value  # type: ignore[return-value]

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._thread is None or not self._thread.is_alive():
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(target=self._loop.run_forever, name="rasa-worker", daemon=True)
                self._thread.start()
                _hush(self._thread)
            return self._loop


async def _outcome(work: Coroutine[Any, Any, T], nobody_waits: Event) -> _Outcome[T]:
    """Never raises: an exception that nobody fetches would be logged with what it quotes.

    Work that was given up while something else hung is not begun: it would only hold up the living.
    """
    if nobody_waits.is_set():
        work.close()
        return _Outcome(fault="given up before it began")
    try:
        return _Outcome(await work)
    except asyncio.CancelledError:
        raise
    except Refused as refusal:
        return _Outcome(refusal=refusal)
    except BaseException as error:  # Rasa ends the process when a database schema is missing
        return _Outcome(fault=describe(error))


def describe(error: BaseException) -> str:
    """Say what kind of error it is and where it comes from, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(
        f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames[-4:])
    )
    return f"{type(error).__name__} at {places or 'an unknown place'}"


def _hush(thread: Thread) -> None:
    """Let the log records of a thread say where and what, never in whose words."""
    make = logging.getLogRecordFactory()

    def factory(*arguments: Any, **options: Any) -> logging.LogRecord:
        record = make(*arguments, **options)
        if record.thread == thread.ident:
            error = record.exc_info[1] if record.exc_info else None
            what = f" ({describe(error)})" if error else ""
            record.msg = f"{record.filename}:{record.lineno} {record.funcName}{what}; its words are left out"
            record.args, record.exc_info, record.exc_text, record.stack_info = (), None, None, None
        return record

    logging.setLogRecordFactory(factory)
    logging.captureWarnings(True)  # Rasa warns of what it cannot read, and quotes it
