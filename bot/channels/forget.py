"""Deletes a conversation from wherever Rasa keeps it: Rasa 3.6 itself has no way to do so."""

from __future__ import annotations

from collections.abc import Iterator

from rasa.core.tracker_store import (
    AwaitableTrackerStore,
    FailSafeTrackerStore,
    InMemoryTrackerStore,
    RedisTrackerStore,
    SQLTrackerStore,
    TrackerStore,
)


class CannotForget(TypeError):
    """Conversations of this kind of tracker store cannot be deleted."""


def stores_in(store: TrackerStore) -> Iterator[TrackerStore]:
    """Give the stores behind Rasa's wrappers; the first is the one that should be used."""
    if isinstance(store, (FailSafeTrackerStore, AwaitableTrackerStore)):
        yield from stores_in(store._tracker_store)
        spare = getattr(store, "_fallback_tracker_store", None)  # there after the first failure
        if spare is not None:
            yield from stores_in(spare)
    else:
        yield store


def check_forgetful(store: TrackerStore) -> None:
    """Check that conversations can be deleted.

    Raises:
        CannotForget: the kind of store is not known here.
    """
    for inner in stores_in(store):
        if not isinstance(inner, (InMemoryTrackerStore, SQLTrackerStore, RedisTrackerStore)):
            raise CannotForget(f"The web channel cannot delete conversations from a {type(inner).__name__}.")


def forget(store: TrackerStore, conversation: str) -> None:
    """Delete a conversation. It need not be there.

    Raises:
        CannotForget: the kind of store is not known here.
        Exception: what the store raises when it cannot be reached.
    """
    for inner in stores_in(store):
        if isinstance(inner, InMemoryTrackerStore):
            inner.store.pop(conversation, None)
        elif isinstance(inner, SQLTrackerStore):
            _forget_rows(inner, conversation)
        elif isinstance(inner, RedisTrackerStore):
            inner.red.delete(inner.key_prefix + conversation)
        else:
            check_forgetful(inner)


def _forget_rows(store: SQLTrackerStore, conversation: str) -> None:
    with store.session_scope() as session:
        if store.engine.dialect.name == "sqlite":
            # else the words stay in the file until their place is needed
            session.connection().exec_driver_sql("PRAGMA secure_delete = ON")
        session.query(store.SQLEvent).filter(store.SQLEvent.sender_id == conversation).delete()
        session.commit()
