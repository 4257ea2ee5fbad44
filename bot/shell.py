"""`rasa shell` that reads as a talk: text first, then its buttons, and no JSON.

Rasa's own prints the buttons of a message before its text, and every `custom` in full. The arguments are
those of `rasa shell`.
"""

from __future__ import annotations

import sys
from typing import Any

import rasa.__main__
from rasa.core.channels import console

_print_rasa = console._print_bot_output


def print_message(message: dict[str, Any], is_latest_message: bool = False, **style: Any) -> None:
    """Print one message of the assistant; the next line is always free text, never a menu."""
    for part in ("text", "buttons"):
        if message.get(part):
            _print_rasa({part: message[part]}, is_latest_message=False, **style)


if __name__ == "__main__":
    console._print_bot_output = print_message
    sys.argv = ["rasa", "shell", *sys.argv[1:]]
    rasa.__main__.main()
