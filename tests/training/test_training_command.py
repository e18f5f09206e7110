"""The command line, end to end on a tiny scale: prepare, train, stop, resume, publish, evaluate, and its messages."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from made_up import STEPS, TINY, command, train, weights
from playground.catalog.records import AR_TWIN
from playground.decoders.checkpoint import load_checkpoint
from playground.errors import TrainingError
from playground.training.__main__ import main
from playground.training.loop import train as train_loop
from playground.training.prepare import Prepared
from playground.training.runs import load_published, load_run, read_settings


@pytest.mark.parametrize("objective", ["diffusion", "ar"])
def test_the_loss_falls(made, objective):
    rows = [json.loads(row) for row in (getattr(made, objective) / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [20, 40, 60]
    assert rows[0]["loss"] - rows[-1]["loss"] > 0.5
    assert rows[-1]["tokens"] == 60 * 768


def after(steps: int):
    """A ``stopped`` function that returns True after this many steps."""
    answers = iter([False] * steps)
    return lambda: next(answers, True)


@pytest.mark.parametrize("objective", ["diffusion", "ar"])
def test_a_run_stopped_twice_equals_one_that_was_not(made, tmp_path, objective):
    settings, shape = read_settings(getattr(made, objective))
    data = Prepared.open(made.data)
    for steps in (7, 26):
        train_loop(
            settings, shape, data.packed("train"), data.tokenizer, tmp_path, report=lambda _: None, stopped=after(steps)
        )
    assert torch.load(tmp_path / "state.pt", weights_only=True)["step"] == 33
    train(tmp_path, objective, made.data)
    expected, found = weights(getattr(made, objective)), weights(tmp_path)
    assert expected.keys() == found.keys()
    for name in expected:
        assert torch.equal(expected[name], found[name]), name


def test_sigterm_saves_the_state_and_ends_cleanly(made, tmp_path):
    arguments = ["train", "--objective", "ar", "--data", made.data, "--out", tmp_path, "--steps", 100_000, *TINY]
    process = subprocess.Popen(
        [sys.executable, "-m", "playground.training", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log, until = tmp_path / "log.jsonl", time.monotonic() + 120
    while not (log.exists() and log.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and "stopped and saved" in said
    assert torch.load(tmp_path / "state.pt", weights_only=True)["step"] >= 20


def test_the_log_of_a_cut_run_is_not_counted_twice(made, tmp_path):
    shutil.copytree(made.ar, tmp_path / "run")
    with (tmp_path / "run" / "log.jsonl").open("a") as log:
        log.write('{"step": 80, "loss": 0}\n')  # trained after the last save, then cut
    command("train", "--data", made.data, "--out", tmp_path / "run", "--steps", 80)
    rows = [json.loads(row) for row in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [20, 40, 60, 80] and rows[-1]["loss"] > 0


def test_a_run_that_was_cut_before_it_first_saved_leaves_nothing_behind(made, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "log.jsonl").write_text('{"step": 20, "loss": 0}\n')
    shutil.copy(made.models / "twin-ar" / "training.json", run / "start.json")
    train(run, "ar", made.data, "--steps", 20)
    rows = [json.loads(row) for row in (run / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [20] and rows[0]["loss"] > 0
    assert load_run(run, Prepared.open(made.data)).steps == 20  # start.json is gone too


def test_a_schedule_that_changes_while_the_rate_falls_is_on_record(made, tmp_path, capsys):
    for run, steps, record in ((tmp_path / "early", 20, ()), (tmp_path / "late", 30, ((30, 30),))):
        settings, shape = read_settings(made.ar)
        settings = replace(settings, steps=steps if record else STEPS, decay_share=0.5)
        train_loop(
            settings,
            shape,
            Prepared.open(made.data).packed("train"),
            Prepared.open(made.data).tokenizer,
            run,
            report=lambda _: None,
            stopped=after(steps),
        )
        command("train", "--data", made.data, "--out", run, "--steps", STEPS + 10)
        assert read_settings(run)[0].rescheduled == record
    assert "has taken 70 steps already" in refused(
        capsys, "train", "--data", made.data, "--out", tmp_path / "late", "--steps", 40
    )
    folder = tmp_path / "twin"
    command("publish", "--run", tmp_path / "late", "--to", folder, "--data", made.data, "--samples", 1)
    assert "changed on the way, after 30 steps, until then it had 30" in (folder / "README.md").read_text()


def test_the_card_tells_the_noise_of_the_run(made, tmp_path):
    run, folder = tmp_path / "run", tmp_path / "twin"
    train(
        run,
        "diffusion",
        made.data,
        "--steps",
        5,
        "--stories",
        0.25,
        "--noise-lean",
        1.5,
        "--noise-own",
        0.1,
        "--noise-repair",
        0.2,
        "--noise-repair-random",
        0.5,
    )
    command("publish", "--run", run, "--to", folder, "--data", made.data, "--samples", 1)
    said = (folder / "README.md").read_text()
    for sentence in (
        "u^1.5",
        "gaps of one size (1 token to half of the row) in 10%",
        "no mask in 20% (50% of these with random tokens",
        "Stories made 25% of the windows",
    ):
        assert sentence in said
    assert "times over" not in said  # of a text that was read in part


def test_half_precision_on_a_cpu_learns_the_same(made, tmp_path):
    """Products in bfloat16 give nearly the same losses, and the weights stay in float32."""
    losses = {}
    for name, flag in (("single", ()), ("half", ("--bfloat16",))):
        train(tmp_path / name, "diffusion", made.data, "--steps", 20, "--noise-own", 0.3, *flag)
        losses[name] = [json.loads(row)["loss"] for row in (tmp_path / name / "log.jsonl").read_text().splitlines()]
    assert losses["half"] == pytest.approx(losses["single"], rel=0.02)
    single, half = (weights(tmp_path / name) for name in losses)
    assert {tensor.dtype for tensor in half.values()} == {torch.float32}
    assert not all(torch.equal(single[name], tensor) for name, tensor in half.items())


def test_a_new_run_can_begin_with_published_weights(made, tmp_path):
    start = made.models / "twin-ar"
    train(tmp_path, "diffusion", made.data, "--start", start, "--minutes", 0)  # no step: the weights as loaded
    begun, published = load_run(tmp_path, Prepared.open(made.data)).model, AutoModelForCausalLM.from_pretrained(start)
    for name, tensor in published.state_dict().items():
        assert torch.equal(begun.state_dict()[name], tensor.float()), name


def test_what_a_run_was_started_from_is_counted_and_told(made, tmp_path):
    run, folder = tmp_path / "run", tmp_path / "twin"
    train(run, "diffusion", made.data, "--start", made.models / "twin-diffusion", "--steps", 5)
    command("publish", "--run", run, "--to", folder, "--data", made.data, "--samples", 1)
    told = json.loads((folder / "training.json").read_text())
    assert told["steps"] == STEPS + 5 and told["tokens_seen"] == (STEPS + 5) * 768
    assert [phase["steps"] for phase in told["earlier"]] == [STEPS]
    again = tmp_path / "again"
    train(again, "diffusion", made.data, "--start", folder, "--minutes", 0)
    twin = load_run(again, Prepared.open(made.data))
    assert (twin.steps, twin.tokens_seen) == (STEPS + 5, (STEPS + 5) * 768)


def test_a_published_tokenizer_is_kept_for_another_text(made, tmp_path, capsys):
    twin, text = made.models / "twin-ar", tmp_path / "text"
    text.mkdir()
    for split in ("train", "valid"):
        (text / f"talk.{split}.txt").write_text("User: Zebras zigzag.\nAssistant: Quite so.\n", encoding="utf-8")
    command("prepare", "--corpus", text, "--out", tmp_path / "data", "--tokenizer", twin, "--vocabulary", 300)
    assert Prepared.open(tmp_path / "data").tokenizer.get_vocab() == load_published(twin).tokenizer.get_vocab()
    train(tmp_path / "run", "ar", tmp_path / "data", "--start", twin, "--minutes", 0)  # its weights fit
    said = refused(capsys, "prepare", "--corpus", text, "--out", tmp_path / "none", "--tokenizer", tmp_path)
    assert "has no tokenizer.json" in said


def test_a_card_is_written_anew_without_its_run(made, tmp_path, capsys):
    folder, small = tmp_path / "twin-ar", ("--data", made.data, "--samples", 3, "--sample-length", 16)
    shutil.copytree(made.models / "twin-ar", folder)
    before = (folder / "README.md").read_text()
    (folder / "README.md").unlink()
    command("card", folder, *small, "--evaluation", made.evaluation)
    assert (folder / "README.md").read_text() == before and (folder / "evaluation.json").is_file()
    for own in ((), ("--evaluation", folder / "evaluation.json")):  # the folder's own figures stay
        (folder / "README.md").unlink()
        command("card", folder, *small, *own)
        assert (folder / "README.md").read_text() == before and json.loads((folder / "evaluation.json").read_text())
    for nonsense in ("", "[]", '{"ar": 1}', "{}"):
        (folder / "evaluation.json").write_text(nonsense)
        assert refused(capsys, "card", folder, *small)
    other = {"ar": {"weights_sha256": "another"}}
    (tmp_path / "other.json").write_text(json.dumps(other))
    assert "judges other weights" in refused(capsys, "card", folder, *small, "--evaluation", tmp_path / "other.json")


def test_a_run_is_published_as_a_mean_with_other_weights(made, tmp_path, capsys):
    start, run = made.models / "twin-diffusion", tmp_path / "run"
    train(run, "diffusion", made.data, "--start", start, "--steps", 5, "--rate", 0.02)
    again = ("publish", "--run", run, "--data", made.data, "--samples", 1, "--to")
    found = {}
    for name, parts in (("alone", ()), ("mean", (f"{start}=0.25",)), ("none", (f"{start}=0.6", f"{start}=0.4"))):
        command(*again, tmp_path / name, *(word for part in parts for word in ("--mix", part)))
        found[name] = load_published(tmp_path / name).model.state_dict()
    before = load_published(start).model.state_dict()
    for name, weight in found["mean"].items():  # float16 in between
        assert torch.allclose(found["none"][name], before[name], atol=1e-3), name
        assert torch.allclose(weight, 0.75 * found["alone"][name] + 0.25 * before[name], atol=1e-3), name
    assert not torch.equal(found["alone"]["model.norm.weight"], before["model.norm.weight"])
    told = json.loads((tmp_path / "mean" / "training.json").read_text())["settings"]["mixed"]
    other = load_published(start)
    assert told == [{"weights_sha256": other.sha256, "share": 0.25, "tokens_seen": other.tokens_seen}]
    card = " ".join((tmp_path / "mean" / "README.md").read_text().split())
    assert f"75% those that this training came to, 25% others after {other.tokens_seen:,} tokens" in card
    to = (*again, tmp_path / "twin", "--mix")
    assert "the other twin" in refused(capsys, *to, f"{made.models / 'twin-ar'}=0.5")
    assert "would be written over" in refused(capsys, *again, start, "--mix", f"{start}=0.5")
    for wrong in (f"{start}=2", f"{start}=half", start):
        assert "is no FOLDER=SHARE with a share above 0" in refused(capsys, *to, wrong)
    assert "sum to 1.2" in refused(capsys, *to, f"{start}=0.6", "--mix", f"{start}=0.6")


def test_a_run_with_the_models_own_errors_resumes_with_the_noise_it_began_with(made, tmp_path, capsys):
    own = ("--noise-own", 0.3, "--noise-repair", 0.2)
    for steps in (6, 12):
        train(tmp_path / "cut", "diffusion", made.data, *own, "--steps", steps, "--decay-share", 0.01)
    train(tmp_path / "whole", "diffusion", made.data, *own, "--steps", 12, "--decay-share", 0.01)
    assert all(
        torch.equal(tensor, weights(tmp_path / "cut")[name]) for name, tensor in weights(tmp_path / "whole").items()
    )
    assert read_settings(tmp_path / "cut")[0].noise.own == 0.3
    said = refused(capsys, "train", "--data", made.data, "--out", tmp_path / "cut", "--noise-own", 0.1)
    assert "was started with own 0.3, not 0.1" in said


def test_settings_of_older_runs_are_read(made, tmp_path):
    stored = json.loads((made.diffusion / "settings.json").read_text())
    for name in ("own", "repair", "repair_least", "repair_most", "temperature_least", "lean", "repair_random"):
        del stored["train"]["noise"][name]
    for name in ("stories", "bfloat16", "rescheduled"):
        del stored["train"][name]
    (tmp_path / "settings.json").write_text(json.dumps(stored))
    assert read_settings(tmp_path) == read_settings(made.diffusion)
    for kind, stories in (("", None), ("dialogues", 0.0), ("stories", 1.0)):
        (tmp_path / "settings.json").write_text(json.dumps({**stored, "train": {**stored["train"], "kind": kind}}))
        assert read_settings(tmp_path)[0].stories == stories


def test_weights_in_shards_are_the_same_twin(made, tmp_path):
    folder = tmp_path / "twin"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"of an older layout")
    command("publish", "--run", made.diffusion, "--to", folder, "--data", made.data, "--samples", 1, "--shard", "40KB")
    shards = sorted(folder.glob("*.safetensors"))
    assert len(shards) > 1 and all(shard.stat().st_size < 45_000 for shard in shards)
    whole = load_published(made.models / "twin-diffusion")
    for twin in (load_published(folder).model, AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)):
        assert all(torch.equal(tensor, whole.model.state_dict()[name]) for name, tensor in twin.state_dict().items())
    train(tmp_path / "run", "diffusion", made.data, "--start", folder, "--minutes", 0)
    begun = load_run(tmp_path / "run", Prepared.open(made.data)).model.state_dict()
    assert all(torch.equal(begun[name], tensor) for name, tensor in whole.model.state_dict().items())
    shards[0].unlink()
    with pytest.raises(TrainingError, match="holds no published twin"):
        load_published(folder)


@pytest.mark.parametrize("objective", ["diffusion", "ar"])
def test_a_published_folder_reads_back_as_the_same_function(made, objective):
    folder, ids = made.models / f"twin-{objective}", torch.randint(2, 400, (2, 30))
    run = load_run(getattr(made, objective), Prepared.open(made.data))
    published = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        before, after_publishing = run.model(ids).logits, published(ids).logits
        assert (before - after_publishing).abs().max() < 0.01 * before.abs().max()
        ids[:, -1] = (ids[:, -1] + 1) % 400
        sees_ahead = not torch.equal(published(ids).logits[:, 0], after_publishing[:, 0])
    assert sees_ahead == (objective == "diffusion")


@pytest.mark.parametrize("objective", ["diffusion", "ar"])
def test_a_published_folder_says_what_it_is(made, objective):
    folder = made.models / f"twin-{objective}"
    config = json.loads((folder / "config.json").read_text())
    assert config["architectures"] == ["Qwen3ForCausalLM"] and config["is_causal"] == (objective == "ar")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert config["mask_token_id"] == tokenizer.mask_token_id
    assert tokenizer.decode(tokenizer("Zürich 7")["input_ids"]) == "Zürich 7"
    training = json.loads((folder / "training.json").read_text())
    assert training["tokens_seen"] == STEPS * 768 and training["objective"] == objective
    assert [part["part"] for part in training["corpus"]["parts"]] == ["talk", "tales"]
    card = (folder / "README.md").read_text()
    figures = json.loads(made.evaluation.read_text())
    assert f"{figures['ar']['all']['bits_per_byte']:.3f}" in card and "same settings" in card
    assert f"{figures['diffusion']['all']['bits_per_byte_at_most']:.3f}" in card
    texts = 2 if objective == "diffusion" else 1  # of each sample, by passes
    assert "How it goes on: 3 dialogues and 4 stories" in card and card.count("**") == 2 * (3 + 4)
    assert card.count("Assistant: ") >= 3 * texts and card.count("````text\n[") == (3 + 4) * texts
    assert card.count("** Once ") == 4  # how the held-out stories begin


def test_publishing_twice_gives_the_same_weights(made, tmp_path):
    command("publish", "--run", made.ar, "--to", tmp_path, "--data", made.data, "--samples", 1)
    name = "model.safetensors"
    assert (tmp_path / name).read_bytes() == (made.models / "twin-ar" / name).read_bytes()
    assert not (tmp_path / "evaluation.json").exists() and "Not evaluated yet" in (tmp_path / "README.md").read_text()


@pytest.mark.parametrize("host, told", [({}, "32"), ({"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "7"}, "7")])
def test_the_kernels_that_a_long_training_keeps_are_few(host, told):
    ask = "import playground.training.__main__, os; print(os.environ['ONEDNN_PRIMITIVE_CACHE_CAPACITY'])"
    without = {name: value for name, value in os.environ.items() if not name.startswith("ONEDNN")}
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, env={**without, **host})
    assert done.stdout.strip() == told, done.stderr


def refused(capsys, *arguments) -> str:
    """The message of a command that must end with code 2 and no traceback."""
    assert main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


def test_messages_say_what_to_do(made, tmp_path, capsys):
    data, run, corpus = ("--data", made.data), ("--out", made.ar), ("--corpus", made.corpus)
    new, new_data = ("--out", tmp_path / "new"), ("--out", tmp_path / "data")
    for expected, *arguments in (
        ("NAME.train.txt", "prepare", "--corpus", tmp_path, *new_data),
        ("No train text for tlak", "prepare", *corpus, "--parts", "tlak", *new_data),
        ("vocabulary must lie between", "prepare", *corpus, "--vocabulary", 5, *new_data),
        ("is no data folder", "train", "--objective", "ar", "--data", tmp_path, *new),
        ("--objective diffusion or ar", "train", *data, *new),
        ("was started with rate 0.01, not 0.5", "train", *data, *run, "--rate", 0.5),
        ("was started with objective ar", "train", *data, *run, "--objective", "diffusion"),
        ("was started with hidden 32", "train", *data, *run, "--hidden", 64),
        ("multiple of twice the heads", "train", "--objective", "ar", *data, *new, "--hidden", 10, "--heads", 4),
        ("need --positions", "train", "--objective", "ar", *data, *new, "--positions", 64),
        ("no model.safetensors", "train", "--objective", "ar", *data, *new, *TINY, "--start", tmp_path),
        ("another shape", "train", "--objective", "ar", *data, *new, "--layers", 1, "--start", made.models / "twin-ar"),
        ("holds no run", "publish", "--run", tmp_path, "--to", tmp_path / "model", *data),
        ("holds no published twin", "evaluate", *data, "--models", tmp_path),
        ("may have 160 tokens", "evaluate", *data, "--models", made.models),
        ("holds the ar twin where", "evaluate", *data, "--models", made.models, "--diffusion-run", made.ar),
    ):
        assert expected in refused(capsys, *arguments)
    assert not (tmp_path / "data").exists()


def test_compiling_without_a_compiler_says_so(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CXX", str(tmp_path / "none"))
    assert "no C++ compiler" in refused(
        capsys, "train", "--objective", "ar", "--data", made.data, "--out", tmp_path / "run", *TINY, "--compile"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "--objective", "ar", "--seed", -1),
        ("evaluate", "--passes", "0"),
        ("train", "--objective", "ar", "--lengths", "32,0"),
    ],
)
def test_numbers_that_cannot_be_are_refused_at_once(arguments, made, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([*map(str, arguments), "--data", str(made.data), "--out", str(tmp_path / "new")])
    assert "must be at least" in capsys.readouterr().err


def test_a_run_is_not_resumed_on_other_data(made, tmp_path, capsys):
    other = tmp_path / "data"
    command("prepare", "--corpus", made.corpus, "--parts", "talk", "--vocabulary", 400, "--out", other)
    assert "other data" in refused(capsys, "train", "--data", other, "--out", made.ar)
    assert "other data" in refused(capsys, "publish", "--run", made.ar, "--to", tmp_path / "model", "--data", other)


def test_publishing_with_the_figures_that_lie_in_the_folder_keeps_them(made, tmp_path):
    folder = tmp_path / "twin-ar"
    shutil.copytree(made.models / "twin-ar", folder)
    shutil.copy(made.evaluation, folder / "evaluation.json")
    asked = ("publish", "--run", made.ar, "--to", folder, "--data", made.data, "--samples", 1)
    command(*asked, "--evaluation", folder / "evaluation.json")
    assert json.loads((folder / "evaluation.json").read_text()) == json.loads(made.evaluation.read_text())


def test_figures_of_other_weights_do_not_get_into_the_card(made, tmp_path, capsys):
    figures = json.loads(made.evaluation.read_text())
    figures["ar"]["weights_sha256"] = "0" * 64
    (tmp_path / "evaluation.json").write_text(json.dumps(figures))
    said = refused(
        capsys,
        "publish",
        "--run",
        made.ar,
        "--to",
        tmp_path / "model",
        "--data",
        made.data,
        "--samples",
        1,
        "--evaluation",
        tmp_path / "evaluation.json",
    )
    assert "judges other weights" in said


@pytest.mark.parametrize("evaluation, expected", [("none.json", "There is no"), ("other.json", "judges other weights")])
def test_publishing_that_fails_leaves_no_figures_beside_weights_that_they_do_not_judge(
    made, tmp_path, capsys, evaluation, expected
):
    folder, figures = tmp_path / "twin-ar", json.loads(made.evaluation.read_text())
    shutil.copytree(made.models / "twin-ar", folder)
    figures["ar"]["weights_sha256"] = "0" * 64
    (tmp_path / "other.json").write_text(json.dumps(figures))
    run = tmp_path / "run"
    train(run, "ar", made.data, "--steps", 5)
    said = refused(
        capsys,
        "publish",
        "--run",
        run,
        "--to",
        folder,
        "--data",
        made.data,
        "--samples",
        1,
        "--evaluation",
        tmp_path / evaluation,
    )
    assert expected in said
    load_checkpoint(AR_TWIN, folder, torch.device("cpu"))  # raises if the figures are about other weights


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_state_before(made, tmp_path, capsys):
    shutil.copytree(made.ar, tmp_path / "run")
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    state["model"]["model.norm.weight"].fill_(float("nan"))
    torch.save(state, tmp_path / "run" / "state.pt")
    before = (tmp_path / "run" / "state.pt").read_bytes()
    said = refused(capsys, "train", "--data", made.data, "--out", tmp_path / "run", "--steps", 90)
    assert "no longer a number" in said and (tmp_path / "run" / "state.pt").read_bytes() == before
