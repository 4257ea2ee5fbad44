"""What comes before everything else in a turn: danger, an interrupted guide, and never silence.

Pure decisions over plain data. A Rasa policy asks `plan_turn` before its other policies decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.knowledge.model import URGENT_LEVELS

GUIDE = "find_hjaelp"
LISTEN = "action_listen"
UNKNOWN = "ved_ikke"  # value of a guide slot that was skipped
STOP_GUIDE = "action_deactivate_loop"
RECOMMEND = "action_anbefal"
ANSWER = "action_besvar"
WHICH_PLACE = "action_sted"
ABOUT_OFFER = "action_om_indsats"
YES_OR_NO = "action_ja_nej"
TECHNICAL_FAULT = "utter_teknisk_fejl"
NOT_UNDERSTOOD = "utter_forstod_ikke"
GREETING = "utter_hilsen"
GOODBYE = "utter_farvel"
SURE_IN_DANGER = 0.4  # right after an urgent answer, what is less clear gets the urgent answer again
SURE_OF_NEED = 0.6  # from here on the need outweighs an offer that is named or was spoken of
FEW_WORDS = 10  # a longer message says more than yes or no
MOST_ACTIONS = 6  # no turn needs more; Rasa itself stops at ten, without listening again
SAFETY_QUESTION = "utter_sikkerhed"
SAFE_NOW = "utter_i_sikkerhed"
URGENT_PLACE = "utter_akut_sted"
URGENT_UTTERANCES = (
    "utter_livsfare_nu",
    "utter_selvmordstanker_anden",
    "utter_selvmordstanker_selv",
    "utter_vold_trusler",
    "utter_akut_forvaerring",
    "utter_forsvundet",
    "utter_barn_i_fare",
    "utter_akut_hjaelp",
    "utter_fare_en",
    "utter_fare_sv",
    "utter_fare_no",
    "utter_fare_de",
    URGENT_PLACE,
)
# Intents that answer a question of the guide; any other need is a question of its own.
_GUIDE_ANSWERS: dict[str, frozenset[str]] = {
    "fare": frozenset({"ja", "nej"}),
    "relation": frozenset({"oplys_relation"}),
    "omraade": frozenset({"oplys_omraade", "misbrug", "hjerneskade", "ensom_netvaerk"}),
    "behov": frozenset(
        {
            "oplys_behov",
            "tal_med_nogen",
            "moede_ligestillede",
            "laere_mere",
            "aflastning",
            "bisidder",
            "graenser",
            "inddragelse",
            "tavshedspligt_generelt",
            "tavshedspligt_uden_samtykke",
            "arbejde_oekonomi",
            "paaroerende_i_krise",
            "ensom_netvaerk",
        }
    ),
    "region": frozenset({"oplys_sted"}),
}
_GUIDE_NEUTRAL = frozenset({"ja", "nej", "tak", "hilsen", "uden_for_emne", "find_tilbud"})
_SAY_NOTHING = frozenset({"uden_for_emne", "hvad_kan_du", "andet_sprog", "hilsen"})
_OWN_ACTIONS = frozenset({"hvorfor", "om_indsats"})
SPOKEN_NEEDS = frozenset({"hvad_kan_du", "er_du_menneske", "anonymitet", "andet_sprog"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One message and what has been done about it so far.

    Attributes:
        intent: need that was understood.
        confidence: how sure the classifier is, 0 to 1.
        level: urgency of the message.
        language: language of the danger sign that fired, `da` without one.
        foreign_script: the message is written in other letters than ours.
        guide_active: the guide was asking when the message came.
        requested: the slot that the guide asked for when the message came, or None.
        filled: the message filled the slot that was asked for.
        ambiguous_place: the message names a place that several municipalities have.
        knows: something is known about the situation already.
        danger_open: an urgent answer was given and nobody has said since that all are safe.
        asked: name of the question that the assistant asked last, or None.
        words: number of words in the message.
        opens_with: `ja` or `nej` where the message begins with one of them.
        names_offer: the message names an offer.
        urgent_before: name of the urgent response of the turn before, or None.
        about_offer: a short question that leans on the offer of the last answer ("hvad koster det?").
        question: the message reads like a question.
        unknown_command: the message looks like a command (`/abc`) that there is not.
        skip: the message asks to skip the question.
        finish: the message asks for what there is, without more questions.
        actions: names of the actions run since the message, oldest first.
        spoke: the assistant has said something since the message.
        guide_closed: the guide ended since the message.
    """

    intent: str
    confidence: float = 1.0
    level: str = "info"
    language: str = "da"
    foreign_script: bool = False
    guide_active: bool = False
    requested: str | None = None
    filled: bool = False
    ambiguous_place: bool = False
    knows: bool = False
    danger_open: bool = False
    asked: str | None = None
    words: int = 1
    opens_with: str | None = None
    names_offer: bool = False
    urgent_before: str | None = None
    about_offer: bool = False
    question: bool = False
    unknown_command: bool = False
    skip: bool = False
    finish: bool = False
    actions: tuple[str, ...] = ()
    spoke: bool = False
    guide_closed: bool = False


