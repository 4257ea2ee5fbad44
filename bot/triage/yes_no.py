"""Does a message begin with yes or no?"""

from __future__ import annotations

import re
from typing import Literal

_YES_OR_NO = re.compile(r"\W*(?:(?P<nej>nej+|naeh?|nope|niks)|(?P<ja>ja+|jo+|jep))\b")


def opening(text: str) -> Literal["ja", "nej"] | None:
    """Tell whether a folded message begins with yes or no.

    Args:
        text: the message, folded.

    Returns:
        `ja`, `nej`, or None.
    """
    match = _YES_OR_NO.match(text)
    return match.lastgroup if match else None  # type: ignore[return-value]
