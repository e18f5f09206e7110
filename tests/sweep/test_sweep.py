"""A sweep runs every plan without conflicts, reports speed and quality, and labels the region where AR wins."""

import json
import math
import os
import shutil
import signal
import time
from dataclasses import replace
from io import StringIO

import pytest
import torch
from rich.console import Console

from playground import __main__ as cli
from playground.decoders.judge import load_judge
from playground.decoders.perplexity import perplexity
from playground.engine import twins
from playground.errors import PlaygroundError
from playground.metrics.lane_metrics import measure
from playground.request.race_request import RaceRequest
from playground.request.rules import CACHES, COMMITS, NOISES, REVISIONS
from playground.sweep import running
from playground.sweep.chart import AR_WINS, chart, page
from playground.sweep.plans import Plan, plans
from playground.sweep.points import Point, Sample, Sweep, point
from playground.sweep.running import sweep
from playground.sweep.table import table


@pytest.mark.parametrize("length", [8, 64, 128])
def test_every_plan_can_be_run_and_every_rule_is_swept(length):
    requests = [RaceRequest.parse({"prompt": "hi", "length": length, **plan.settings}) for plan in plans(length)]
    assert len(set(requests)) == len(requests)
    for axis, rules in (("noise", NOISES), ("commit", COMMITS)):
        assert {getattr(request, axis) for request in requests} == set(rules)
    assert {request.revise for request in requests} == set(REVISIONS)
    assert {request.cache for request in requests} == set(CACHES)


def made_up(family="Rule", tok_per_s=100.0, perplexity=5.0, judged=None, group="Orders") -> Point:
    return Point(
        group,
        family,
        "16 steps",
        {"steps": 16},
        1,
        tok_per_s,
        16,
        4.0,
        1.0,
        1.0,
        2.0,
        3.0,
        perplexity,
        judged,
        3.0,
        0.8,
        0.0,
        0.0,
        0.3,
        0.1,
    )


AR = made_up("Autoregressive", 100.0, 4.0, 40.0, "")


@pytest.mark.parametrize(
    "speed, perplexity, told",
    [
        (50, 9, "AR wins"),
        (50, 4, "AR wins"),
        (50, 3, "slower, better"),
        (200, 9, "faster, worse"),
        (200, 4, "wins"),
    ],
)
def test_ar_wins_where_a_point_is_slower_and_no_better(speed, perplexity, told):
    one = made_up(tok_per_s=speed, perplexity=perplexity)
    assert Sweep("t", None, AR, (one,), {}).standing(one) == told


def test_a_judge_decides_where_there_is_one():
    one = made_up(tok_per_s=50, perplexity=3.0, judged=50.0)
    assert Sweep("t", None, AR, (one,), {}).standing(one) == "slower, better"
    assert Sweep("t", "judge", AR, (one,), {}).standing(one) == "AR wins"


def test_lanes_of_different_tokenizers_compare_by_characters_and_bytes():
    """By tokens and perplexity AR would win: its tokens are short, and their perplexity is low."""
    ar = replace(AR, char_per_s=200.0, bits_per_byte=1.5, judged_bits_per_byte=1.7)
    one = replace(made_up(tok_per_s=50, perplexity=9.0), char_per_s=300.0, bits_per_byte=1.2, judged_bits_per_byte=1.9)
    found = Sweep("t", None, ar, (one,), {}, "Word model", one_tokenizer=False)
    judged = replace(found, judge="judge")
    assert (found.standing(one), judged.standing(one)) == ("wins", "faster, worse")
    assert replace(found, one_tokenizer=True).standing(one) == "AR wins"
    told = Console(width=150, record=True, file=StringIO())
    told.print(table(judged))
    shown = told.export_text()
    assert all(word in shown for word in ("characters/s", "bits per byte", "Word model", "300", "1.20", "1.90"))
    assert "perplexity" not in shown and "tok/s" not in shown
    page = chart(judged).to_json()
    assert "characters per second" in page and "bits per byte under Word model" in page and "AR twin" not in page
    assert judged.to_json()["compares"] == "characters" and judged.to_json()["points"][0]["judged_bits_per_byte"] == 1.9


