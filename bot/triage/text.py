"""One written form for what people type: folded letters, everyday spelling, sentences.

The danger signs of `knowledge/danger_signs.yml` are matched on this form, so that a phone without Danish
letters, a stretched cry for help and the spelling of a child all read alike. Every function takes any
`str`, lone surrogates included, and never raises.
"""

from __future__ import annotations

import re
import unicodedata

SENTENCE_MARK = "."

_TWO_LETTERS = {"æ": "ae", "ä": "ae", "ø": "oe", "ö": "oe", "å": "aa", "ü": "ue", "ß": "ss"}
# Only emoji that name a means of harm or call for help. Skulls and flames are laughter and praise in young
# people's chat.
_EMOJI = {
    "\U0001f52a": " kniv ", "\U0001f5e1": " kniv ", "\U0001f52b": " pistol ",
    "\U0001f48a": " piller ", "\U0001fa78": " blod ", "\U0001f198": " sos ", "\U0001f691": " ambulance ",
    "\U0001f6a8": " alarm ", "\U0001f3e5": " sygehus ",
}  # fmt: skip


def _letter_table() -> dict[int, str]:
    """Maps accented Latin letters to plain ones; the Danish, Swedish and German vowels to two letters."""
    table = {ord(letter): plain for letter, plain in _TWO_LETTERS.items()}
    for code in range(0xC0, 0x250):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if code not in table and base.isascii():
            table[code] = base.lower()
    table.update({ord("đ"): "d", ord("ł"): "l", ord("ı"): "i"})
    return table


_LETTERS = _letter_table()
_EMOJI_TABLE = {ord(sign): word for sign, word in _EMOJI.items()}
# Invisible: surrogates, soft hyphen, zero-width and direction marks, joiners, combining marks, variation
# selectors, tags, and two ligatures that NFKC swells to whole sentences. Apostrophes go too: ka', don't and
# si'r become ka, dont and sir.
_INVISIBLE = re.compile(
    "[\ud800-\udfff\u00ad\u0300-\u036f\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufdfa\ufdfb\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef'`\u00b4\u2018\u2019\u201b\u02bc]"
)
_CONTROL = re.compile("[\x00-\x20\x7f-\xa0]+")
_STRETCHED_DANISH = re.compile("([æøå])\\1+")
_STRETCHED_VOWEL = re.compile(r"([aeiouy])\1{2,}")
_STRETCHED_EDGE = re.compile(r"\b([^\W\d_aeiouy])\1{2,}|([^\W\d_aeiouy])\2{2,}\b")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_SPACE = re.compile(r"\s+")


def fold(text: str) -> str:
    """Returns `text` in lower case with plain letters, fit for matching.

    NFKC; ae, oe, aa for the Danish vowels; no accents, apostrophes, zero-width or control characters; runs
    of three or more of a letter shortened (a vowel or a consonant at the edge of a word to one, a consonant
    inside a word to two); white space collapsed; a few emoji turned into the word they stand for.
    """
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFKC", text.lower()).translate(_EMOJI_TABLE)
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    text = _STRETCHED_DANISH.sub(r"\1", text).translate(_LETTERS)
    text = _STRETCHED_VOWEL.sub(r"\1", text)
    text = _STRETCHED_EDGE.sub(r"\1\2", text)
    text = _STRETCHED.sub(r"\1\1", text)
    return _SPACE.sub(" ", text).strip()


