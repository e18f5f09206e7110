"""HTML comes from templates, which escape all that is put into them."""

import ast
import json
import re
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from playground.catalog.records import TWINS
from playground.evidence.load import load_claims
from playground.evidence.measured import load_measured
from playground.export.html import to_html
from playground.files import ROOT
from playground.request.rules import COMMITS
from playground.story.pages import Embed, StoryPage, read_page, story_pages
from playground.training.curves import Curve, picture
from playground.ui import controls, own_keys
from playground.ui.calculators import calculator
from playground.ui.calculators import roofline as roofline_panel
from playground.ui.components.left_out import left_out_html
from playground.ui.components.recorded import recorded_traces
from playground.ui.story import column as story
from playground.ui.story.cards import cards, claims_list, drawing
from playground.ui.story.plays import PLAYS
from playground.ui.workshops import Workshops, workshops_script
from playground.web.templates import FOLDER, escapes, render, render_part
from playground.workshops.exercises import workshops
from playground.workshops.sheet import sheet

HOSTILE = """<script>"it's"</script>&<img src=x y=\""""
PLAIN = "w" * len(HOSTILE)

# ---------- no tag and no escape in Python

TAG = re.compile(
    r"</?(a|article|b|body|br|button|circle|code|dd|details|div|dl|dt|em|extra|fieldset|figcaption|figure|footer|form|g|h[1-6]|head|header|"
    r"html|i|img|input|label|legend|li|line|link|main|meta|nav|ol|option|output|p|path|polyline|pre|q|rect|script|section|select|small|"
    r"span|strong|style|summary|svg|table|tbody|td|textarea|th|thead|title|tr|ul)(?=[\s/>{]|$)",
    re.IGNORECASE,
)
PLOTLY = re.compile("</?(b|br|extra)>")  # plotly's own marks, which never are HTML
MAY = {"playground/ui/story/charts.py": PLOTLY, "playground/sweep/chart.py": PLOTLY}
OURS = {  # files that may call something Markup, and what that is
    "playground/web/templates.py": "what a template made",
    "playground/ui/story/prose.py": "what the Markdown renderer made, which takes no HTML",
    "playground/ui/page.py": "our style",
    "playground/ui/controls.py": "our scripts",
    "playground/workshops/sheet.py": "our faces",
    "playground/export/html.py": "our style and script, and JSON without a tag",
}
SOURCES = sorted((ROOT / "playground").rglob("*.py"))