def test_the_region_where_ar_wins_is_on_every_perplexity_panel():
    found = Sweep(
        "t", "judge", AR, (made_up(tok_per_s=30, perplexity=9, judged=90.0), made_up("Other", 300, 20, 99.0)), {}
    )
    regions = [trace for trace in chart(found).data if trace.name == AR_WINS]
    assert [(max(region.x), min(region.y)) for region in regions] == [(100.0, 40.0), (100.0, 4.0)]
    assert chart(Sweep("t", None, AR, (made_up(perplexity=None),), {})).data  # nothing to judge is no error


def test_the_plot_opens_offline():
    html = page(Sweep("t", None, AR, (made_up(),), {}))
    assert AR_WINS in html and "Plotly.newPlot" in html and len(html) > 1_000_000
    assert "<script src=" not in html and 'rel="stylesheet"' not in html


def test_means_of_a_plan(tiny):
    plan = Plan("Orders", "Surest first", "4 steps", {"steps": 4})
    found = sweep(
        tiny,
        [plan, Plan("Revision", "Re-noise", "4 steps", {"steps": 4, "revise": "renoise"})],
        ["I need a dentist", "Once upon a time"],
        length=8,
    )
    first = found.points[0]
    assert (first.runs, first.passes, first.tokens_per_pass) == (2, 4, 2.0) and found.ar.passes == 8
    assert first.perplexity > 1 and first.entropy > 0 and 0 < first.distinct_2 <= 1 and first.judged is None
    assert first.flops_share > 0 and first.between_p50_ms <= first.between_p95_ms
    told = Console(width=150, record=True)
    told.print(table(found))
    shown = told.export_text()
    assert all(word in shown for word in ("Surest first", "AR twin", "entropy", "distinct-2"))


def test_perplexities_are_averaged_as_cross_entropies(tiny):
    run = tiny.start(RaceRequest("hi", length=8, steps=2))
    list(run.frames())
    row = measure(run.trace, "diffusion", 4.0)
    both = point(Plan("g", "f", "l"), [Sample(row, [1.0, 3.0], 2.0), Sample(replace(row, perplexity=9.0), [], None)])
    assert (both.perplexity, both.judged, both.between_p50_ms) == (pytest.approx(6.0), pytest.approx(2.0), 2.0)


@pytest.fixture
def small_models(monkeypatch, tiny, tiny_models, tmp_path):
    """Models with random weights for the command, and a copy of the AR model under another name as the judge."""
    monkeypatch.setattr(twins, "load_twins", lambda device, **more: tiny)
    shutil.copytree(tiny_models / "twin-ar", tmp_path / "judge")
    return tmp_path


def test_the_command_prints_a_table_and_writes_figures_and_plot(small_models, capsys):
    files = [small_models / name for name in ("sweep.json", "sweep.html")]
    arguments = ["sweep", "--prompts", "1", "--length", "8", "--judge", str(small_models / "judge")]
    assert cli.main([*arguments, "--json", str(files[0]), "--html", str(files[1])]) == 0
    assert "Surest first" in capsys.readouterr().out
    told = json.loads(files[0].read_text(encoding="utf-8"))
    assert told["judge"] == "judge" and len(told["points"]) == len(plans(8)) and told["run"]["checkpoints"]
    assert all(
        {"tok_per_s", "perplexity", "judged", "entropy", "distinct_2", "against_ar"} <= set(p) for p in told["points"]
    )
    assert all(p["judged"] > 1 for p in [told["ar"], *told["points"]])
    assert AR_WINS in files[1].read_text(encoding="utf-8")


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_sweep_and_keeps_the_whole_runs(number, code, small_models, monkeypatch, capsys):
    made, original = [], running._run

    def run(*arguments):
        made.append(original(*arguments))
        if len(made) == 4:
            os.kill(os.getpid(), number)
            time.sleep(0.1)  # the main thread receives it
        return made[-1]

    monkeypatch.setattr(running, "_run", run)
    path = small_models / "sweep.json"
    assert cli.main(["sweep", "--prompts", "1", "--length", "8", "--json", str(path)]) == code
    told, said = json.loads(path.read_text(encoding="utf-8")), capsys.readouterr()
    assert told["run"]["ended"] == "stopped" and 3 <= len(told["points"]) <= 4
    assert "stopped after" in said.out and f"in {path}" in said.err and "Traceback" not in said.err


