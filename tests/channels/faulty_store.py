"""A tracker store in SQLite that fails when a file says so. The server under test loads it by its name."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rasa.core.tracker_store import SQLTrackerStore


class FaultyStore(SQLTrackerStore):
    """`hang` and `raise` in the file make every call hang or raise, `raise-save` only those that write."""

    def __init__(self, *arguments: Any, fault: str, **options: Any) -> None:
        self._fault = Path(fault)
        super().__init__(*arguments, **options)

    async def retrieve(self, sender_id: str) -> Any:
        self._fail(f"SELECT {sender_id}", ("hang", "raise"))
        return await super().retrieve(sender_id)

    async def save(self, tracker: Any) -> None:
        words = [getattr(event, "text", None) for event in tracker.events]
        self._fail(
            f"INSERT {words}", ("hang", "raise", "raise-save")
        )  # databases quote what they were to write
        await super().save(tracker)

    def _fail(self, statement: str, faults: tuple[str, ...]) -> None:
        while (fault := self._fault.read_text()) == "hang":
            time.sleep(0.05)  # blocks the thread, as a database does that is gone
        if fault in faults:
            raise OSError(f"[SQL: {statement}]")