def urgent_utterance(intent: str, level: str, language: str = "da") -> str:
    """Name the response that answers an urgent message.

    Args:
        intent: the need that was understood.
        level: `livsfare` or `akut`.
        language: language in which the danger was written.

    Returns:
        A name in `URGENT_UTTERANCES`.
    """
    if language != "da":
        return f"utter_fare_{language}"
    if level == "livsfare":
        return "utter_livsfare_nu"
    own = f"utter_{intent}"
    return own if own in URGENT_UTTERANCES and intent != "livsfare_nu" else "utter_akut_hjaelp"


def plan_turn(turn: Turn) -> tuple[str, ...] | None:
    """Plan the actions of a turn that must not be left to the rules.

    Args:
        turn: the message as understood and the state of the conversation before it was answered.

    Returns:
        Names of actions in order, or None where the rules decide.
    """
    stop = (STOP_GUIDE,) if turn.guide_active else ()
    if turn.level in URGENT_LEVELS and not (turn.guide_active and (turn.skip or turn.finish)):
        return (urgent_utterance(turn.intent, turn.level, turn.language), *stop, LISTEN)
    says = {turn.intent, turn.opens_with}
    if turn.asked == "sikkerhed" and "nej" in says:
        return ("utter_livsfare_nu", *stop, LISTEN)
    if turn.asked == "sikkerhed" and "ja" in says:
        return (SAFE_NOW, LISTEN)
    if turn.asked == "egen_sikkerhed" and "ja" in says:
        return ("utter_selvmordstanker_selv", *stop, LISTEN)
    if turn.guide_active and turn.requested == "fare" and turn.intent == "ja":
        return ("utter_akut_hjaelp", *stop, LISTEN)
    if turn.danger_open and "nej" in says:
        return (SAFETY_QUESTION, LISTEN)
    if turn.danger_open and turn.intent == "oplys_sted":
        return (WHICH_PLACE if turn.ambiguous_place else URGENT_PLACE, LISTEN)
    if turn.urgent_before and turn.confidence < SURE_IN_DANGER and not turn.guide_active:
        return (turn.urgent_before, LISTEN)
    if turn.intent == "session_start":
        return (GREETING, LISTEN)
    if turn.intent == "back" or turn.unknown_command:
        return (NOT_UNDERSTOOD, LISTEN)
    if turn.intent in ("start_forfra", "restart"):
        return None
    if turn.foreign_script:  # who writes so cannot read the guide, whatever is asked
        return ("utter_andet_sprog", *stop, LISTEN)
    if turn.guide_active:
        return _plan_guide(turn)
    if _leans_on_offer(turn) or (turn.names_offer and turn.intent in _SAY_NOTHING):
        return (ABOUT_OFFER, LISTEN)
    if turn.asked and turn.opens_with and turn.words <= FEW_WORDS:
        return (YES_OR_NO, LISTEN)
    if turn.intent == "find_tilbud" and turn.knows:
        return (RECOMMEND, LISTEN)
    return None


def _plan_guide(turn: Turn) -> tuple[str, ...] | None:
    if turn.finish:
        return (STOP_GUIDE, RECOMMEND, LISTEN)
    if turn.intent == "farvel" and not turn.filled:  # "nå okay. det er angst": an answer
        return (GOODBYE, STOP_GUIDE, LISTEN)
    if turn.requested == "region" and turn.ambiguous_place and not turn.filled:
        return (WHICH_PLACE, LISTEN)
    if turn.skip or turn.intent in _GUIDE_ANSWERS.get(turn.requested or "", frozenset()):
        return None
    if turn.intent in _GUIDE_NEUTRAL or turn.intent.startswith("oplys_"):
        return None
    if turn.filled and not turn.question:  # "det er min bror", "hun drikker": an answer
        return None
    return (
        ABOUT_OFFER if _leans_on_offer(turn) else answer_action(turn.intent),
        GUIDE,
        LISTEN,
    )


def _leans_on_offer(turn: Turn) -> bool:
    """A question what staff may say is about confidentiality, whatever was spoken of before."""
    asks_staff = turn.intent.startswith("tavshedspligt") and turn.confidence >= SURE_OF_NEED
    return turn.about_offer and not asks_staff


def answer_action(intent: str) -> str:
    """Name the action or response that answers a need which interrupts the guide."""
    if intent in _OWN_ACTIONS:
        return f"action_{intent}"
    return f"utter_{intent}" if intent in SPOKEN_NEEDS else ANSWER


def next_action(turn: Turn, silent_actions: Sequence[str] = ()) -> str | None:
    """Choose the next action of a turn, or leave it to the rules.

    Args:
        turn: the message and what has been done about it so far.
        silent_actions: names of the actions that must have spoken once they have run.

    Returns:
        The name of an action, or None where the rules decide.
    """
    done = turn.actions
    plan = plan_turn(turn)
    if (
        done
        and not turn.spoke
        and done[-1] in silent_actions
        and not (turn.guide_closed and done[-1] == GUIDE)
    ):
        return TECHNICAL_FAULT
    if done and (done[-1] in (TECHNICAL_FAULT, NOT_UNDERSTOOD) or len(done) >= MOST_ACTIONS):
        return LISTEN
    if plan is None or done != plan[: len(done)] or len(done) >= len(plan):
        return None
    return plan[len(done)]