def test_a_sweep_that_is_stopped_at_once_keeps_nothing(tiny):
    with pytest.raises(PlaygroundError, match="nothing to keep"):
        sweep(tiny, plans(8), ["hi"], 8, stopped=lambda: True)


def test_a_judge_reads_a_text_given_its_prompt(small_models, tiny):
    judge = load_judge(small_models / "judge", torch.device("cpu"))
    prompt, text = "User: I need to find a dentist in Fremont.", "Assistant: I found one dentist for you."
    given, written = tiny.diffusion.encode(prompt), tiny.diffusion.encode(text)
    assert judge.perplexity(prompt, text) == pytest.approx(
        perplexity(tiny.ar.model, given + written, len(given)), rel=1e-4
    )
    assert judge.perplexity(prompt, "") is None and judge.perplexity("", text) > 1
    bits = len(written) * math.log2(judge.perplexity(prompt, text))
    assert judge.score(prompt, text).bits_per_byte == pytest.approx(bits / len(text.encode()), rel=1e-6)


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["--length", "4000"], "between 8 and 512"),
        (["--prompts", "900"], "number of prompts must lie between"),
        (["--html", "/no/such/folder/plot.html"], "cannot be written"),
        (["--judge", "/no/such/model"], "No judge can be loaded"),
        (["--judge", "models/twin-ar"], "no racer can be its own judge"),
    ],
)
def test_what_cannot_be_swept_is_a_sentence(small_models, arguments, says, capsys):
    assert cli.main(["sweep", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error and "Traceback" not in error


def test_a_model_that_sees_both_ways_is_no_judge(small_models, tiny_models, capsys):
    shutil.copytree(tiny_models / "twin-diffusion", small_models / "both-ways")
    assert cli.main(["sweep", "--judge", str(small_models / "both-ways")]) == 2
    assert "sees both ways" in capsys.readouterr().err


def scored(share, **figures) -> Point:
    return replace(made_up(**figures), right=share, repeated=0.0, broken=0.1)


@pytest.mark.parametrize(
    "speed, share, told",
    [
        (50, 0.5, "AR wins"),
        (50, 0.9, "AR wins"),
        (50, 1.0, "slower, better"),
        (200, 0.5, "faster, worse"),
        (200, 0.9, "wins"),
    ],
)
def test_right_answers_decide_where_they_were_counted(speed, share, told):
    ar = replace(AR, right=0.9, repeated=0.0, broken=0.0)
    one = scored(share, tok_per_s=speed, perplexity=1.0, judged=1.0)  # by perplexity it would be better than AR
    assert Sweep("t", "judge", ar, (one,), {}).standing(one) == told


def test_right_answers_come_first_in_plot_and_table():
    ar = replace(AR, right=0.9, repeated=0.0, broken=0.0)
    found = Sweep("t", None, ar, (scored(0.25, tok_per_s=30.0), scored(0.75, family="Other", tok_per_s=300.0)), {})
    figure = chart(found)
    region = next(trace for trace in figure.data if trace.name == AR_WINS)
    assert "right answers" in figure.layout.yaxis.title.text and (max(region.x), max(region.y), min(region.y)) == (
        100.0,
        90.0,
        0.0,
    )
    assert [list(trace.y) for trace in figure.data if trace.name in ("Rule", "Other")][:2] == [[25.0], [75.0]]
    told = Console(width=150, record=True)
    told.print(table(found))
    shown = told.export_text()
    assert "75%" in shown and "right" in shown


def test_replies_of_a_sweep_are_scored(tiny):
    found = sweep(
        tiny, [Plan("Orders", "Surest first", "4 steps", {"steps": 4})], ["What is the capital of France?"], length=8
    )
    assert found.counts_right and found.points[0].right == found.ar.right == 0.0  # random weights
    assert not sweep(
        tiny, [Plan("Orders", "Surest first", "4 steps", {"steps": 4})], ["What about tariffs?"], length=8
    ).counts_right
