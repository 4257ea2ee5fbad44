"""How long the Rasa server waits for the action server.

Rasa waits 300 seconds, and the next message of the same person waits behind the first. A person in
danger must not: after a few seconds the turn gets the fixed safe message and the next one is read.
"""

from __future__ import annotations

import rasa.core.actions.action as rasa_action

ACTION_LIMIT = 3.0  # seconds; an action answers in less than 0.1, and the web channel waits five in all


def limit_waiting() -> None:
    """Let requests to the action server end after `ACTION_LIMIT` seconds.

    Rasa 3.6 has no setting for it; the constant is read at every request.
    """
    rasa_action.DEFAULT_REQUEST_TIMEOUT = ACTION_LIMIT
