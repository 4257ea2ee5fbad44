"""What the environment says about the web channel, read and checked once."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from limits import RateLimitItem, parse_many

ROOT = Path(__file__).resolve().parents[2]
VOTES = ".rasa/votes.sqlite3"
SHORTEST_SECRET = 32  # characters
PER_CONVERSATION = "20/minute"
PER_ADDRESS = "240/minute"  # a ward, a library or a telephone company may share one address
NEW_CONVERSATIONS = "30/minute; 300/hour"


class SettingError(ValueError):
    """A variable of the environment cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the web channel.

    Attributes:
        secret: key that signs the tokens.
        origins: other sites whose pages may use the channel, as `https://example.org`.
        proxies: number of own proxies in front, each of which adds an address to X-Forwarded-For.
        votes: file of the counted votes.
        per_conversation: how often one conversation may write.
        per_address: how often one address may call.
        new_conversations: how often one address may begin a conversation.
    """

    secret: str
    origins: frozenset[str]
    proxies: int
    votes: Path
    per_conversation: tuple[RateLimitItem, ...]
    per_address: tuple[RateLimitItem, ...]
    new_conversations: tuple[RateLimitItem, ...]


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        SettingError: a value cannot be used.
    """
    secret = environ.get("WEB_SECRET", "")
    if secret and len(secret) < SHORTEST_SECRET:
        raise SettingError(f"WEB_SECRET is too short: it needs {SHORTEST_SECRET} characters.")
    proxies = environ.get("WEB_PROXIES", "").strip() or "0"
    if not (proxies.isascii() and proxies.isdigit()):
        raise SettingError("WEB_PROXIES is no number.")
    return Settings(
        secret=secret or secrets.token_urlsafe(32),
        origins=frozenset(filter(None, map(_origin, environ.get("WEB_ORIGINS", "").split(",")))),
        proxies=int(proxies),
        votes=ROOT / (environ.get("WEB_VOTES", "").strip() or VOTES),
        per_conversation=_rates(
            "WEB_LIMIT_CONVERSATION", environ.get("WEB_LIMIT_CONVERSATION", ""), PER_CONVERSATION
        ),
        per_address=_rates("WEB_LIMIT_ADDRESS", environ.get("WEB_LIMIT_ADDRESS", ""), PER_ADDRESS),
        new_conversations=_rates("WEB_LIMIT_NEW", environ.get("WEB_LIMIT_NEW", ""), NEW_CONVERSATIONS),
    )


def _origin(text: str) -> str:
    origin = text.strip().rstrip("/").lower()
    if not origin:
        return ""
    parts = urlsplit(origin)
    if (
        parts.scheme not in ("http", "https")
        or not parts.netloc
        or origin != f"{parts.scheme}://{parts.netloc}"
    ):
        raise SettingError(
            f"WEB_ORIGINS holds '{text.strip()}', but an origin reads like https://example.org."
        )
    return origin


def _rates(name: str, text: str, default: str) -> tuple[RateLimitItem, ...]:
    try:
        return tuple(parse_many(text.strip() or default))
    except ValueError:
        raise SettingError(f"{name} is '{text}', but a rate reads like 20/minute.") from None
