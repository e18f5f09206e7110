"""The record of measurements: the shipped one is whole, another machine's and a broken one are left aside, faults are sentences."""

import copy
import json

import pytest

from playground.bench import __main__ as bench
from playground.bench import prediction, racing, scaling, story
from playground.catalog.records import AR_TWIN, DIFFUSION_TWIN
from playground.catalog.weights import weight_files, weights_sha256
from playground.engine.twins import MODELS
from playground.estimates.roofline import Job
from playground.evidence.measured import SHIPPED, UNITS, MeasuredError, faults, in_words, load_measured, read
from playground.sweep.plans import plans

QUOTED = (
    "scaling.exponent_short",
    "scaling.exponent_long",
    "scaling.attention_share_64",
    "scaling.attention_share_8192",
    "scaling.ar_total_8192_s",
    "scaling.fixed_total_8192_s",
    "scaling.growing_total_8192_s",
    "prediction.error_median",
    "prediction.error_worst",
    "race.diffusion_ms",
    "race.ar_ms",
    "race.diffusion_tok_per_s",
    "race.ar_tok_per_s",
    "race.factor",
    "race.passes",
    "race.tokens",
    "race.flops_share_diffusion",
    "race.flops_share_ar",
    "race.bytes_share_ar",
    "sweep.most_passes_faster",
    "repair.repaired",
    "repair.spoiled",
)
DATA = json.loads(SHIPPED.read_text(encoding="utf-8"))


def broken(change):
    """What is said of the shipped record after a change to it."""
    data = copy.deepcopy(DATA)
    change(data)
    return "\n".join(faults(data))


def kept(tmp_path, **changes):
    """A file like this machine's own record."""
    path = tmp_path / "measured.json"
    path.write_text(json.dumps({**DATA, **changes}), encoding="utf-8")
    return path


def test_the_shipped_record_is_whole():
    found = read(SHIPPED)
    assert not list(faults(DATA)) and not found.own and SHIPPED.stat().st_size < 60_000
    assert set(QUOTED) <= set(found.values)
    assert all(value.unit in UNITS and value.label and value.text for value in found.values.values())
    assert [row["positions"] for row in found.scaling["rows"]] == list(scaling.LENGTHS)
    assert found.prediction["rows"] and found.sweep["points"] and found.race["lanes"]["ar"]["tokens"]
    assert found.device in found.where and found.date[:10] in found.where


def test_the_shipped_record_is_of_the_shipped_twins():
    """Trained anew, they are to be measured anew: `make bench ARGS="story --ship"`."""
    assert {
        name: weights_sha256(weight_files(MODELS / name))[:16] for name in (DIFFUSION_TWIN.key, AR_TWIN.key)
    } == DATA["checkpoints"]


@pytest.mark.parametrize(
    "value, unit, words",
    [
        (1.041, "exponent", "1.04"),
        (0.19, "share", "19%"),
        (0.004, "share", "0.4%"),
        (8.31, "s", "8.3 s"),
        (640.4, "tok/s", "640 tok/s"),
        (93.2, "ms", "93 ms"),
        (0.817, "factor", "0.82×"),
        (16, "passes", "16 passes"),
        (1, "passes", "1 pass"),
        (1, "tokens", "1 token"),
        (8192, "positions", "8,192 positions"),
        (7200, "s", "2.0 hours"),
        (480, "s", "8.0 minutes"),
        (0.085, "s", "0.09 s"),
    ],
)
def test_figures_in_words(value, unit, words):
    assert in_words(value, unit) == words


def test_an_unknown_figure_is_a_sentence():
    with pytest.raises(KeyError, match=r"No figure called race.speed was measured"):
        read(SHIPPED).text("race.speed")
    assert read(SHIPPED).text("race.passes") == f"{DATA['values']['race.passes']['value']} passes"


def test_this_machines_own_record_comes_first(tmp_path):
    path = kept(tmp_path, commit="0123456789")
    assert load_measured(own=path).own and load_measured(own=path).commit == "0123456789"
    assert load_measured(DATA["device"], own=path).own


