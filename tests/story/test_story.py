"""The story holds what it promises: every claim of the deck is told, every mark leads somewhere, nothing stands without a source."""

import re
from dataclasses import replace
from html import unescape

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from playground.evidence.load import load_claims
from playground.evidence.measured import load_measured
from playground.request.race_request import RaceRequest
from playground.server.address import OwnPage
from playground.story.check import faults
from playground.story.pages import StoryError, read_page, story_pages, story_runs
from playground.ui.story.cards import cards, claims_list, drawing
from playground.ui.story.charts import CHARTS
from playground.ui.story.column import pieces, race_of, read_story
from playground.ui.story.plays import PLAYS, published_rates

AT_FIRST_SIGHT = 720  # words of prose: with titles, captions and buttons about 1,100, eight minutes read aloud
DECK = ("Two ways to write", "How it works", "How fast it is", "Who builds it", "What products gain")


@pytest.fixture(scope="module")
def claims():
    return load_claims()


@pytest.fixture(scope="module")
def measured():
    return load_measured()


def html_of(text, claims, measured):
    return "".join(
        piece
        for piece in pieces(read_page("page", 1, f"# Title\n\n{text}\n"), claims, measured)
        if isinstance(piece, str)
    )


def faults_of(text, claims, measured):
    return [
        one
        for one in faults([read_page("page", 1, f"# Title\n\n{text}\n")], claims, measured)
        if not one.startswith("Claim ")
    ]


def test_the_story_has_no_fault_and_leaves_no_claim_of_the_deck_out(claims, measured):
    assert list(faults(story_pages(), claims, measured)) == []


def test_a_claim_that_no_page_tells_is_found(claims, measured):
    assert "Claim 5.20 stands on no page." in list(faults(story_pages()[:4], claims, measured))


def test_it_follows_the_deck_and_takes_eight_minutes():
    pages = story_pages()
    assert tuple(page.title for page in pages[:5]) == DECK and len(pages) == 7
    words = sum(len(re.findall(r"\w[\w’'-]*", page.plain(folded=False))) for page in pages)
    assert 0.8 * AT_FIRST_SIGHT < words < AT_FIRST_SIGHT


@pytest.mark.parametrize(
    "text, number",
    [
        ("It is 7 times as fast.", "7"),
        ("About twenty passes do.", "twenty"),
        ("It takes [3 seconds](claim:1.2).", "3"),
        ("In 2031 it will be so.", "2031"),
    ],
)
def test_a_number_that_nothing_is_behind_is_found(claims, measured, text, number):
    assert any(f"“{number}”" in fault for fault in faults_of(text, claims, measured)), text


@pytest.mark.parametrize(
    "text",
    [
        "It writes [1,009 tokens a second](claim:3.4).",
        "GPT-4o and Mercury 2 race.",
        "It scored [](figure:gpqa-diffusiongemma).",
        "Run `make test 3`.",
        "```\npython -m playground race --steps 16\n```",
        "There are two ways.",
    ],
)
def test_numbers_with_a_claim_behind_them_names_and_code_may_stand(claims, measured, text):
    assert faults_of(text, claims, measured) == []


@pytest.mark.parametrize(
    "text",
    [
        "[a](claim:9.9)",
        "[a](figure:none)",
        "[](measured:none.at-all)",
        "[a](stage:sideways)",
        "[a](try:nothing)",
        "[a](page:elsewhere)",
        "[a](source:deck)",
        "[a](https://example.org)",
        "[](live:moods)",
        "[a](dance:now)",
        "![](chart:speed)",
        "![a](film:one)",
        "![a](claims:9.1-9.3)",
        "![a](play:none)",
        "[](claim:3.4)",
        "[words](measured:race.factor)",
    ],
)
def test_a_mark_that_leads_nowhere_is_found(claims, measured, text):
    assert len(faults_of(text, claims, measured)) >= 1


def test_a_page_without_a_title_is_refused():
    with pytest.raises(StoryError, match="title"):
        read_page("bare", 1, "No title here.")


def test_a_broken_mark_is_a_sentence_and_no_crash(claims, measured):
    with pytest.raises(StoryError, match="page"):
        html_of("[a](claim:9.9)", claims, measured)


def test_a_story_that_cannot_be_used_is_left_out_with_a_sentence(monkeypatch, caplog):
    monkeypatch.setattr(
        "playground.ui.story.column.story_pages", lambda: (read_page("page", 1, "# Title\n\n[a](claim:9.9)"),)
    )
    assert read_story() is None and "The page page of the story cannot be shown" in caplog.text


def test_the_address_of_a_page_is_not_taken_for_a_route():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["query_string"])
        await PlainTextResponse("ok")(scope, receive, send)

    client = TestClient(OwnPage(app))
    for address in ("/?page=speed&steps=4&prompt=a%20b", "/config?page=x", "/?steps=4", "/?page=1"):
        client.get(address)
    assert seen == [b"steps=4&prompt=a+b", b"page=x", b"steps=4", b""]


