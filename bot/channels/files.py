"""The files that people's browsers load: what lies in `bot/web/`, and the description of the calls."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

WEB = Path(__file__).resolve().parents[1] / "web"
DESCRIPTION = Path(__file__).with_name("openapi.json")
WIDGET = "widget.js"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)?")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent."""

    content: bytes
    packed: bytes
    content_type: str


def find_file(name: str, folder: Path = WEB) -> File | None:
    """Find what a path names: `widget.js` is itself, `demo` is `demo.html`.

    Args:
        name: one name without folders.
        folder: where the files lie.

    Returns:
        The file; None if there is none by that name.
    """
    if not _NAME.fullmatch(name):
        return None
    path = DESCRIPTION if name == DESCRIPTION.name else folder / (name if "." in name else f"{name}.html")
    if path.suffix not in _TYPES or ("." in name and path.suffix == ".html"):
        return None
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> File:
    content = path.read_bytes()
    return File(content, gzip.compress(content, mtime=0), _TYPES[path.suffix])
