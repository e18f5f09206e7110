"""The calculator and the roofline panel: JSON in, JSON out. Figures are those of products.py and roofline.py; odd input gets a sentence."""

import json
import re
from html import unescape
from types import SimpleNamespace

import pytest

from playground.estimates.products import (
    agent_loop,
    code_completion,
    measured,
    published,
    published_systems,
    voice_reply,
)
from playground.estimates.roofline import (
    Device,
    Job,
    ar_costs,
    ar_time,
    break_even_passes,
    diffusion_costs,
    diffusion_time,
    fitted_overhead,
    lane_time,
)
from playground.estimates.scenarios import SCENARIOS, duration, money
from playground.evidence.load import load_claims
from playground.evidence.measured import load_measured
from playground.metrics.cost import Cost, DecoderShape, Peak
from playground.ui.calculators.calculator import Calculator, calculate, inputs_of, panel
from playground.ui.calculators.last_run import read_run, recorded_run
from playground.ui.calculators.roofline import TWINS, Roofline, inputs, predict
from playground.ui.calculators.roofline import panel as roofline_panel
from playground.ui.calculators.sliders import LONGEST, data, starts
from playground.ui.components.recorded import TRACES

CLAIMS = load_claims()
RACE = json.loads((TRACES / "first.json").read_text(encoding="utf-8"))
RUN = {name: RACE[name] for name in ("run", "lanes", "verdict")}  # as the browser sends it, and more
RUN["verdict"] = {name: RACE["verdict"][name] for name in ("lanes", "peak")}  # as last_run.js picks them
PANELS = pytest.mark.parametrize("ask", [calculate, predict])


def answer(ask, **question):
    return json.loads(ask(json.dumps(question)))


def rows_by_name(**question):
    return {row["name"]: row for row in answer(calculate, **question)["rows"]}


# ---------- the calculator


def test_an_agent_loop_is_that_of_the_products():
    values = {"steps": 4, "tokens": 50, "prompt": 700, "tool_tokens": 100, "tool_s": 0.5}
    rows = rows_by_name(scenario="agent", values=values)
    for _, system in published_systems(CLAIMS):
        done, row = agent_loop(system, 4, 50, 700, 100, 0.5), rows[system.name]
        assert row["seconds"] == done.seconds and row["at_least"] is done.at_least and row["dollars"] == done.dollars
        assert row["fixed_s"] == 1.5 and (row["tokens_in"], row["tokens_out"]) == (done.tokens_in, 200)


def test_a_voice_reply_waits_for_its_first_sentence():
    values = {"tokens": 100, "sentence": 20, "spoken_per_s": 3, "limit_s": 1, "prompt": 50, "around_s": 0.2}
    rows = rows_by_name(scenario="voice", values=values)
    for _, system in published_systems(CLAIMS):
        reply = voice_reply(system, 100, 20, 3, 1, 50, 0.2)
        row = rows[system.name]
        assert row["seconds"] == reply.estimate.first_s and row["silence_s"] == reply.silence_s
        assert row["in_time"] is reply.in_time


def test_a_completion_is_late_or_in_time_or_nobody_knows():
    rows = rows_by_name(scenario="code", values={"tokens": 100, "limit_s": 1})
    assert rows["GPT-4o mini"]["in_time"] is False  # late even without the wait that is not known
    assert rows["Gemini Diffusion"]["in_time"] is True and rows["Mercury 2"]["in_time"] is None
    systems = {system.name: system for _, system in published_systems(CLAIMS)}
    assert rows["Gemini Diffusion"]["seconds"] == code_completion(systems["Gemini Diffusion"], 100, 1).estimate.seconds


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_is_not_given_is_where_it_starts(scenario):
    given = answer(calculate, scenario=scenario, values=starts(inputs_of(scenario)))
    assert answer(calculate, scenario=scenario) == given and given["summary"] and "<table" in given["html"]


def test_the_unknown_is_said():
    html = answer(calculate)["html"]
    assert "at least" in html and "no price known" in html and "own machine" in html
    assert html.count("$") == 4 and "contested" in html and "vendor" in html


