"""Which pages may use the channel, and the headers that keep a browser from doing more than it should."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "600",
}


def is_own(origin: str, host: str) -> bool:
    """Tell whether a page comes from this server.

    Args:
        origin: the header Origin; the scheme is not compared, since a proxy may have taken off the TLS.
        host: the header Host.
    """
    try:
        page, server = urlsplit(origin.lower()), urlsplit(f"//{host.lower()}")
        if page.scheme not in _PORTS or not page.hostname or page.hostname != server.hostname:
            return False
        default = _PORTS[page.scheme]
        return (page.port or default) == (server.port or default)
    except ValueError:  # a port that is no number
        return False


def may_call(origin: str, host: str, origins: Collection[str]) -> bool:
    """Tell whether a page may call; a call without an Origin comes from no page of another site."""
    return not origin or origin.lower() in origins or is_own(origin, host)


def sharing_headers(origin: str, origins: Collection[str]) -> dict[str, str]:
    """Give the headers that let an allowed page read an answer; a foreign page gets none."""
    allowed = {"Access-Control-Allow-Origin": origin, **_ALLOWED} if origin.lower() in origins else {}
    return {"Vary": "Origin, Accept-Encoding", **allowed}


def guarding_headers(content_type: str, origins: Collection[str]) -> dict[str, str]:
    """Give the headers that every answer carries.

    Args:
        content_type: a page may load its own script, style and pictures, anything else nothing.
        origins: pages that may show a page of ours in a frame, besides ours.
    """
    frames = " ".join(["'self'", *sorted(origins)])
    own = "; ".join(f"{what} 'self'" for what in ("script-src", "style-src", "connect-src", "img-src"))
    own += "; base-uri 'none'; form-action 'none'"
    is_page = content_type.startswith("text/html")
    policy = f"{own}; frame-ancestors {frames}" if is_page else "frame-ancestors 'none'"
    return {
        "Content-Security-Policy": f"default-src 'none'; {policy}",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
