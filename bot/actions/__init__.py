"""How we answer: thin Rasa SDK actions. They read the tracker, call pure functions and send a reply."""

from bot.actions.answer import ActionBesvar
from bot.actions.base import lookup
from bot.actions.follow_up import ActionHvorfor, ActionJaNej, ActionSted
from bot.actions.offer import ActionOmIndsats
from bot.actions.recommend import ActionAnbefal

__all__ = ["ActionAnbefal", "ActionBesvar", "ActionHvorfor", "ActionJaNej", "ActionOmIndsats", "ActionSted"]

lookup()  # made at the start, so that the first person does not wait for it
