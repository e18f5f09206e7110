"""Every claim of the deck has an entry, every entry a status with a reason, a source and a date; faults are told in sentences."""

import copy
import json
import re
from pathlib import Path

import pytest

from playground.evidence import claims as module
from playground.evidence.claims import STATUSES, ClaimsError, Figure, in_words
from playground.evidence.load import DATA, faults, load_claims
from playground.web.templates import render_part

CLAIMS = load_claims()
ON_PAGES = {
    1: 14,
    2: 15,
    3: 19,
    4: 27,
    5: 20,
}  # claims counted in the deck: slogans, drawings and similes are claims too

# Every number that the deck prints and that is not part of a name ("GPT-4o", "Mercury 2"), the number of a list, or of a page.
NUMBERS = {
    1: [10, 20],
    2: [10, 50],
    3: [59, 300, 1009, 1109, 1479, 1.7, 14.4, 8.5, 23.4, 13.8, 6.5, 2.3, 15, 85, 60, 65],
    4: [2026, 1009, 0.25, 0.75, 128, 1.7, 10, 2025, 1479, 2000, 0.84, 40, 57, 2025, 8, 2.3, 15],
    5: [30, 3, 0.25, 10, 20, 2, 10],
}
DECK = (
    DATA.parents[2] / "shared" / "seed" / "deck.txt"
)  # at hand where the project is developed; no part of the repository
with_the_deck = pytest.mark.skipif(not DECK.exists(), reason="the deck's own text is not part of the repository")
NAMES = re.compile(
    r"\d / 5|^\d$|GPT-4o|Mercury 2|Gemini 2\.0|Gemini 3|Haiku 4\.5|LLaDA 8B|LLaMA3 8B|Mercury 2|per 1M|/1M|Out per 1M",
    re.MULTILINE,
)


def data():
    return json.loads(DATA.read_text(encoding="utf-8"))


def broken(change):
    """What is said of the file after a change to it."""
    rows = copy.deepcopy(data())
    change(rows)
    return "\n".join(faults(rows))


def numbers_of(page):
    """All numbers that the entries of a page give as the deck's own."""
    found = []
    for claim in CLAIMS.of_page(page):
        if isinstance(claim.value, str) and claim.unit in ("month", "year"):
            found.append(float(claim.value[:4]))
        elif claim.value is not None and not isinstance(claim.value, str):
            found += [float(end) for end in (claim.value, claim.upto) if end is not None]
    return found


def test_no_claim_is_left_out():
    assert {page: len(CLAIMS.of_page(page)) for page in ON_PAGES} == ON_PAGES
    assert [claim.id for claim in CLAIMS.claims] == [
        f"{page}.{n}" for page, count in ON_PAGES.items() for n in range(1, count + 1)
    ]


@pytest.mark.parametrize("page", NUMBERS)
def test_every_number_of_the_deck_has_an_entry(page):
    entries = numbers_of(page)
    for number in NUMBERS[page]:
        assert number in entries, f"{number} on page {page}"
        entries.remove(number)  # a number that the deck gives twice on a page has two entries
    assert set(entries) <= set(NUMBERS[page]), "an entry gives a number that the deck does not print"