def test_the_last_run_stands_beside_the_published():
    run = json.loads(json.dumps(RUN))
    run["verdict"]["lanes"]["diffusion"].update(ms=32.0, tokens=64)
    rows = rows_by_name(scenario="agent", values={"steps": 1, "tokens": 640}, run=run)
    assert (
        rows["Diffusion"]["seconds"] == pytest.approx(0.32)
        and rows["Diffusion"]["here"]
        and not rows["Mercury 2"]["here"]
    )
    ar = RACE["verdict"]["lanes"]["ar"]
    assert (
        rows["Autoregressive"]["seconds"]
        == agent_loop(measured("AR", ar["tokens"], ar["ms"], ar["first_token_ms"]), 1, 640).seconds
    )
    assert len(rows) == 2 + len(published_systems(CLAIMS))


def test_a_diffusion_lane_hands_over_a_block_at_a_time():
    one, four = (read_run({**RUN, "run": {**RUN["run"], "blocks": blocks}}) for blocks in (1, 4))
    assert [run.lane("diffusion").system().arrives for run in (one, four)] == [64, 16]
    assert one.lane("ar").system().arrives == 1
    own = [{**lane, "settings": {"blocks": 2}} if lane["kind"] == "diffusion" else lane for lane in RUN["lanes"]]
    assert read_run({**RUN, "lanes": own}).lane("diffusion").system().arrives == 32


def test_without_a_run_the_recorded_one_counts():
    assert answer(calculate) == answer(calculate, run=None) == answer(calculate, run=RUN)
    assert re.fullmatch(rf"[0-9]+ CPU cores?, {RACE['run']['date'][:10]}", recorded_run().where)


def test_a_visitors_words_are_text():
    run = json.loads(json.dumps(RUN))
    run["lanes"][0]["title"] = run["run"]["device_name"] = "<img src=x onerror=alert(1)>" + "x" * 100
    for ask in (calculate, predict):
        told = answer(ask, run={**run, "run": {**run["run"], "device_name": "<b>" + "y" * 100}})
        assert "<img" not in told["html"] and "<b>" not in told["html"] and "y" * 41 not in told["html"]


def test_what_an_agent_waits_for_besides_the_model_is_said():
    told = answer(calculate, values={"steps": 2, "tool_s": 5})
    assert "5.0\u00a0s of each is spent outside the model" in told["html"] and "first" in told["summary"]
    assert "outside the model" not in answer(calculate, values={"tool_s": 0})["html"]


def test_prices_and_times_in_words():
    assert [duration(s).replace("\u00a0", " ") for s in (0.0004, 0.085, 1.44, 51.2, 190, 8000)] == [
        "0.4 ms",
        "85 ms",
        "1.4 s",
        "51 s",
        "3.2 min",
        "2.2 h",
    ]
    assert [money(d) for d in (0, 4.6, 1234, 0.0123)] == ["$0.00", "$4.60", "$1,234.00", "$0.012"]


# ---------- the roofline


def twins(bytes_per_number=4):
    return DecoderShape.of(SimpleNamespace(**json.loads(TWINS.read_text(encoding="utf-8"))), bytes_per_number)


def test_this_machine_by_hand():
    told = answer(predict, values={"batch": 4, "prompt": 30, "length": 40, "passes": 8})
    peak, job = Peak(**RACE["verdict"]["peak"]), Job(30, 40, 8, 4)
    for kind, costs in (("diffusion", diffusion_costs), ("ar", ar_costs)):
        row = RACE["verdict"]["lanes"][kind]
        overhead = fitted_overhead(
            [Cost(row["flops_per_pass"], row["bytes_per_pass"])] * row["passes"], row["ms"], peak
        )
        lane = lane_time(costs(twins(), job), Device(peak, overhead), job)
        assert told["lanes"][kind]["ms"] == pytest.approx(lane.ms) and told["lanes"][kind]["bound"] == lane.bound


def test_a_prediction_of_the_run_itself_is_its_clock():
    asked = {"prompt": RACE["lanes"][0]["prompt"], "length": RACE["run"]["length"], "passes": RACE["run"]["steps"]}
    told = answer(predict, values={"batch": 1, **asked})
    for kind in ("diffusion", "ar"):
        assert told["lanes"][kind]["ms"] == pytest.approx(
            RACE["verdict"]["lanes"][kind]["ms"], rel=0.05
        )  # the head of a lane skips what is settled