def test_marks_become_links_that_say_their_status(claims, measured):
    html = html_of(
        "It writes [1,009 tokens](claim:3.4), and [](figure:gpqa-diffusiongemma). [Linear](claim:2.15).",
        claims,
        measured,
    )
    assert 'data-claim="3.4" data-status="supported"' in html and "73.2%" in html and 'data-status="false"' in html
    assert "false as" not in html.split("2.15")[0] and '<span class="heard">, false</span>' in html


def test_the_legend_of_marks_has_each_kind_of_claim_in_the_prose(claims, measured):
    legend = html_of("![Underlines](legend:marks)", claims, measured)
    told = {mark.target for page in story_pages() for mark in page.marks() if mark.kind == "claim"}
    kinds = {claims.claim(id).status for id in told} - {"false"}  # "disputed or wrong" are one mark
    assert "illustration" in kinds and all(f'class="mark" data-status="{kind}"' in legend for kind in kinds)


def test_a_figure_of_the_prose_says_whose_word_it_is(claims, measured):
    html = unescape(html_of("[](figure:mercury-2-tok-per-s)", claims, measured))
    assert "its maker's word, Inception" in html and "confirmed" not in html


def test_a_measured_figure_names_machine_and_command(claims, measured):
    html = html_of("[](measured:prediction.error_median)", claims, measured)
    assert measured.text("prediction.error_median") in html and measured.device in html and "make bench" in html


def test_markup_in_the_prose_stays_text(claims, measured):
    html = html_of("An <img src=x onerror=alert(1)> and [a](javascript:alert(1)).", claims, measured)
    assert "<img" not in html and 'href="javascript' not in html


def test_what_the_story_tries_can_be_run():
    for name, settings in story_runs().items():
        RaceRequest.parse({**settings}), name


def test_every_claim_is_listed_with_reason_status_source_and_truth(claims):
    for claim in claims.claims:
        html = claims_list("Claims", (claim,))
        assert f'id="claim-{claim.id}"' in html and f'data-status="{claim.status}"' in html and claim.checked in html
        assert (claim.truth is None) or "Instead:" in html


def test_a_wrong_claim_stands_as_the_deck_makes_it_next_to_what_is_true(claims):
    html = claims_list("Claims", (claims.claim("4.18"),))
    assert "One can use it in Google AI Studio." in html and "Instead:" in html and "false" in html


def test_the_story_says_at_once_whose_deck_it_retells_and_what_that_promises(claims):
    first = story_pages()[0].plain(folded=False).split("\n")[0]
    assert (
        claims.title in first and claims.author in first and "10 to 20 times" in first and "product managers" in first
    )


def test_a_second_heading_folds_prose_away_up_to_the_next_embed(claims, measured):
    text = "Seen.\n\n## More\n\nFolded, with a [claim](claim:3.4).\n\n![Claims](claims:1)\n\nSeen again."
    page = read_page("page", 1, f"# Title\n\n{text}\n")
    assert page.plain(folded=False) == "Seen.\nSeen again." and "Folded" in page.plain()
    assert [mark.target for mark in page.marks()] == ["3.4"], "the checks read what is folded, too"
    html = html_of(text, claims, measured)
    fold = html[html.index("<summary>More</summary>") : html.index("</details>")]
    assert "Folded" in fold and "Seen again" not in fold


def test_every_published_rate_can_be_played_with_status_and_source(claims):
    html = unescape(PLAYS["rates"](claims))
    rates = published_rates(claims)
    assert {"gpt-4o-mini-tok-per-s", "mercury-2-tok-per-s", "seed-diffusion-tok-per-s"} <= {
        one.figure.id for one in rates
    }
    for rate in rates:
        assert html.count(f'value="{rate.figure.id}"') == 2 and rate.says in html and rate.figure.source.by in rate.says
    assert html.count("selected") == 2 and "59 tok/s" in html and "1,009 tok/s" in html


def test_the_three_waits_are_those_of_the_deck(claims):
    assert re.findall(r'data-seconds="([^"]+)"', PLAYS["waits"](claims)) == ["1.7", "14.4", "23.4"]
    assert {str(claims.claim(id).value) for id in ("3.7", "3.8", "3.10")} == {"1.7", "14.4", "23.4"}


def test_an_agent_of_ten_steps_is_said_in_a_sentence_before_anything_runs(claims):
    html = unescape(PLAYS["loop"](claims)).replace("\u00a0", " ")
    slow, fast = 10 * 300 / 59 + 9, 10 * 300 / 1009 + 9
    assert (
        f"At these rates an agent of 10 steps takes at least {slow:.0f} s with GPT-4o mini, at least {fast:.0f} s with Mercury 2."
        in html
    )


def test_a_bar_that_is_a_rate_can_be_played(claims, measured):
    pressed = CHARTS["speed"](claims, measured, None).figure.data[0].customdata
    playable = {rate.figure.id for rate in published_rates(claims)} | {"own-diffusion", "own-ar"}
    assert all(plays == "rates" and id in playable and float(rate) > 0 for plays, _, id, _, rate, _ in pressed)
    assert CHARTS["training"](claims, measured, None).figure.data[0].customdata is None