def strings(source):
    """(line, text) of every string of a Python source, but docstrings."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def tags(source, may=None):
    return sorted({line for line, text in strings(source) if TAG.search(may.sub("", text) if may else text)})


def test_no_string_of_python_holds_a_tag():
    found = {}
    for path in SOURCES:
        name = path.relative_to(ROOT).as_posix()
        if lines := tags(path.read_text(encoding="utf-8"), MAY.get(name)):
            found[name] = lines
    assert found == {}, "Tags belong into playground/web/templates."


@pytest.mark.parametrize("source", ['x = f"<b>{1}</b>"', "x = \"<td class='a'>\"", 'x = f"<a{1}>"', 'x = "</ul>" + y'])
def test_a_tag_is_found(source):
    assert tags(source) == [1]


@pytest.mark.parametrize("source", ['"""Prose <b>."""', 'x = "<|mask|>"', 'x = "a < b"', 'x = "<lambda>"'])
def test_what_is_no_tag_is_passed_over(source):
    assert tags(source) == []


def test_nothing_but_a_template_escapes():
    """``Markup`` tells a template that a value is HTML: only what is ours, or was made by a template, may say so."""
    sources = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in SOURCES}
    assert [name for name, text in sources.items() if re.search(r"(import|html\.) ?escape\b", text)] == []
    assert {name for name, text in sources.items() if re.search(r"\bMarkup\(", text)} == set(OURS)
    for path in FOLDER.rglob("*.*"):
        assert not re.search(r"\|\s*safe\b|autoescape", path.read_text(encoding="utf-8")), path.name


# ---------- hostile words

KEPT = {
    "id",
    "kind",
    "runs",
    "status",
    "sign",
    "measure",
    "slug",
    "claim",
    "claims",
    "records",
}  # names that choose, and no words


def spoilt(value, words):
    """A record with all its words replaced."""
    if isinstance(value, str):
        return words
    if is_dataclass(value):
        own = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in KEPT}
        if not isinstance(own.get("value"), str):
            own.pop("unit", None)  # of a number: one of a known list
        return replace(value, **{name: spoilt(one, words) for name, one in own.items()})
    if isinstance(value, dict):
        return {name: one if name in KEPT else spoilt(one, words) for name, one in value.items()}
    return type(value)(spoilt(one, words) for one in value) if isinstance(value, (list, tuple)) else value


CLAIMS, MEASURED, DATA = load_claims(), load_measured(), calculator.data()
TRACE = recorded_traces()[0]


def all_claims(words):
    spoilt_ones = {name: spoilt(getattr(CLAIMS, name), words) for name in ("claims", "players", "sources", "shapes")}
    devices = tuple(replace(spoilt(one, words), dtype=one.dtype) for one in CLAIMS.devices)
    return replace(CLAIMS, **spoilt_ones, devices=devices)


def all_measured(words):
    values = {name: replace(value, label=words) for name, value in MEASURED.values.items()}
    return replace(MEASURED, device=words, date=words, command=words, values=values)


def all_drawings(words):
    return tuple(replace(claim, value=words) for claim in CLAIMS.claims if claim.unit == "drawing")


def a_run(words):
    """A trace without frames, as a visitor's browser sends it."""
    rows = {"ms": 900, "passes": 16, "first_token_ms": 3, "tokens": 64, "flops_per_pass": 1e8, "bytes_per_pass": 1e7}
    return {
        "run": {"device_name": words, "date": words},
        "lanes": [{"key": kind, "kind": kind, "title": words} for kind in ("diffusion", "ar")],
        "verdict": {
            "peak": {"flops_per_s": 1e12, "bytes_per_s": 1e11},
            "lanes": dict.fromkeys(("diffusion", "ar"), rows),
        },
    }


def answer(ask, words, **question):
    return json.loads(ask(json.dumps({"run": a_run(words), **question})))["html"]


def a_story(words):
    """A page with every mark and every embed."""
    marks = "[](claim:3.4) [](figure:gpqa-diffusiongemma) [](measured:prediction.error_median) [](source:remdm) [](live:passes)"
    acts = "[a](light:ar) [a](stage:rough) [a](try:first) [a](page:speed)"
    prose = read_page("page", 1, f"# Title\n\n{marks} {acts}\n\n```\n{words}\n```").parts
    embeds = {"claims": "1", "drawing": "1", "cards": "ar", "sentence": SENTENCE, "chart": "speed"}
    embeds |= {"legend": "marks", "play": "waits"}
    return StoryPage("page", 1, words, (*prose, *(Embed(kind, target, words) for kind, target in embeds.items())))


def story_html(words):
    pieces = story.pieces(a_story(words), all_claims(words), all_measured(words))
    return "".join(piece for piece in pieces if isinstance(piece, str))


def exercises(words):
    return tuple(spoilt(one, words) for one in workshops())


def replay(words):
    return "".join(to_html(replace(TRACE, run={**TRACE.run, "prompt": words, "device_name": words})))