def test_a_record_of_earlier_weights_is_left_aside(tmp_path):
    own = kept(tmp_path, checkpoints={"twin-diffusion": "1" * 16, "twin-ar": "2" * 16})
    assert not load_measured(weights=DATA["checkpoints"].values(), own=own).own
    assert load_measured(weights=["1" * 16, "2" * 16], own=own).own and load_measured(own=own).own


def test_a_record_of_another_device_is_left_aside(tmp_path):
    assert not load_measured("a GPU that nobody has", own=kept(tmp_path)).own


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}', json.dumps({**DATA, "version": 9})])
def test_a_broken_record_falls_back_to_the_shipped_one(tmp_path, caplog, content):
    path = tmp_path / "measured.json"
    path.write_text(content, encoding="utf-8")
    found = load_measured(own=path)
    assert not found.own and found.text("race.tokens") and str(path) in caplog.text
    with pytest.raises(MeasuredError):
        load_measured(own=path, shipped=path)


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda data: data.pop("race"), "no “race”"),
        (lambda data: data.pop("device"), "no “device”"),
        (lambda data: data.update(version=2), "version 2"),
        (lambda data: data.update(date="yesterday"), "no day"),
        (lambda data: data["scaling"].pop("rows"), "“scaling” has no “rows”"),
        (lambda data: data["values"]["race.ar_ms"].update(unit="furlongs"), "has the unit furlongs"),
        (lambda data: data["values"]["race.ar_ms"].update(value=float("nan")), "no finite number"),
        (lambda data: data["values"]["race.ar_ms"].update(label=" "), "has no label"),
        (lambda data: data["values"]["race.ar_ms"].pop("label"), "needs a value, a unit and a label"),
    ],
)
def test_faults_are_sentences(change, says):
    assert says in broken(change)


@pytest.fixture
def quick(monkeypatch, tmp_path, tiny):
    """The whole of it on random weights, with few lengths, jobs and plans, into a folder of its own."""
    monkeypatch.setattr(bench, "load_twins", lambda device: tiny)
    for module, name, value in (
        (story, "OWN", tmp_path / "runs" / "measured.json"),
        (story, "SHIPPED", tmp_path / "measured.json"),
        (story, "PATIENCE_S", 0.0),
        (racing, "ROUNDS", 2),
        (prediction, "ROUNDS", 2),
        (story.repair, "SEEDS", 1),
        (story.repair, "UNSEEN", story.repair.UNSEEN[:2]),
    ):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(story, "plans", lambda length: plans(length)[:2])
    monkeypatch.setattr(
        story.scaling, "scaling", lambda engine, watch, found=scaling.scaling: found(engine, (16, 32), watch)
    )
    predict = prediction.prediction
    monkeypatch.setattr(
        story.prediction, "prediction", lambda engine, watch: predict(engine, [Job(8, 4, 2)], Job(8, 8, 4), watch)
    )
    return tmp_path


def test_the_command_takes_everything_and_writes_it(quick, capsys):
    assert bench.main(["story"]) == 0
    own = quick / "runs" / "measured.json"
    assert not (quick / "measured.json").exists()
    assert json.loads(capsys.readouterr().out)["story"] == json.loads(own.read_text(encoding="utf-8"))
    found = load_measured(read(own).device, own=own)
    of_longer_texts = ("scaling.attention_share_64", "scaling.exponent_long")  # than were measured here
    assert found.own and {name for name in QUOTED if "8192" not in name} - set(of_longer_texts) <= set(found.values)
    assert found.text("scaling.attention_share_16").endswith("%") and found.race["lanes"]["ar"]["ms"] > 0


def test_shipping_writes_both_records(quick, capsys):
    assert bench.main(["story", "--ship"]) == 0
    assert (quick / "measured.json").read_text() == (quick / "runs" / "measured.json").read_text()
    with pytest.raises(SystemExit):
        bench.main(["race", "--ship"])
    assert "--ship goes with story" in capsys.readouterr().err