@with_the_deck
def test_the_numbers_listed_here_are_those_of_the_deck():
    pages = re.split(r"^\d / 5$", DECK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for page, text in enumerate(pages, start=1):
        printed = {float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", NAMES.sub(" ", text))}
        assert printed == {float(number) for number in NUMBERS[page]}, page


@with_the_deck
def test_claims_are_retold_and_not_copied():
    def runs(text, length=6):
        words = re.findall(r"[a-z0-9.$]+", text.lower())
        return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}

    deck = runs(DECK.read_text(encoding="utf-8"))
    for claim in CLAIMS.claims:
        told = " | ".join([claim.says, claim.reason, claim.truth or ""])
        assert not runs(told) & deck, claim.id


@pytest.mark.parametrize("claim", CLAIMS.claims, ids=lambda claim: claim.id)
def test_a_status_has_a_reason_a_source_and_a_date(claim):
    assert claim.status in STATUSES and claim.reason and claim.finding and claim.sources and claim.checked
    for source in claim.sources + tuple(figure.source for figure in claim.figures):
        assert source.date or source.undated
    if claim.status != "illustration":
        assert any(source.id != "deck" for source in claim.sources)
    if claim.status in ("false", "contested"):
        assert claim.truth


def every_figure():
    held = (*CLAIMS.claims, *CLAIMS.players, *CLAIMS.devices)
    return {figure.id: figure for figure in (*CLAIMS.newer, *(one for row in held for one in row.figures))}.values()


@pytest.mark.parametrize("figure", every_figure(), ids=lambda figure: figure.id)
def test_a_figure_that_others_confirm_names_who_and_its_maker_is_none_of_them(figure):
    if "confirmed" in figure.word:
        assert figure.source.by in figure.word and figure.source.kind == "third party"
    if figure.source.kind in ("vendor", "paper", "code"):
        assert figure.status != "supported" and figure.source.by in figure.word


def test_mercury_2_s_rate_is_its_maker_s_and_two_readings_of_others_stand_beside_it():
    words = {figure.id: figure.word for figure in CLAIMS.claim("3.4").figures}
    assert words["mercury-2-tok-per-s"] == "its maker's word, Inception"
    assert list(words.values()).count("confirmed by Artificial Analysis") == 2


def test_what_the_check_found_false_is_false():
    assert {claim.id for claim in CLAIMS.claims if claim.status == "false"} == {"2.15", "3.19", "4.18", "5.16"}
    assert CLAIMS.claim("3.17").finding == "unsupported" and "Unknown" in CLAIMS.claim("3.17").truth


def test_the_divisions_of_the_deck_are_those_of_its_numbers():
    value = {n: CLAIMS.claim(f"3.{n}").value for n in (7, 8, 9, 10, 11, 12, 13, 14)}
    assert value[9] == round(value[8] / value[7], 1) and value[11] == round(value[10] / value[7], 1)
    assert value[12] == round(value[14] / value[13], 1)


def test_the_deck_is_credited():
    assert CLAIMS.author == "Rizvi Haider" and CLAIMS.author in CLAIMS.credit and CLAIMS.title in CLAIMS.credit


def test_queries():
    assert CLAIMS.claim("3.4").number == 4 and CLAIMS.claim("3.4").text == "1,009 tok/s"
    assert {claim.status for claim in CLAIMS.claims} == set(STATUSES)
    assert {player.id for player in CLAIMS.players_of("diffusion", in_deck=True)} >= {
        "mercury-2",
        "gemini-diffusion",
        "llada-8b",
    }
    assert {player.id for player in CLAIMS.players_of("diffusion", in_deck=False)} >= {
        "mercury-3",
        "diffusiongemma",
        "seed-diffusion",
    }
    assert CLAIMS.player("mercury-2").figure("price_in").text == "$0.25 per 1M tokens"
    assert CLAIMS.player("mercury-2").figure("first_token_s") is None  # not known, and so not there
    assert CLAIMS.source("mercury-paper").url == "https://arxiv.org/abs/2506.17298"
    for wrong in (lambda: CLAIMS.claim("9.9"), lambda: CLAIMS.player("nobody")):
        with pytest.raises(KeyError, match="There is no"):
            wrong()


def test_newer_figures_are_not_of_the_deck():
    printed = {number for numbers in NUMBERS.values() for number in numbers}
    assert {2146, 892, 1196, 629, 737} <= {figure.value for figure in CLAIMS.newer}
    assert not printed & {figure.value for figure in CLAIMS.newer}


def test_addresses_follow_from_numbers_that_the_sources_bear():
    for source in CLAIMS.sources:
        if source.url and "arxiv" in source.url:
            number = source.url.rpartition("/")[2]
            assert f"arXiv {number}" in source.title and source.date == f"20{number[:2]}-{number[2:4]}"


# Bytes of the published weights in bfloat16, in GB, as the notes that the shapes cite have them.
GIGABYTES = {
    "llada-8b": 16.0,
    "llama3-8b": 16.1,
    "llada-moe": 14.7,
    "llada2-mini": 32,
    "dream-7b": 15.2,
    "fast-dllm-1.5b": 3.1,
    "qwen3-0.6b": 1.2,
    "sdar-1.7b": 4.06,
    "sdar-4b": 8.83,
    "sdar-8b": 16.4,
}


@pytest.mark.parametrize("shape", CLAIMS.shapes, ids=lambda shape: shape.id)
def test_a_published_shape_has_as_many_weights_as_its_file(shape):
    decoder = shape.decoder(2)
    assert 2 * decoder.parameters / 1e9 == pytest.approx(GIGABYTES[shape.id], rel=0.02)
    assert decoder.bytes_per_number == 2 and shape.source.checked


def test_a_shape_with_experts_has_the_active_parameters_of_its_name():
    moe, mini = (CLAIMS.shape(name).decoder(2) for name in ("llada-moe", "llada2-mini"))
    assert moe.active == pytest.approx(1.4e9, rel=0.01)
    assert mini.active + mini.vocabulary * mini.hidden == pytest.approx(1.4e9, rel=0.03)  # with the embedding table


def test_figures_in_words():
    assert in_words(300, None, "about", "tok/s") == "about 300 tok/s"
    assert in_words(629, 894, "exact", "tok/s") == "629–894 tok/s"
    assert in_words(40, 57, "against", "%") == "40 against 57%"
    assert in_words(0.1, None, "exact", "USD per 1M tokens") == "$0.10 per 1M tokens"
    assert in_words("2026-02", None, "exact", "month") == "2026-02"


def test_no_figure_stands_in_the_code():
    text = re.sub(r'"""[\s\S]*?"""', "", Path(module.__file__).read_text(encoding="utf-8"))
    assert not re.search(r"\b\d{3,}\b|\b\d+\.\d+\b", re.sub(r"2026[-\d]*", "", text))


def test_the_shipped_file_has_no_fault():
    assert list(faults(data())) == []


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda rows: rows["claims"][3].update(reason=" "), "Claim 1.4 has no “reason”."),
        (lambda rows: rows["claims"][3].update(status="true"), "Claim 1.4 has the status true; there are: supported"),
        (lambda rows: rows["claims"][3].update(sources=[]), "Claim 1.4 has no source."),
        (lambda rows: rows["claims"][3].update(sources=["deck"]), "Claim 1.4 is supported on the deck's own word."),
        (
            lambda rows: rows["claims"][3].update(sources=["inception-2026", "llada-paper"]),
            "Claim 1.4 is supported by nobody but its makers: inception-2026, llada-paper.",
        ),
        (
            lambda rows: rows["figures"][2].update(status="supported"),
            "Figure mercury-2-tok-per-s is supported by nobody but its makers: inception-2026.",
        ),
        (lambda rows: rows["claims"][3].update(sources=["rumour"]), "1.4 names a source that is not there: rumour."),
        (lambda rows: rows["claims"][3].update(figures=["gone"]), "1.4 names a figure that is not there: gone."),
        (lambda rows: rows["claims"][3].update(checked="lately"), "“checked” is no year, month or day: lately."),
        (lambda rows: rows["claims"][3].update(value=7), "Claim 1.4 needs a value and a unit, or neither."),
        (lambda rows: rows["claims"][3].update(colour="red"), "claims, 1.4: “colour” is not a field."),
        (lambda rows: rows["claims"][3].pop("says"), "claims, 1.4: “says” is missing."),
        (lambda rows: rows["claims"][0].pop("truth"), "does not say what is true"),
        (lambda rows: rows["claims"].pop(3), "not numbered page by page from 1; the first that is off is 1.5."),
        (lambda rows: rows["claims"].append(rows["claims"][-1]), "Two claims are called 5.20."),
        (lambda rows: rows["sources"][0].pop("undated"), "Source deck has no date, and does not say why."),
        (lambda rows: rows["sources"][1].update(date="2026-13"), "Source check: “date” is no year, month or day"),
        (lambda rows: rows["sources"][1].update(url="http://here"), "does not start with https://"),
        (
            lambda rows: rows["figures"][0].update(source="nowhere"),
            "gpt-4o-mini-tok-per-s names a source that is not there: nowhere.",
        ),
        (lambda rows: rows["figures"][0].update(sign="roughly"), "has the sign roughly; there are: exact"),
        (lambda rows: rows["players"][0].update(runs="maybe"), "Player mercury-2 runs as maybe; there are: weights"),
        (lambda rows: rows["players"][0].pop("loads"), "Player mercury-2 can run, but does not say how"),
        (lambda rows: rows.pop("players"), "The file has no “players”."),
    ],
)
def test_faults_are_told_in_sentences(change, said):
    assert said in broken(change)


def test_a_file_that_cannot_be_used_is_refused(tmp_path):
    rows = data()
    rows["claims"][3]["reason"] = ""
    wrong = tmp_path / "claims.json"
    wrong.write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(ClaimsError, match=r"Claim 1.4 has no “reason”"):
        load_claims.__wrapped__(wrong)
    wrong.write_text("{", encoding="utf-8")
    with pytest.raises(ClaimsError, match="cannot be read"):
        load_claims.__wrapped__(wrong)


def test_a_figure_cannot_be_changed():
    with pytest.raises(AttributeError):
        CLAIMS.newer[0].value = 1
    assert isinstance(CLAIMS.newer[0], Figure)


def test_the_base_address_of_an_api_is_told_and_no_link_leads_there():
    bases = [source for source in CLAIMS.sources if source.base]
    assert bases and not any(source.url for source in bases)
    assert not [source.url for source in CLAIMS.sources if source.url and re.search(r"//api\.|/v\d+/?$", source.url)]
    for source in bases:
        told = render_part("parts.html", "source_list", sources=[source])
        assert f"<code>{source.base}</code>" in told and "href" not in told and "no address" not in told