SENTENCE = next(embed.target for page in story_pages() for embed in page.embeds if embed.kind == "sentence")
CASES = {
    "cards/claims.html": lambda words: claims_list(words, all_claims(words).claims),
    "cards/players.html": lambda words: "".join(cards(all_claims(words), which) for which in ("deck", "later", "ar")),
    "cards/drawing.html": lambda words: drawing(words, all_drawings(words)),
    "panels/plays.html": lambda words: "".join(play(all_claims(words)) for play in PLAYS.values()),
    "panels/calculator.html": lambda words: calculator.panel(None),
    "panels/calculator_result.html": lambda words: answer(calculator.calculate, words, scenario="agent"),
    "panels/roofline.html": lambda words: roofline_panel.panel(all_measured(words)),
    "panels/roofline_result.html": lambda words: answer(roofline_panel.predict, words),
    "story/pages.html": story_html,
    "story/pages.html turn": lambda words: story.turn(a_story(words), a_story(words)),
    "story/pages.html nav": lambda words: story.StoryNav((a_story(words),)).html_template,
    "story/marks.html": lambda words: story.prose_html(a_story(words).parts[0], all_claims(words), all_measured(words)),
    "controls/command.html": lambda words: controls.command(words, (words, words), ((words, words),)).html_template,
    "controls/own_keys.html": lambda words: "".join(
        (
            own_keys.part(
                "own_keys", "field", name="K", maker=words, where=words, models=["key"], raced=True, refused=words
            ),
            own_keys.part("own_keys", "notice", words=words),
        )
    ),
    "controls/settings.html": lambda words: "".join(
        control.html_template
        for control in (
            controls.slider("steps", words, (1, 9), 1, words),
            controls.whole("top_k", words, (1, 9), words, needs=words),
            controls.rule("commit", words, {name: spoilt(rule, words) for name, rule in COMMITS.items()}),
            controls.line("ending", words, words, words),
            controls.check("same_length", words, words),
        )
    ),
    "page/page.html": lambda words: left_out_html([words]),
    "page/models.html": lambda words: render("page/models.html", groups=[(words, [replace(TWINS[0], key=words)])]),
    "page/workshops.html": lambda words: Workshops(exercises(words)).html_template,
    "files/sheet.html": lambda words: sheet(exercises(words), f"http://127.0.0.1/{words}"),
    "page/preview.html": lambda words: render(
        "page/preview.html", title=words, description=words, url=words, picture=words, width=1, height=1, alt=words
    ),
    "files/replay.html": replay,
    "files/curves.svg": lambda words: picture([Curve(words, ((0, 4.0), (2e6, 3.2)))]),
}


class Skeleton(HTMLParser):
    """A page's tags with the names of their attributes, and apart from them all its words, each as a reader gets it."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.words, self._code = [], [], False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.words += [value for _, value in attrs if value]
        self._code = tag in ("script", "style")

    def handle_endtag(self, tag):
        self.tags.append(tag)
        self._code = False

    def handle_data(self, data):
        if not self._code:
            self.words.append(data)

    def count(self, words):
        return sum(text.count(words) for text in self.words)


@pytest.mark.parametrize("case", CASES)
def test_hostile_words_stay_words(case, monkeypatch):
    """The same tags as with plain words, and every word as it was given."""

    def made(words):
        for panel in (calculator, roofline_panel):
            monkeypatch.setattr(panel, "load_claims", lambda: all_claims(words))
            monkeypatch.setattr(panel, "data", lambda: spoilt(DATA, words))
        return Skeleton(CASES[case](words))

    plain, hostile = made(PLAIN), made(HOSTILE)
    assert hostile.tags == plain.tags
    assert hostile.count(HOSTILE) == plain.count(PLAIN) > 0


def test_every_template_that_takes_values_has_a_case():
    """Static ones need none; parts.html and inputs.html are parts of the others, and scripts.html has a test of its own."""
    takes = {
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.rglob("*.*")
        if "{{" in path.read_text(encoding="utf-8") and escapes(path.name)
    }
    parts = {"parts.html", "panels/inputs.html", "page/scripts.html"}
    assert takes - parts == {case.partition(" ")[0] for case in CASES}


def test_data_in_a_script_is_the_data_and_no_tag(monkeypatch):
    monkeypatch.setattr("playground.ui.workshops.exercises", lambda: exercises(HOSTILE))
    script = workshops_script()
    assert script.count("<") == 2 and script.startswith("<script>") and script.endswith("</script>")
    value = json.loads(script.partition(" = ")[2].removesuffix(";</script>"))
    assert value == json.loads(json.dumps([one.to_json() for one in exercises(HOSTILE)]))


def test_a_name_that_nobody_gave_is_an_error():
    with pytest.raises(UndefinedError):
        render_part("story/pages.html", "title")
