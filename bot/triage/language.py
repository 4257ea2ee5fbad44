"""Which language a message is written in, as far as an urgent answer needs to know."""

from __future__ import annotations

from bot.knowledge.model import Language
from bot.triage.text import fold

# Frequent words that mark one language against Danish and the other three, folded. Words that two of them share
# ("er", "vil", "min", "was") are left out.
_MARKS: dict[Language, frozenset[str]] = {
    "en": frozenset(
        "the is my and he she they has have wants want to of with not please help what should do just "
        "himself herself kill says said brother sister husband wife mother father son daughter".split()
    ),
    "sv": frozenset("och jag inte aer att haer vad ska saeger saejer fraan mycket naagon sjaelv hon ta mig".split()),
    "no": frozenset("hva noen ikkje naa sier gjoer skjoenner broren soesteren moren faren seg drepe hjelp jeg".split()),
    "de": frozenset("ich und nicht ist meine mein meiner hat sie die das bitte hilfe sich liegt neben ihr im bad ein eine "
        "mutter vater bruder schwester tochter sohn mann auf ins braucht".split()),
}
_DANISH = frozenset(
    "og ikke jeg det hun han har hvad siger af nu vil ham hende mig sig nogen selv hjaelp ikk ik lige til".split()
)
_LEAST = 3  # marks that a message must have; fewer may be a name or a film


def language_of(text: str) -> Language:
    """Tell the language of a message.

    Args:
        text: any message.

    Returns:
        The language with most of its marks in the text, if they are at least three and more than the
        Danish ones; otherwise `da`.
    """
    words = fold(text).replace(",", " ").replace(".", " ").split()
    danish = sum(word in _DANISH for word in words)
    found: list[tuple[int, Language]] = [
        (sum(word in marks for word in words), language) for language, marks in _MARKS.items()
    ]
    count, language = max(found)
    return language if count >= _LEAST and count > danish else "da"