@pytest.mark.parametrize("model", ["llada-8b", "dream-7b", "llama3-8b"])
@pytest.mark.parametrize("overhead", [0, 0.5])
def test_a_data_sheet_by_hand(model, overhead):
    sheet = CLAIMS.device("h100-sxm")
    device = Device(Peak(1e12 * sheet.figure("peak_tflops").value, 1e12 * sheet.figure("peak_tbytes").value), overhead)
    told = answer(
        predict, model=model, device="h100-sxm", values={"overhead_ms": overhead, "length": 128, "passes": 32}
    )
    shape = CLAIMS.shape(model).decoder(2)
    for batch, row in zip((1, 4, 16, 64), told["batches"]):
        job = Job(17, 128, 32, batch)
        assert row["batch"] == batch and row["even"] == break_even_passes(
            ar_time(shape, device, job), diffusion_time(shape, device, job)
        )
        assert row["factor"] == pytest.approx(ar_time(shape, device, job).ms / diffusion_time(shape, device, job).ms)
    assert [row["even"] for row in told["batches"]] == sorted((row["even"] for row in told["batches"]), reverse=True)
    assert told["batches"][0]["first"] == "diffusion" and told["batches"][-1]["first"] == "ar"


@pytest.mark.parametrize("shape", CLAIMS.shapes, ids=lambda shape: shape.id)
def test_every_shape_says_its_size_and_its_source(shape):
    html = unescape(answer(predict, model=shape.id, device="h100-sxm")["html"])
    assert shape.name in html and shape.source.title in html and "parameters" in html
    assert ("experts of a layer an AR step reads 8 and" in html) == bool(shape.experts)
    assert (f"in blocks of {shape.block} and can keep a cache" in html) == bool(shape.block)


def test_experts_make_a_diffusion_pass_dearer_than_an_ar_step():
    """An AR step reads 8 of 64 experts, a pass nearly all. So LLaDA-MoE breaks even at fewer passes than LLaDA 8B."""
    even = {name: answer(predict, model=name, device="h100-sxm")["even"] for name in ("llada-8b", "llada-moe")}
    assert even["llada-moe"] < even["llada-8b"] / 2


def test_what_the_result_means_is_said():
    large = {"model": "llada-8b", "device": "h100-sxm"}
    assert answer(predict, **large)["summary"].startswith("Diffusion is first, ")
    assert "AR is first" in answer(predict, **large, values={"batch": 64})["summary"]
    slow = json.loads(json.dumps(RUN))
    slow["verdict"]["lanes"]["ar"]["ms"] = 10_000
    assert "even one a token" in answer(predict, run=slow)["summary"]
    assert "breaks even at" in answer(predict)["summary"]


def test_a_figure_of_a_data_sheet_has_a_source():
    sheet = CLAIMS.device("h100-sxm")
    assert all(
        figure.status == "vendor" and figure.source.by == "NVIDIA" and figure.source.undated for figure in sheet.figures
    )
    assert sheet.figures[0].text in answer(predict, device="h100-sxm")["html"]
    with pytest.raises(KeyError, match="There is no device"):
        CLAIMS.device("abacus")


def test_a_run_without_a_peak_leaves_the_recorded_one():
    told = answer(predict, run={**RUN, "verdict": {**RUN["verdict"], "peak": None}})
    assert told == answer(predict)


# ---------- odd input


@PANELS
@pytest.mark.parametrize(
    "question",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '"text"',
        "[" * 3000,
        "9" * LONGEST,
        '{"values": []}',
        '{"values": 3}',
        '{"values": null}',
        "x" * (LONGEST + 1),
        None,
        7,
        '{"model": [], "scenario": {}}',
        '{"device": 1, "scenario": 1}',
        '{"run": {"run": {"blocks": -1}, "lanes": [{"key": "a"}], "verdict": {"lanes": {"a": {"tokens": 1, "ms": 1, "first_token_ms": 1}}}}}',
    ],
)
def test_an_odd_question_gets_a_sentence(ask, question):
    told = json.loads(ask(question))
    assert set(told) == {"message"} and told["message"].endswith(".")