# Language data, as in spaCy's tables: the everyday form of a word, and misspellings and chat forms of it, all
# folded. A form that is a common word of its own in Danish, English, German, Swedish or Norwegian is left to
# the patterns; a rare one may stand here where the word it is written for tells of danger, as `regerer`.
_SPELLINGS_BY_WORD = {
    "ikke": "ik ikk ike ikek iik ekk itte ikki ikkje ikje ihke iggi ikkr ikkee",
    "jeg": "jej jeh jai jaj jg jegg jaeg",
    "mig": "mej mg",
    "dig": "dej daj",
    "sig": "sej saj",
    "han": "hajn hanj",
    "hun": "huun hunn hn",
    "har": "hr hrr harr",
    "kan": "ka kanj kann",
    "skal": "ska",
    "hvad": "hva hwa wa",
    "noget": "ngt nogt nget noge noed nogget",
    "og": "ogg aa",
    "paa": "pa paae",
    "staar": "star staer",
    "gaar": "gar gaer",
    "slaar": "slar slaer",
    "naar": "nar",
    "taget": "tagt taed tatt taggt tajet tawet taawen taen",
    "tager": "tar taer taar",
    "tage": "ta taa",
    "slugt": "slugdt slukt slught",
    "spist": "spidst spisst spiist",
    "ligger": "liger legger liggr",
    "sidder": "sider siddr sidr",
    "vaagner": "vongner vaaner vagner vaagnr vaakner waagner vaagener vangner",
    "vaagne": "vongne vogne vagne vaane waagne vaakne vangne",
    "vaekke": "vaeke vaekk vekke",
    "traekker": "traeker trekker trakker traekkr traegger",
    "traekke": "traeke trekke trakke",
    "vejret": "vejr veiret vaejret vejrt vejeret wejret",
    "svarer": "svarr swarer svaer",
    "reagerer": "regerer reager reagerr",
    "doed": "dod doet dood",
    "doer": "dor",
    "doe": "dooe",
    "bloeder": "bloder bloedr blodr bloer",
    "bevidstloes": "bevidstlos bevistloes bevistlos bevidsloes bevidslos bevidtsloes bevidstlost",
    "livloes": "livlos livloest",
    "kniv": "kniiv knif",
    "allesammen": "allesamn allesamm allsammen",
    "gulvet": "gulved golvet gaalvet gulvt golv",
    "skinnerne": "skinderne skinene skinnene",
    "togskinnerne": "togskinderne togskinene togskinnene",
    "selvmord": "selvmor selmord selvmodr selvmrod slevmord sjaelvmord selmor",
    "piller": "piler pillr",
    "pillerne": "pilerne pillrne",
    "panodiler": "panodyler panodilr pandiler panodilre panodil",
    "mange": "mang mnge manj",
    "laast": "lasst laasst",
    "nu": "nuh nuu",
    "ud": "udd",
    "mere": "mer meer meere mre",
    "leve": "lewe laeve",
    "hjaelp": "hjalp hjaelb hjelp hjlp",
    "overdosis": "overdose overdossis od overdoss",
    "aften": "awten aftn",
    "siger": "sir sier sejer siir",
    "skriver": "skriwer skrivr",
    "drukket": "drukked druket drukkt",
    "skaaret": "skaared skaart skaarret",
    "kvaelertag": "kvaelertsg kvaelertaj kvaeletag kvalertag",
    "forsvundet": "forsvunded forsvundt forsundet forsvunden",
    "vaek": "vaekk",
    "laeberne": "laebene laebern lapperne laebrne",
    "kramper": "krampr krambe kramppe",
    "stemmerne": "stemerne stemmene",
    "psykotisk": "psykotsk psykotis sykotisk psykodisk psykoticsk",
    "psykose": "psykosse psykoze",
    "ihjel": "ihjael ijel ihjl",
    "draebe": "drabe draebbe",
    "farvel": "farvl farwel",
    "klokken": "kl klok klk",
    "doeren": "doren doern",
    "medicin": "medisin medecin",
    "skaerer": "skaer skerer",
    "forgiftet": "forgiftt forgifted",
}  # fmt: skip
SPELLINGS: dict[str, str] = {
    form: word for word, forms in _SPELLINGS_BY_WORD.items() for form in forms.split() if form != word
}

# Words, folded, that tell the languages of the danger signs apart; none is common in two of the languages.
_MARKERS = {
    "da": "mig dig sig af hvad nogen noget efter ud op meget nu kun bliver siger blevet hvordan hvornaar",
    "en": "the my he she and has is hes shes not his please you we they dont cant wont with this that of",
    "sv": "och inte jag hon aer foer att ett honom vill fraan naagon aat syster sedan vad",
    "no": "seg meg deg broren soesteren moren faren soennen kveld naa vaakner etter ut opp mye noen ikkje",
    "de": "ich nicht ist sie und mein meine auf sich das wir ein eine seit zu vom ihm ihr wie mir",
}  # fmt: skip
LANGUAGE_MARKERS: dict[str, frozenset[str]] = {
    language: frozenset(words.split()) for language, words in _MARKERS.items()
}
_WORD = re.compile(r"[^\W_]+")


def languages(folded: str) -> tuple[str, ...]:
    """Returns the languages, likeliest first, of which folded text holds marker words. Danish wins a draw.

    A guess for a few short sentences, good enough to keep the Swedish signs off a Danish message.
    """
    words = frozenset(_WORD.findall(folded))
    counts = {language: len(words & markers) for language, markers in LANGUAGE_MARKERS.items()}
    found = (language for language, count in counts.items() if count)
    return tuple(sorted(found, key=lambda language: (-counts[language], language != "da")))


# A full stop after these ends no sentence.
_ABBREVIATION = re.compile(
    r"\b(f\.eks|bl\.a|ca|nr|kl|pt|tlf|evt|inkl|iflg|tidl|selvm|udskr|indl|psyk|afd|osv|hr|fr|dr|mr|mrs|bzw)"
    r"\.(?=\s*\S)"
)
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_FRACTION = re.compile(r"(?<=\d)[.:,]\d+")  # of a number; the minutes of a time of day
_TOKEN = re.compile(r"[^\W_]+|[.!?;\u061f\u3002]")
_MARKS = frozenset(".!?;\u061f\u3002")


def sentences(text: str) -> tuple[str, ...]:
    """Returns the sentences of `text`, each as plain words with one space between them.

    The words are folded and in everyday spelling; punctuation inside a sentence is gone. Numbers are whole:
    1.000 is 1000, 2,5 is 2, and 22.30 is 22. Text without a word gives an empty tuple.
    """
    return split_sentences(fold(text))


def split_sentences(folded: str) -> tuple[str, ...]:
    """Does what `sentences` does to text that has been folded already."""
    found: list[str] = []
    words: list[str] = []
    plain = _FRACTION.sub("", _THOUSANDS.sub("", _ABBREVIATION.sub(r"\1 ", folded)))
    for token in _TOKEN.findall(plain):
        if token not in _MARKS:
            words.append(SPELLINGS.get(token, token))
        elif words:
            found.append(" ".join(words))
            words = []
    if words:
        found.append(" ".join(words))
    return tuple(found)
