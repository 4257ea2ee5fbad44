"""Counts thumbs by day, need and kind of answer. Nothing ties a vote to a conversation."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from bot.channels.bodies import Vote

_TABLE = """
CREATE TABLE IF NOT EXISTS votes (
    day TEXT, need TEXT, kind TEXT, vote TEXT, number INTEGER NOT NULL, PRIMARY KEY (day, need, kind, vote)
)
"""
_COUNT = """
INSERT INTO votes VALUES (?, ?, ?, ?, 1) ON CONFLICT (day, need, kind, vote) DO UPDATE SET number = number + 1
"""


def count_vote(file: Path, vote: Vote, day: date) -> None:
    """Count a vote.

    Raises:
        OSError: the folder cannot be made.
        sqlite3.Error: the file cannot be written within two seconds.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file, timeout=2)) as votes, votes:
        votes.execute(_TABLE)
        votes.execute(_COUNT, (day.isoformat(), vote.need or "", vote.kind, vote.vote))
