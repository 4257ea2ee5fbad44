"""Places in messages: names, spellings, words that only look like names, and what they settle."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import load_knowledge
from bot.knowledge.model import AmbiguousPlace, Municipality, Region
from bot.triage.phrase_index import fold_word, split_words
from bot.triage.places import find_places, make_places, places_of, settle, sounds

KB = load_knowledge()
PLACES = places_of(KB)


def found(text: str) -> list[tuple[str, str | None, str | None]]:
    hits = find_places(text, PLACES)
    return [(hit.surface, hit.municipality, hit.region) for hit in hits if not hit.negated]


def test_empty_text_has_no_place() -> None:
    assert find_places("", PLACES) == ()


@pytest.mark.parametrize(
    ("text", "municipality"),
    [
        ("Vi bor i Odense", "Odense"),
        ("psyk skadestue odense", "Odense"),
        ("Odense Kommune svarer ikke", "Odense"),
        ("Odenses psykiatri", "Odense"),  # genitive
        ("kommer fra Århus", "Aarhus"),
        ("kommer fra aarhus", "Aarhus"),
        ("kommer fra Aarhus' udkant", "Aarhus"),
        ("hun bor i koebenhavn", "København"),
        ("hun bor på kbh n", "København"),
        ("cph", "København"),
        ("bor på frb", "Frederiksberg"),
        ("my son lives in Copenhagen", "København"),
        ("vi bor i Ikast-Brande kommune", "Ikast-Brande"),
        ("Ikast Brande kommune", "Ikast-Brande"),
        ("høje taastrup", "Høje-Taastrup"),
        ("han er på bosted v. Nr. Snede", "Ikast-Brande"),
        ("Sæby", "Frederikshavn"),
        ("Nykøbing Mors", "Morsø"),
        ("Nykøbing F. er langt væk", "Guldborgsund"),
        ("på Vejlefjordbroen", "Vejle"),
        ("i O\u0308lgod", "Varde"),  # Swedish letters, in two code points
        ("indlagt i A\u030arhus", "Aarhus"),  # å in two code points
    ],
)
def test_municipality(text: str, municipality: str) -> None:
    assert settle(find_places(text, PLACES))[0] == municipality


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Region H", "Region Hovedstaden"),
        ("i region hovedsaden", "Region Hovedstaden"),
        ("regionen i hovedstaden", "Region Hovedstaden"),
        ("region syd", "Region Syddanmark"),
        ("psykiatrien i Region Midt", "Region Midtjylland"),
        ("nordjyllands region", "Region Nordjylland"),
        ("et sted på Fyn", "Region Syddanmark"),
        ("bor på Amager", "Region Hovedstaden"),  # three municipalities, one region
        ("langt ude på Djursland", "Region Midtjylland"),
        ("Klampenborg", "Region Hovedstaden"),  # two municipalities, one region
        ("i Jylland", None),
        ("på Sjælland", None),
        ("Region Sjælland", "Region Sjælland"),
        ("Region Østdanmark", None),  # the union of two
        ("Viby", None),
        ("Nykøbing", None),
    ],
)
def test_region(text: str, region: str | None) -> None:
    assert settle(find_places(text, PLACES))[1] == region


def test_ambiguous_place_gives_its_candidates() -> None:
    (hit,) = find_places("vi bor i Nykøbing", PLACES)
    assert (hit.municipality, hit.region) == (None, None)
    assert hit.candidates == ("Guldborgsund", "Morsø", "Odsherred")


@pytest.mark.parametrize(
    ("text", "municipality"),
    [
        ("bor i hosrens", "Horsens"),
        ("MIDELFART", "Middelfart"),
        ("skadestuen i silkebrog", "Silkeborg"),
        ("vi er flyttet til Frederkshavn", "Frederikshavn"),
        ("krisecenter holstbro?", None),  # nothing says that it is a place
        ("psyk skadestue holstbro", "Holstebro"),  # a search
    ],
)
def test_misspelt_places(text: str, municipality: str | None) -> None:
    assert settle(find_places(text, PLACES))[0] == municipality


@pytest.mark.parametrize(
    ("text", "municipality"),
    [
        ("min onkel er i Rannes", "Randers"),
        ("moster er flyttet til koling", "Kolding"),  # not Kolind
        ("A er fra Fåbår", "Faaborg-Midtfyn"),
        ("hans kone er fra Føborre", "Faaborg-Midtfyn"),
        ("lejligheden ligger i lamvi", "Lemvig"),
        ("kallundborg", "Kalundborg"),
        ("mit barnebarn på psyk i Abenra", "Aabenraa"),
        ("vi har boet i Greeve i ti år", "Greve"),
        ("tante i gladsakse", "Gladsaxe"),
        ("viborrg kom.", "Viborg"),
        ("kusinen i Faxse", "Faxe"),
        ("Fredrikshavn", "Frederikshavn"),
        ("nu er vi i struuer", "Struer"),
        ("et værested i hamel", "Favrskov"),  # the name is also a word
        ("wi bor i Silkeborre", "Silkeborg"),
        ("jobcentret i Esbjæ", "Esbjerg"),
        ("den gamle bor i skiw", "Skive"),
        ("bor i Wiborg", "Viborg"),
        ("naboen fra Holbk", "Holbæk"),  # the æ is missing
        ("i Haderselv-omr.", "Haderslev"),
        ("fosteret er stort", None),
        ("på Randersvej", None),  # a street
        ("hun går i løkker", None),
    ],
)
def test_names_as_they_sound_or_slip(text: str, municipality: str | None) -> None:
    assert settle(find_places(text, PLACES))[0] == municipality


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("faaborg", "foborre"),
        ("randers", "rannes"),
        ("lemvig", "lemvi"),
        ("gladsaxe", "gladsakse"),
        ("holbaek", "holbek"),
        ("roedovre", "rodowre"),
        ("hjoerring", "joering"),
    ],
)
def test_sounds_that_are_alike(name: str, written: str) -> None:
    assert set(sounds(name)) & set(sounds(written))


@pytest.mark.parametrize(("one", "other"), [("kolding", "kolind"), ("aarhus", "aars"), ("vejle", "vejen")])
def test_sounds_that_differ(one: str, other: str) -> None:
    assert not set(sounds(one)) & set(sounds(other))


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("wij wonen in Kopenhagen", "Region Hovedstaden"),
        ("moja siostra mieszka w Kopenhadze", "Region Hovedstaden"),
        ("unsere Tochter lebt in Apenrade", "Region Syddanmark"),
        ("er ist in Hadersleben in der Klinik", "Region Syddanmark"),
        ("eine Gruppe in Tondern", "Region Syddanmark"),
        ("is there a group in North Jutland", "Region Nordjylland"),
        ("min syster bor i Köpenhamn", "Region Hovedstaden"),
        ("моя мати живе у Гернінгу", "Region Midtjylland"),
        ("брат в Ольборзі", "Region Nordjylland"),  # the stem changes
        ("он живёт в Ольборге", "Region Nordjylland"),
        ("ابني يعيش في آرهوس", "Region Midtjylland"),
        ("سكن في أودنسه", "Region Syddanmark"),
        ("í Kaupmannahöfn", "Region Hovedstaden"),
    ],
)
def test_names_in_other_languages(text: str, region: str | None) -> None:
    assert settle(find_places(text, PLACES))[1] == region


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("bilen står ved Hammerknuden", "Region Hovedstaden"),
        ("et sommerhus i Tisvilde", "Region Hovedstaden"),
        ("under broen ved Vilsund", "Region Nordjylland"),  # on both sides of the sound
        ("bror har værelse i Sydhavnen", "Region Hovedstaden"),
        ("tilbud i Reg. Sj.?", "Region Sjælland"),
        ("vi er på Anholt", "Region Midtjylland"),
        ("Bopæl Greve", "Region Sjælland"),
        ("Opr. er ægtefælle. Ønsker kontakt. Skive", "Region Midtjylland"),  # ends a note
        ("Opr. er mor. Skive. Hvem kan hun ringe til?", "Region Midtjylland"),  # a sentence of its own
        ("Bosidd. Odder, ufaglært, ser skygger", "Region Midtjylland"),  # the full stop ends nothing
        ("hun er bosiddende i en lejlighed, bopæl Randes C", "Region Midtjylland"),
        ("wi bor her å Mors", "Region Nordjylland"),  # "på" in Jutland
        ("Indr. bor selv i Kolding, det gælder sønnen der går i skole i Ålborg", "Region Nordjylland"),
        ("Findes der noget for Odder?", "Region Midtjylland"),
        ("hun vil ikke noget for ringe penge", None),
        ("Efter koncerten gik jeg. Give op nu?", None),
    ],
)
def test_parts_of_town_and_notes(text: str, region: str | None) -> None:
    assert settle(find_places(text, PLACES))[1] == region


@pytest.mark.parametrize(
    "text",
    [
        "de mødtes på roskilde festival",
        "han har ikke sovet siden Roskilde",
        "Brøndby slog os 3-0",
        "lyngby rykker ned",
        "på lejr i Varde",
        "Odense Kommune her, vi har et spørgsmål",
    ],
)
def test_events_clubs_and_offices_are_no_places(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "municipality"),
    [
        ("jeg bor i Ribe, og min nevø går i skole i Hobro", "Mariagerfjord"),
        ("Min fætter bor for sig selv i Nyborg. Jeg bor selv i Skagen.", "Nyborg"),
        ("Jeg er født i Thisted, men min datter ligger på psyk i Slagelse", "Slagelse"),
        ("min mormor er i Køge, og jeg sidder her i Horsens", "Køge"),
        ("jeg bor i Ribe", "Esbjerg"),  # no other place
        ("min far bor hos mig i Ribe og er indlagt i Hobro", None),
        ("min datter bor i Ribe, min søn i Hobro", None),
        ("han er i Ribe, jeg bor i Hobro", None),  # too short to tell who he is
    ],
)
def test_place_of_the_writer_yields(text: str, municipality: str | None) -> None:
    assert settle(find_places(text, PLACES))[0] == municipality


@pytest.mark.parametrize(
    "text",
    [
        "jeg er bange for at ringe",
        "hun løber altid i skov og på strand",
        "vi taler i enrum",
        "han spiller mario kart",
        "kræft i lunge",
        "den højer hånd",
        "han går til møde i hjemmet",
        "honning fra bierne",
        "min kærsten drikker",
        "Steffens puls",
        "i dagens avis",
        "jeg kan ringe i morgen",
        "hun står på vejen uden tøj",
        "han er i vejen",
        "de sidder i mørke",
        "han har ondt i hals og hoved",
        "vi har fundet en løsning",
        "han søger en stilling",
        "mors depression",
        "hun er hjemme fra mors hus",
        "jeg tænker på mors sygdom",
        "I beder mig om det",
        "i give up",
        "hun har løkken klar",
        "vi er i krise",
        "det går til det bedste",
        "sagen er alvorlig",
        "røde papirer eller gule",
        "Røde Kors besøgsven",
        "i sidste ende",
        "han har vist mig det",
        "fru Solbjerg sagde nej",
        "hovedskaden gør ham vred",
        "kommunen svarer ikke",
        "i hovedet",
        "på kanten",
    ],
)
def test_ordinary_words_are_no_places(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "municipality"),
    [
        ("vi bor i skive", "Skive"),
        ("vi bor i vejen", "Vejen"),
        ("han er indlagt i Vejen", "Vejen"),
        ("Ringe kommune", "Faaborg-Midtfyn"),
        ("Greve", "Greve"),
        ("gården på Mors", "Morsø"),
        ("søn 24, Ry", "Skanderborg"),
        ("ude i Thy", "Thisted"),
    ],
)
def test_places_that_are_also_words(text: str, municipality: str) -> None:
    assert settle(find_places(text, PLACES))[0] == municipality


@pytest.mark.parametrize(
    ("text", "municipality"),
    [
        ("ikke i Aarhus men i Odense", "Odense"),
        ("nej ikke Odense, Nyborg", "Nyborg"),
        ("vi er flyttet fra Aarhus til Lolland", "Lolland"),
        ("han er flyttet væk fra Vejle til Kolding", "Kolding"),
        ("fra Odense flyttede vi til Nyborg", "Nyborg"),
        ("Hun bor ikke længere i Køge", None),
        ("Hvorfor svarer de ikke i Køge", None),
        ("jeg kan ikke komme til Køge i dag", "Køge"),
        ("det går ikke langt fra Køge", "Køge"),
        ("Han svarer ikke. Køge", "Køge"),  # the sentence ends between them
    ],
)
def test_negated_places(text: str, municipality: str | None) -> None:
    assert settle(find_places(text, PLACES))[0] == municipality


def test_several_places_are_kept_and_settle_nothing_where_they_disagree() -> None:
    hits = find_places("Hun bor i Odense, og jeg bor i Aalborg.", PLACES)
    assert [hit.surface for hit in hits] == ["Odense", "Aalborg"]
    assert settle(hits) == (None, None)


def test_several_places_in_one_region_settle_the_region() -> None:
    assert settle(find_places("fra Taulov til Fredericia og Vejle", PLACES)) == (None, "Region Syddanmark")


def test_positions_are_those_of_the_text() -> None:
    text = "Hej 🙂 vi bor på Ærø, tæt på Marstal"
    assert all(text[hit.start : hit.end] == hit.surface for hit in find_places(text, PLACES))


@pytest.mark.parametrize("municipality", KB.municipalities, ids=lambda m: m.name)
def test_every_municipality_and_alias_is_found_where_somebody_lives(municipality: Municipality) -> None:
    for name in (municipality.name, *municipality.aliases):
        hits = find_places(f"Vi bor i {name}", PLACES)
        assert settle(hits) == (municipality.name, municipality.region), name


@pytest.mark.parametrize("region", KB.regions, ids=lambda r: r.name)
def test_every_region_name_is_found(region: Region) -> None:
    for name in (region.name, *region.aliases):
        assert settle(find_places(f"Jeg spørger om {name}.", PLACES))[1] == region.name, name


def test_names_are_unique_when_folded() -> None:
    names = [n for m in KB.municipalities for n in (m.name, *m.aliases)]
    names += [n for r in KB.regions for n in (r.name, *r.aliases)]
    names += [place.name for place in KB.ambiguous_places]
    folded = [" ".join(word.folded for word in split_words(name)) for name in names]
    assert sorted({name for name in folded if folded.count(name) > 1}) == []


def test_all_98_municipalities_are_there() -> None:
    assert len(KB.municipalities) == 98
    assert {m.region for m in KB.municipalities} == {r.name for r in KB.regions}


def test_small_index_of_its_own() -> None:
    shared = AmbiguousPlace("Torp", ("Byen",))
    places = make_places([Region("Region Syd")], [Municipality("Byen", "Region Syd")], [shared], ["byen"])
    assert settle(find_places("kom fra Torp", places)) == (None, "Region Syd")
    assert find_places("kom byen rundt", places) == ()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    for hit in find_places(text, PLACES):
        assert text[hit.start : hit.end] == hit.surface


@given(st.sampled_from([m.name for m in KB.municipalities]), st.sampled_from(["upper", "lower", "fold"]))
def test_case_and_letters_do_not_matter_where_somebody_lives(name: str, form: str) -> None:
    written = fold_word(name) if form == "fold" else getattr(name, form)()
    assert settle(find_places(f"vi bor i {written} kommune", PLACES))[0] == name


def test_long_text_is_quick() -> None:
    text = "Vi bor i hosrens og han er flyttet fra kolding til en by nær Vejen. " * 150
    begin = time.perf_counter()
    find_places(text, PLACES)
    assert time.perf_counter() - begin < 1.0  # about 0.03 s; the limit only catches a blow-up
