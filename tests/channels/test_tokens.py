"""A token proves one conversation for a day; everything else proves nothing."""

from __future__ import annotations

import base64
import json

import jwt
import pytest

from bot.channels.tokens import LIFETIME, Tokens, new_conversation

NOW = 1_800_000_000
ID = "0123456789abcdef0123456789abcdef"


def tokens(secret: str = "s" * 32, now: float = NOW) -> Tokens:
    return Tokens(secret, lambda: now)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


TOKEN = tokens().issue(ID)
HEAD, BODY, SIGN = TOKEN.split(".")
KEY = tokens()._key
OTHER = {"sub": "f" * 32, "iat": NOW, "exp": NOW + 60}


def signed(content: dict[str, object], algorithm: str = "HS256") -> str:
    return jwt.encode(content, KEY, algorithm=algorithm)


def test_a_conversation_has_128_random_bits() -> None:
    assert len({new_conversation() for _ in range(100)}) == 100
    assert len(bytes.fromhex(new_conversation())) == 16


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Bearer  {TOKEN} "])
def test_a_token_gives_its_conversation(header: str) -> None:
    assert tokens().read(header) == ID


@pytest.mark.parametrize("passed", [0, 1, LIFETIME - 1])
def test_a_token_holds_for_a_day(passed: int) -> None:
    assert tokens(now=NOW + passed).read(f"Bearer {TOKEN}") == ID


@pytest.mark.parametrize("passed", [LIFETIME, LIFETIME + 1, -2])
def test_a_token_holds_no_longer_and_not_before(passed: int) -> None:
    assert tokens(now=NOW + passed).read(f"Bearer {TOKEN}") is None


@pytest.mark.parametrize(("passed", "given"), [(0, ID), (LIFETIME, ID), (9 * LIFETIME, ID), (-2, None)])
def test_an_expired_token_will_do_where_that_is_said(passed: int, given: str | None) -> None:
    assert tokens(now=NOW + passed).read(f"Bearer {TOKEN}", expired=True) == given


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Basic {TOKEN}",
        f"Token {TOKEN}",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer \ud800",
        f"Bearer {TOKEN[:-4]}AAAA",  # signature changed
        f"Bearer {HEAD}.{part(OTHER)}.{SIGN}",  # another conversation under the old signature
        f"Bearer {HEAD}.{BODY}.",
        f"Bearer {part({'alg': 'none', 'typ': 'JWT'})}.{BODY}.",
        f"Bearer {part({'alg': 'none', 'typ': 'JWT'})}.{BODY}.{SIGN}",
        f"Bearer {signed(OTHER, 'HS512')}",
        f"Bearer {signed({'sub': ID, 'iat': NOW})}",  # no end
        f"Bearer {signed({'sub': ID, 'exp': NOW + 60})}",
        f"Bearer {signed({'iat': NOW, 'exp': NOW + 60})}",
        f"Bearer {signed({'sub': 'default', 'iat': NOW, 'exp': NOW + 60})}",
        f"Bearer {signed({'sub': '../' + ID, 'iat': NOW, 'exp': NOW + 60})}",
        f"Bearer {signed({'sub': ID, 'iat': 'x', 'exp': NOW + 60})}",
        f"Bearer {signed({'sub': ID, 'iat': NOW, 'exp': 'x'})}",
        f"Bearer {tokens('t' * 32).issue(ID)}",  # another secret
        f"Bearer {TOKEN} {TOKEN}",
        f"Bearer {TOKEN},Bearer {TOKEN}",
    ],
)
def test_anything_else_proves_nothing(header: str) -> None:
    assert tokens().read(header) is None
    assert tokens().read(header, expired=True) is None