def test_no_link_of_the_prose_leads_to_the_bare_address_of_an_interface(claims):
    targets = {mark.target for page in story_pages() for mark in page.marks() if mark.kind == "source"}
    assert targets and not [id for id in targets if "//api." in (claims.source(id).url or "")]


def test_every_player_has_a_card(claims):
    html = "".join(cards(claims, which) for which in ("twins", "deck", "later", "ar"))
    assert all(f"<b>{player.name} <span>" in unescape(html) for player in claims.players)
    assert 'data-try="first"' in html


def test_the_drawings_are_labelled_as_illustrations(claims):
    html = drawing("Drawn.", claims.of_page(1))
    assert "The cat sat on the mat" in html and "illustration, not a run" in html


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_units_sources_and_nothing_invented(claims, measured, name):
    chart = CHARTS[name](claims, measured, None)
    assert chart.sources or chart.measured
    titles = [axis.title.text for axis in chart.figure.select_xaxes()] + [
        axis.title.text for axis in chart.figure.select_yaxes()
    ]
    assert any(titles), "an axis names its unit"
    assert chart.figure.layout.height


def a_run(diffusion, ar):
    """A trace without frames, as the browser sends it: one second a lane, on a device of 100 operations and bytes a second."""
    rows = {"diffusion": diffusion, "ar": ar}
    return {
        "run": {},
        "lanes": [{"key": key, "kind": key, "title": key} for key in rows],
        "verdict": {
            "peak": {"flops_per_s": 100, "bytes_per_s": 100},
            "lanes": {key: {"ms": 1000, "passes": 1, "first_token_ms": 1, **row} for key, row in rows.items()},
        },
    }


def test_the_last_run_replaces_the_measured_bars(claims, measured):
    run = race_of(
        a_run(
            {"tokens": 111, "flops_per_pass": 50, "bytes_per_pass": 25},
            {"tokens": 222, "flops_per_pass": 1, "bytes_per_pass": 40},
        )
    )
    assert list(CHARTS["speed"](claims, measured, run).figure.data[0].x[-2:]) == [111.0, 222.0]
    busy = CHARTS["busy"](claims, measured, run)
    assert {50.0, 25.0, 40.0} <= set(busy.figure.data[0].x) and "last race" in busy.measured


def test_bars_are_called_here_only_on_the_machine_of_the_record(claims, measured):
    for own, place in ((True, "here"), (False, "on our machine")):
        of_machine = replace(measured, own=own)
        for name, twins in (("speed", 2), ("busy", 4)):
            names = CHARTS[name](claims, of_machine, None).figure.data[1].text[-twins:]
            assert all(bar.endswith(f", {place}") for bar in names), names
    run = race_of(a_run({"tokens": 111}, {"tokens": 222}))
    assert CHARTS["speed"](claims, replace(measured, own=False), run).figure.data[1].text[-1] == "AR twin, here"


def test_lanes_of_other_models_are_called_by_their_titles(claims, measured):
    found = a_run({"tokens": 111}, {"tokens": 222})
    for lane in found["lanes"]:
        lane |= {"title": f"Other {lane['kind']}", "model": "other"}
    chart = CHARTS["speed"](claims, measured, race_of(found))
    assert list(chart.figure.data[1].text[-2:]) == ["Other diffusion, here", "Other ar, here"]
    assert "twin" not in chart.measured


def test_the_prose_does_not_say_that_a_record_was_made_here():
    assert not [page.slug for page in story_pages() if re.search(r"measured here|this machine", page.plain())]


@pytest.mark.parametrize(
    "run",
    [
        None,
        3,
        "x",
        {},
        {"lanes": 4},
        a_run({"tokens": 1}, {}),
        a_run({"tokens": "9"}, {"tokens": 1}),
        a_run({"tokens": float("nan")}, {"tokens": 1}),
        a_run({"tokens": True}, {"tokens": 1}),
        a_run({"tokens": 1, "ms": -1}, {"tokens": 1}),
    ],
)
def test_odd_figures_of_a_last_run_are_passed_over(run):
    assert race_of(run) is None


def test_the_sweep_is_drawn_by_right_answers_where_the_record_has_them(claims, measured):
    share = {"right": 0.5, "repeated": 0.1, "broken": 0.0}
    counted = {
        **measured.sweep,
        "ar": {**measured.sweep["ar"], **share, "right": 0.9},
        "points": [{**point, **share} for point in measured.sweep["points"]],
    }
    chart = CHARTS["sweep"](claims, replace(measured, sweep=counted), None)
    assert "right answers" in chart.figure.layout.yaxis.title.text and set(chart.figure.data[0].y) == {50.0}
    shade = chart.figure.layout.shapes[0]
    assert (shade.y0, shade.y1, shade.x1) == (
        0,
        90.0,
        counted["ar"]["tok_per_s"],
    ) and "right more often" in chart.measured
