"""How often one conversation and one address may call: a moving window, in memory."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_TIDY_AFTER = 1000  # calls


class Rates:
    """Counts calls. What is refused is not counted, so that waiting always helps."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._calls = 0

    def wait(self, limits: Iterable[RateLimitItem], *who: str) -> int | None:
        """Count a call.

        Args:
            limits: what is allowed; each must hold.
            who: name of what is limited, and of its kind.

        Returns:
            None if the call is allowed, else the seconds to wait.
        """
        self._tidy()
        limits = tuple(limits)
        for limit in limits:
            if not self._limiter.test(limit, *who):
                return max(1, math.ceil(self._limiter.get_window_stats(limit, *who)[0] - time.time()))
        for limit in limits:
            self._limiter.hit(limit, *who)
        return None

    def forget(self, *who: str) -> None:
        """Drop what was counted."""
        part = "/".join(who)
        for key in [key for key in self._storage.events if part in key]:
            self._storage.events.pop(key, None)

    def _tidy(self) -> None:
        """The storage keeps an empty list for whoever has ever called."""
        self._calls += 1
        if self._calls % _TIDY_AFTER == 0:
            for key in [key for key, events in list(self._storage.events.items()) if not events]:
                self._storage.events.pop(key, None)


def caller(peer: str, forwarded: str, proxies: int) -> str:
    """Find out who calls.

    Args:
        peer: address of the other end of the connection.
        forwarded: the header X-Forwarded-For; everything in it but what own proxies added may be made up.
        proxies: number of own proxies.

    Returns:
        The address; of an IPv6 address the network, since one household has millions.
    """
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    address = hops[-proxies] if 0 < proxies <= len(hops) else peer
    try:
        parsed = ip_address(address.strip("[]"))
    except ValueError:
        return peer
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped) if parsed.ipv4_mapped else parsed.exploded[:19]
    return str(parsed)
