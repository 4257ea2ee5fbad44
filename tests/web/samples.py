"""What the server of the tests says: the contract filled with texts as the assistant words them."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]

GUIDE_BUTTON = {"title": "Find det, der passer til mig", "payload": "/oplys_start_guide"}
WHY_BUTTON = {"title": "Hvor har du det fra?", "payload": "/hvorfor"}


def message(text: str, kind: str = "answer", **more: Any) -> Message:
    """Make a message of the contract."""
    buttons = more.pop("buttons", [])
    custom = {"kind": kind, "level": "info", "need": None, "items": [], "phones": [], "sources": []} | more
    return {"text": text, "custom": custom} | ({"buttons": buttons} if buttons else {})


GREETING = message(
    "Hej. Jeg er en maskine. Jeg kan hjælpe dig med at finde det næste skridt.\n\n"
    "Hvad fylder mest for dig lige nu? Er der fare for liv, så ring 112.",
    "smalltalk",
    phones=["112"],
    buttons=[GUIDE_BUTTON],
)

CARDS: list[dict[str, Any]] = [
    {
        "id": "interventions/akutsamtalen",
        "name": "Akutsamtalen",
        "summary": "En samtale med en rådgiver inden for få dage, når det hele vælter.",
        "why": "Det passer til dig, fordi du har brug for en at tale med snart.",
        "how": 'Sådan gør du: Spørg i kommunen. Du kan spørge: "Har I en akut samtale til pårørende?"',
        "price": "Pris: gratis.",
        "consent": "Skal din kære sige ja? Nej. Samtalen er din.",
        "effect": "Hjælper det? Det er ikke undersøgt, om det hjælper på længere sigt.",
        "hours": None,
        "not_for": None,
        "phones": [],
        "url": None,
        "sources": [{"title": "Akutsamtaler for pårørende", "publisher": "Socialstyrelsen", "url": None}],
        "checked": "2026-11-21",
    },
    {
        "id": "contacts/sind",
        "name": "SIND Rådgivning",
        "summary": "Her kan du ringe og tale om det at have psykisk sygdom tæt på.",
        "why": "Det passer til dig, fordi det ikke kræver et ja fra din kære.",
        "how": "Sådan gør du: Ring 70 23 27 50.",
        "price": "Pris: det siger mine kilder ikke.",
        "consent": "Du kan selv tage kontakt. Din kære skal ikke sige ja først.",
        "effect": None,
        "hours": "Åbent: mandag, onsdag og fredag kl. 9-15; tirsdag og torsdag kl. 10-16 (kan være ændret).",
        "not_for": "Ikke til akut hjælp. Er der fare for liv, så ring 112.",
        "phones": ["70 23 27 50"],
        "url": "https://sind.dk/faa-hjaelp/sind-raadgivning",
        "sources": [
            {
                "title": "SIND Rådgivning",
                "publisher": "SIND",
                "url": "https://sind.dk/faa-hjaelp/sind-raadgivning",
            }
        ],
        "checked": "2026-08-18",
    },
]

STEPS = message(
    "Det lyder, som om du har båret alt for meget, alt for længe. Du behøver ikke klare det alene.\n\n"
    "1. Akutsamtalen\nEn samtale med en rådgiver.\nPris: gratis.\n\n"
    "2. SIND Rådgivning\nHer kan du ringe.\nSådan gør du: Ring 70 23 27 50.",
    "steps",
    level="krise",
    need="paaroerende_i_krise",
    items=["interventions/akutsamtalen", "contacts/sind"],
    phones=["70 23 27 50"],
    cards=CARDS,
    buttons=[WHY_BUTTON, GUIDE_BUTTON],
)

URGENT = message(
    "Ring 112 nu, hvis nogen er i fare.\n\n"
    "Ellers ring til lægevagten på 70 11 31 31.\n\n"
    "- Gå væk, hvis du bliver bange.\n- Tal stille.",
    "urgent",
    level="livsfare",
    need="vold_trusler",
    phones=["112", "70 11 31 31"],
)

QUESTION = message(
    "Hvem er du bekymret for?",
    "question",
    buttons=[
        {"title": "Min søn eller datter", "payload": "/barn"},
        {"title": "Min partner", "payload": "/partner"},
    ],
)

WHY = message("Her er det, jeg bygger på:\n\nSIND Rådgivning\nKilde: SIND (2026).", "answer", need="hvorfor")

ANSWER = message(
    "De må altid lytte til dig.\n\nDu kan sige:\n- Jeg spørger helt generelt.\n- Hvad plejer at hjælpe?\n\n"
    "Skriv til BørneTelefonen. Sms 116 111.",
    "answer",
    need="tavshedspligt_uden_samtykke",
    phones=["116 111"],
    buttons=[{"title": "Ja", "payload": "/ja"}, {"title": "Nej", "payload": "/nej"}, WHY_BUTTON],
)

REPLIES: dict[str, list[Message]] = {
    "/oplys_start_guide": [QUESTION],
    "/barn": [STEPS],
    "/partner": [STEPS],
    "/hvorfor": [WHY],
    "kniv": [URGENT],
    "skridt": [STEPS],
    "kan ikke mere": [STEPS],
    "fortælle": [ANSWER],
    "tavshedspligt": [ANSWER],
}


def reply_to(said: str) -> list[Message]:
    """Give the reply to a text or a choice."""
    found = next((reply for word, reply in REPLIES.items() if word in said), None)
    return found or [message(f"Du skrev {len(said)} tegn.", "answer", need="andet")]
