"""The token that a chat window holds: the id of its conversation, signed, for a day."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable

import jwt

LIFETIME = 24 * 60 * 60  # seconds
_ALGORITHM = "HS256"
_ID = re.compile(r"[0-9a-f]{32}")


def new_conversation() -> str:
    """Make the id of a conversation: 128 random bits."""
    return secrets.token_hex(16)


class Tokens:
    """Signs and reads tokens."""

    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        """Derive the key; `now` gives the time in seconds."""
        self._key = hashlib.sha256(secret.encode()).digest()
        self._now = now

    def issue(self, conversation: str) -> str:
        """Sign the id of a conversation."""
        now = int(self._now())
        return jwt.encode(
            {"sub": conversation, "iat": now, "exp": now + LIFETIME}, self._key, algorithm=_ALGORITHM
        )

    def read(self, authorization: str, *, expired: bool = False) -> str | None:
        """Give the id that an Authorization header proves.

        Args:
            authorization: the header.
            expired: an expired token will do: what it began may still be deleted.

        Returns:
            The id; None for a header without a token, and for a foreign, changed or expired token.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            content = jwt.decode(
                token.strip(),
                self._key,
                algorithms=[_ALGORITHM],
                options={"require": ["sub", "iat", "exp"], "verify_exp": False, "verify_iat": False},
            )
            times = (content["iat"], content["exp"])
            conversation = content["sub"]
        except (jwt.PyJWTError, ValueError, UnicodeError):
            return None
        if not all(isinstance(value, int) for value in times) or self._now() < times[0]:
            return None
        if not expired and self._now() >= times[1]:
            return None
        return conversation if isinstance(conversation, str) and _ID.fullmatch(conversation) else None