@pytest.mark.parametrize(
    "ask, names",
    [(calculate, [slider.id for slider in inputs_of("agent")]), (predict, [slider.id for slider in inputs()])],
)
@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-1", "1e400", '"5"', "true", "null", "[]", "1" + "0" * 400, "-Infinity"]
)
def test_an_odd_value_gets_a_sentence(ask, names, value):
    for name in names:
        told = json.loads(ask(f'{{"values": {{"{name}": {value}}}}}'))
        assert set(told) == {"message"} and told["message"].endswith(".")


def test_bounds_are_told():
    assert answer(calculate, values={"steps": 51})["message"] == "Steps must be from 1 to 50 steps."
    assert answer(calculate, values={"steps": 2.5})["message"] == "Steps must be a whole number of steps."
    assert answer(predict, values={"length": 8, "passes": 9})["message"].startswith("8 tokens take 8 passes at most")
    assert "There are: agent, voice, code" in answer(calculate, scenario="poem")["message"]


@PANELS
@pytest.mark.parametrize("figure", [-1, "5", True, 1e300, [1], "NaN"])
def test_a_figure_of_a_run_that_cannot_be_gets_a_sentence(ask, figure):
    run = json.loads(json.dumps(RUN))
    run["verdict"]["lanes"]["ar"]["ms"] = figure
    told = json.loads(ask(json.dumps({"run": run}).replace('"NaN"', "NaN")))
    assert set(told) == {"message"} and told["message"].endswith(".")


@PANELS
@pytest.mark.parametrize(
    "run", [7, "x", {}, {"verdict": None}, {"lanes": [None], "verdict": {"lanes": {"a": 1}}}, {"lanes": [{"key": []}]}]
)
def test_a_run_that_is_none_leaves_the_recorded_one(ask, run):
    assert answer(ask, run=run) == answer(ask)


# ---------- what stands on the page


def test_the_first_result_is_there_without_a_request():
    assert answer(calculate)["html"] in panel(recorded_run())
    assert answer(predict)["html"] in roofline_panel(load_measured())
    for component in (Calculator(panel(recorded_run())), Roofline(roofline_panel(load_measured()))):
        assert component.api_info() == {"type": "string"} and "<table" in component.html_template


def test_the_panels_say_where_their_starts_come_from():
    assert data()["roofline"]["reason"] in unescape(roofline_panel(load_measured()))
    assert all(one["reason"] in unescape(panel(None)) for one in data()["scenarios"])


def test_gradio_finds_no_code_in_the_templates():
    for component in (Calculator(panel(recorded_run())), Roofline(roofline_panel(load_measured()))):
        assert not set("$`\\{}") & set(component.html_template)


def test_every_slider_has_its_label_and_every_claim_is_one():
    for html in (panel(recorded_run()), roofline_panel(load_measured())):
        ids = re.findall(r'<input id="([^"]+)" name', html)
        assert len(ids) == len(set(ids)) and set(ids) == set(re.findall(r'<label for="([^"]+)"', html)) == set(
            re.findall(r'<output for="([^"]+)"', html)
        )
        for claim in re.findall(r'data-claim="([^"]+)"', html):
            CLAIMS.claim(claim)
    assert {"5.9", "5.19", "2.11"} <= set(re.findall(r'data-claim="([^"]+)"', panel(None)))


def test_every_published_system_names_source_and_date():
    html = unescape(panel(None))
    for player in CLAIMS.players:
        if system := published(player):
            for figure in system.figures:
                assert figure.source.title in html and (figure.source.date or "undated") in html


def test_starts_are_within_their_bounds():
    everything = [slider for scenario in SCENARIOS for slider in inputs_of(scenario)] + list(inputs())
    for slider in everything:
        assert slider.read(slider.start) == slider.start and slider.read(slider.most) == slider.most
    assert set(SCENARIOS) == {scenario["id"] for scenario in data()["scenarios"]} and all(
        one["reason"] for one in data()["scenarios"]
    )


def test_the_decks_limit_is_the_decks():
    for scenario in ("voice", "code"):
        limit = next(slider for slider in inputs_of(scenario) if slider.id == "limit_s")
        assert limit.claim == "5.7" and limit.start == CLAIMS.claim("5.7").value
