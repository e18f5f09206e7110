"""python -m playground.training: from a folder of text to two published twins.

make-text  templates and the text of people -> a folder of text
prepare    text -> tokenizer and token ids
lessons    a data folder -> single requests beside its text, for what a diffusion twin does not know
distill    a diffusion twin and its data -> the twin's own texts as token ids
train      token ids -> a run, resumed where it stopped
publish    a run -> a model folder with its card
card       a model folder -> its card, written anew
evaluate   both model folders -> bits per byte and the other figures
score      a model folder or a run -> its share of right answers
notice     a model folder -> when the page says that a prompt is outside what the twins know, and how often it errs
curves     runs -> a picture of their losses
gpu        token ids -> two trained, published and scored twins, in commands of ten minutes on a lent GPU
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground.console import forgive, say
from playground.errors import TrainingError
from playground.files import InUse, held, read_json, write_whole

if TYPE_CHECKING:
    from playground.training.samples import SampleSettings

DATA, MODELS = Path("runs/data"), Path("models")

# oneDNN keeps a compiled kernel for each shape that it met, 1,024 of them. In bfloat16 on a CPU every step has shapes of
# its own, because the rows that carry loss differ, and 500 steps of 16,384 tokens took 17 GB. With 32 they take 3.3 GB.
# It is read once, when torch is imported; the host's own setting takes precedence.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the exit code: 0, or 2 for an error that the user can correct."""
    forgive()
    options = parser().parse_args(arguments)
    from transformers.utils import logging

    logging.disable_progress_bar()
    if "threads" in options:
        import torch

        torch.set_num_threads(options.threads)
    try:
        options.run_command(options)
    except (TrainingError, InUse) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 2
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m playground.training",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=__doc__,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about, run, add in (
        (
            "make-text",
            "write the training text: made from templates, and mixed with real text",
            run_make_text,
            make_text_options,
        ),
        ("prepare", "train the tokenizer and pack the corpus", run_prepare, prepare_options),
        ("lessons", "pack single requests, for what a diffusion twin does not know", run_lessons, lessons_options),
        ("distill", "pack texts that a diffusion twin writes in many passes", run_distill, distill_options),
        ("train", "train one twin, or go on with it", run_train, train_options),
        ("evaluate", "judge both published twins on validation text", run_evaluate, evaluate_options),
        ("score", "count a twin's right answers", run_score, score_options),
        ("notice", "try the notice that a prompt is outside what the twins know", run_notice, notice_options),
        ("publish", "write a run's averaged weights as a model folder", run_publish, publish_options),
        ("card", "write the card of a model folder anew, without its run", run_card, card_options),
        ("curves", "draw the losses of runs as an SVG picture", run_curves, curves_options),
        ("gpu", "do all that is to be done on a lent GPU, as far as one command goes", run_gpu, gpu_options),
    ):
        command = commands.add_parser(
            name,
            help=about,
            description=about.capitalize() + ".",
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        command.set_defaults(run_command=run)
        command.add_argument(
            "--threads",
            type=positive,
            default=argparse.SUPPRESS,
            help="CPU threads of torch; without it torch's own choice",
        )
        add(command)
    return top


def positive(text: str) -> int:
    """Parse an integer of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return value


def whole(text: str) -> int:
    """Parse an integer of at least 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"must be at least 0, not {text}")
    return value


def numbers(text: str) -> tuple[int, ...]:
    """Parse integers of at least 1, separated by commas."""
    return tuple(positive(number) for number in text.split(","))


def names(text: str) -> tuple[str, ...]:
    """Parse names separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def make_text_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder", type=Path, metavar="FOLDER", help="where NAME.train.txt and NAME.valid.txt are written"
    )
    command.add_argument(
        "--corpus",
        type=Path,
        metavar="FOLDER",
        help="the real parts that playground/training/text/mix.toml names; without it only the made ones",
    )
    command.add_argument("--seed", type=whole, default=2026, help="of everything that is drawn")
    command.add_argument(
        "--documents", type=positive, help="everyday requests to draw; without it as many as the mix says"
    )
    shares_option(command, "kinds to draw more or less often than their files say")


def shares_option(command: argparse.ArgumentParser, about: str) -> None:
    command.add_argument("--shares", type=Path, metavar="FILE", help=f"{about}: a JSON object of names and factors")


def factors_of(options: argparse.Namespace) -> dict[str, float]:
    """The factors in the file of --shares; none without it."""
    from playground.training.make_text import read_factors

    return read_factors(options.shares) if options.shares else {}


def run_make_text(options: argparse.Namespace) -> None:
    from playground.training.make_text import make_text, table

    text = make_text(options.folder, options.corpus, options.seed, options.documents, factors=factors_of(options))
    print(table(text))
    print(f"-> {options.folder}")


def prepare_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--corpus",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="NAME.train.txt and NAME.valid.txt (or .txt.xz), <|endoftext|> lines between documents",
    )
    command.add_argument(
        "--parts",
        type=names,
        default=(),
        metavar="NAME,NAME",
        help="which parts, in this order; without it all of them",
    )
    command.add_argument("--vocabulary", type=positive, default=2048, help="tokens, special ones included")
    command.add_argument(
        "--held-out",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of the training documents set aside for a judge, by a hash of their text",
    )
    command.add_argument(
        "--tokenizer",
        type=Path,
        metavar="FOLDER",
        help="a published twin whose tokenizer is kept, to train that twin on; --vocabulary does not count then",
    )
    command.add_argument("--out", type=Path, default=DATA, metavar="FOLDER", help="the data folder to write")


def run_prepare(options: argparse.Namespace) -> None:
    from playground.training.prepare import prepare

    with held(options.out):
        facts = prepare(
            options.corpus, options.parts, options.vocabulary, options.out, options.held_out, options.tokenizer
        )
    for split in ("train", "valid", "judge"):
        if (about := facts.get(split)) is None:
            continue
        print(f"{split}: {about['documents']:,} documents, {about['tokens']:,} tokens, {about['text_bytes']:,} bytes")
    print(f"{', '.join(facts['parts'])} -> {options.out}")


def lessons_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--data", type=Path, default=DATA, metavar="FOLDER", help="written by prepare; the lessons lie beside its text")
    add("--count", type=positive, default=300_000, help="requests to draw")
    add("--seed", type=whole, default=2026, help="of everything that is drawn")
    shares_option(command, "the only kinds to draw, without it all")


def run_lessons(options: argparse.Namespace) -> None:
    from playground.training.lessons import write_lessons
    from playground.training.prepare import Prepared

    with held(options.data):
        lessons = write_lessons(Prepared.open(options.data), options.count, options.seed, factors_of(options))
    for canvas, rows in lessons.rows.items():
        print(f"{len(rows):,} lessons on a canvas of {canvas} tokens")
    print(f"-> {options.data}")


def distill_options(command: argparse.ArgumentParser) -> None:
    from playground.training.distilling import DistillSettings

    add, defaults = command.add_argument, DistillSettings()
    add(
        "--model", type=Path, default=MODELS / "twin-diffusion", metavar="FOLDER", help="the diffusion twin that writes"
    )
    add(
        "--data",
        type=Path,
        default=DATA,
        metavar="FOLDER",
        help="written by prepare; its training openings are answered",
    )
    add("--out", type=Path, required=True, metavar="FOLDER", help="the data folder to write")
    add("--texts", type=positive, default=defaults.texts, help="different openings to answer")
    add("--passes", type=positive, default=defaults.passes, help="per text")
    add("--length", type=positive, default=defaults.length, help="tokens written after an opening")
    add("--shortest", type=positive, default=defaults.shortest, help="opening that is answered, tokens")
    add("--longest", type=positive, default=defaults.longest, help="opening that is answered, tokens")
    add(
        "--keep",
        type=float,
        default=defaults.keep,
        metavar="SHARE",
        help="of the tokens that stay as people wrote them",
    )
    add(
        "--least-entropy",
        type=float,
        default=defaults.least_entropy,
        metavar="NATS",
        help="of a written text's tokens; those below repeat themselves and are left out",
    )
    add("--seed", type=whole, default=defaults.seed, help="which openings and documents")
    add("--minutes", type=float, default=math.inf, help="stop writing after so long and pack what there is")


def run_distill(options: argparse.Namespace) -> None:
    from playground.training.distilling import DistillSettings, distill
    from playground.training.prepare import Prepared
    from playground.training.runs import load_published

    asked = {
        name: getattr(options, name)
        for name in ("texts", "passes", "length", "keep", "shortest", "longest", "least_entropy", "seed")
    }
    settings = DistillSettings(**asked)
    with held(options.out):
        facts = distill(
            load_published(options.model),
            Prepared.open(options.data),
            options.out,
            settings,
            options.minutes,
            report=say,
        )["distilled"]
    print(
        f"{facts['texts']:,} texts, {facts['text_tokens']:,} tokens, and {facts['kept_documents']:,} documents, "
        f"{facts['kept_tokens']:,} tokens; train in windows of at most {facts['shortest_text']} -> {options.out}"
    )


# Settings with options of their own: (name, parser, help text). Their defaults are in TrainSettings and TwinShape.
TRAIN_SETTINGS = (
    ("steps", positive, "steps of the whole schedule; a resumed run may get more, best before its rate falls"),
    ("batch_tokens", positive, "tokens per step"),
    ("lengths", numbers, "window lengths in tokens, one per step by turns"),
    ("opening_share", float, "share of the windows that start a document"),
    ("rate", float, "highest learning rate"),
    ("warmup", positive, "steps until the highest rate"),
    ("decay_share", float, "last share of the steps, over which the rate falls to zero"),
    ("weight_decay", float, "of the hidden matrices"),
    ("errors_from", float, "share of the steps after which wrong tokens join the masks, as the noise's shares say"),
    (
        "lessons",
        float,
        "diffusion only: share of the tokens from the data folder's lessons; needs --start, whose predictions "
        "the rest is held to",
    ),
    ("clip", float, "largest gradient norm"),
    ("average", float, "how long the averaged weights remember"),
    ("seed", whole, "of windows and noise"),
    ("stories", float, "share of the windows that are cut from stories, the rest from dialogues"),
)
SHAPE_SETTINGS = (
    ("hidden", positive, "width"),
    ("layers", positive, "depth"),
    ("heads", positive, "attention heads"),
    ("intermediate", positive, "feed-forward width"),
    ("positions", positive, "longest sequence"),
)


def train_options(command: argparse.ArgumentParser) -> None:
    from playground.training.loop import OBJECTIVES, OPTIMIZERS, TrainSettings, TwinShape
    from playground.training.objectives import DiffusionNoise

    defaults = {field.name: field.default for kind in (TrainSettings, TwinShape) for field in fields(kind)}
    add = command.add_argument
    command.formatter_class = argparse.HelpFormatter
    command.description = (
        "Train one twin, or go on with the run that --out holds, with the settings it began with. Ctrl-C or SIGTERM "
        "saves the state and ends; the same command goes on from there."
    )
    add("--objective", choices=OBJECTIVES, default=argparse.SUPPRESS, help="what to train; a resumed run knows it")
    add("--data", type=Path, default=DATA, metavar="FOLDER", help=f"written by prepare; default {DATA}")
    add(
        "--split",
        choices=("train", "judge"),
        default="train",
        help="which documents: the twins' own, or for a judge those that prepare set aside; default train",
    )
    add("--out", type=Path, required=True, metavar="FOLDER", help="the run: state.pt, settings.json, log.jsonl")
    add("--minutes", type=float, default=math.inf, help="stop after so long, to go on later; default: no limit")
    add("--save-every", type=float, default=120.0, metavar="SECONDS", help="between checkpoints; default 120")
    add("--device", help="cpu or cuda; default cuda where there is one")
    add(
        "--compile",
        action="store_true",
        help="fuse the decoder with torch's compiler; on a CPU it needs a C++ compiler",
    )
    add(
        "--bfloat16",
        action="store_true",
        default=argparse.SUPPRESS,
        help="half precision on a CPU too, as on CUDA: two or three times as fast where it has instructions for it",
    )
    add("--start", type=Path, metavar="FOLDER", help="begin a new run from a published twin's weights")
    add(
        "--optimizer",
        choices=OPTIMIZERS,
        default=argparse.SUPPRESS,
        help=f"muon for the hidden matrices or adamw for all; default {defaults['optimizer']}",
    )
    for name, kind, about in (*TRAIN_SETTINGS, *SHAPE_SETTINGS):
        default: Any = defaults[name]
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
        add(f"--{name.replace('_', '-')}", type=kind, default=argparse.SUPPRESS, help=f"{about}; default {shown}")
    for noise in fields(DiffusionNoise):
        if isinstance(noise.default, bool):
            add(
                f"--noise-{noise.name}",
                action="store_true",
                default=argparse.SUPPRESS,
                help="diffusion only, see DiffusionNoise",
            )
            continue
        add(
            f"--noise-{noise.name.replace('_', '-')}",
            type=float,
            default=argparse.SUPPRESS,
            metavar="NUMBER",
            help=f"diffusion only, see DiffusionNoise; default {noise.default}",
        )


def run_train(options: argparse.Namespace) -> None:
    from playground.training.checkpoint import tidy
    from playground.training.prepare import Prepared

    asked = vars(options)
    train_names = ("objective", "optimizer", "bfloat16", *(name for name, *_ in TRAIN_SETTINGS))
    given = {name: asked[name] for name in train_names if name in asked}
    shape = {name: asked[name] for name, *_ in SHAPE_SETTINGS if name in asked}
    data = Prepared.open(options.data)
    with held(options.out):
        tidy(options.out)
        train_held(options, given, shape, data)


def train_held(options: argparse.Namespace, given: dict, shape: dict, data) -> None:
    """``run_train`` while this process holds the folder's lock. ``given`` and ``shape`` are the settings from the
    command line."""
    import torch

    from playground.training.loop import train
    from playground.training.objectives import DiffusionNoise
    from playground.training.runs import settle, tie_to_data

    asked = vars(options)
    noise = {
        field.name: asked[f"noise_{field.name}"] for field in fields(DiffusionNoise) if f"noise_{field.name}" in asked
    }
    settings, settled = settle(options.out, given, shape, noise)
    if max(settings.lengths) > settled.positions:
        raise TrainingError(f"Windows of {max(settings.lengths)} tokens need --positions of at least as many.")
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise TrainingError("torch finds no CUDA device here. Leave --device out to train on the CPU.")
    if options.compile and device == "cpu" and not shutil.which(os.environ.get("CXX", "c++")):
        raise TrainingError(
            "There is no C++ compiler here, which torch's compiler needs on a CPU. Leave --compile out."
        )
    tie_to_data(options.out, data, options.split)
    loss_of = teaching(settings, settled, data, options, device) if settings.lessons else None
    stop = threading.Event()
    handlers = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        train(
            settings,
            settled,
            data.packed(options.split),
            data.tokenizer,
            options.out,
            device=device,
            minutes=options.minutes,
            save_every=options.save_every,
            start=options.start,
            stopped=stop.is_set,
            compiled=options.compile,
            loss_of=loss_of,
            report=say,
        )
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    say(f"{'stopped and ' if stop.is_set() else ''}saved in {options.out}")


def teaching(settings, shape, data, options: argparse.Namespace, device: str):
    """The loss of a run with lessons. Raises TrainingError without --start, or without lessons in the data folder."""
    import torch

    from playground.training.lessons import Lessons
    from playground.training.loop import load_weights, new_twin
    from playground.training.runs import tie_to_lessons
    from playground.training.teaching import Teaching

    if options.start is None:
        raise TrainingError("--lessons needs --start: the twin whose predictions hold the rest. A resumed run too.")
    before = new_twin(shape, data.tokenizer, causal=False)
    load_weights(before, options.start)
    lessons = Lessons.of(data)
    tie_to_lessons(options.out, data, options.start)
    return Teaching(lessons, data.packed(options.split), data.tokenizer, settings, torch.device(device), before)


def evaluate_options(command: argparse.ArgumentParser) -> None:
    from playground.training.evaluate import EvaluateSettings

    add, defaults = command.add_argument, EvaluateSettings()
    add("--data", type=Path, default=DATA, metavar="FOLDER", help="written by prepare")
    add("--models", type=Path, default=MODELS, metavar="FOLDER", help="holds twin-diffusion and twin-ar")
    add("--diffusion-run", type=Path, metavar="FOLDER", help="judge this run instead of the published diffusion twin")
    add("--ar-run", type=Path, metavar="FOLDER", help="judge this run instead of the published AR twin")
    add("--out", type=Path, default=Path("runs/evaluation.json"), metavar="FILE", help="figures as JSON")
    add(
        "--keep",
        type=Path,
        metavar="FILE",
        help="an evaluation of the same weights whose figures stay, but for right answers and notices, counted anew",
    )
    add("--length", type=positive, default=defaults.length, help="of the scored windows, tokens")
    add("--levels", type=positive, default=defaults.levels, help="corruption levels per window")
    add("--masked-length", type=positive, default=defaults.masked_length, help="of the masked cross-entropy's windows")
    add(
        "--masked-batches",
        type=positive,
        default=defaults.masked_batches,
        help="of 32 windows, for the masked cross-entropy",
    )
    add("--seed", type=whole, default=defaults.seed, help="of levels and masks")
    add("--requests", type=positive, default=defaults.right.count, help="held-out requests that are scored")
    add(
        "--openings", type=positive, default=defaults.right.stories, help="held-out openings of stories that are scored"
    )
    add("--by-hand", type=positive, default=defaults.right.by_hand, help="prompts written by hand that are scored")
    add("--reply-length", type=positive, default=defaults.right.length, help="of scored replies, tokens")
    add("--reply-passes", type=numbers, default=defaults.right.passes, help="of the diffusion twin's scored replies")
    add(
        "--judge",
        type=Path,
        metavar="FOLDER",
        help="a run of `train --objective ar --split judge`; without one, what the twins write is not scored",
    )
    add("--texts", type=positive, default=defaults.generation.count, help="of each kind that the judge reads, per twin")
    add("--text-length", type=positive, default=defaults.generation.length, help="of these texts, tokens")
    add("--passes", type=numbers, default=defaults.generation.passes, help="of the diffusion twin's texts")
    add("--edited", type=numbers, default=defaults.generation.edited, help="passes that are tried once more with edits")
    add("--windows", type=positive, default=defaults.infilling.count, help="for infilling and for repair")
    add("--window-length", type=positive, default=defaults.infilling.length, help="of these windows, tokens")
    add("--margin", type=positive, default=defaults.infilling.margin, help="tokens of text on either side of a gap")
    add("--spans", type=numbers, default=defaults.infilling.spans, help="sizes of the gaps, tokens")


def run_evaluate(options: argparse.Namespace) -> None:
    from playground.training.evaluate import EvaluateSettings, evaluate, right_anew, table
    from playground.training.generation import GenerationSettings, load_judge
    from playground.training.infilling import InfillingSettings
    from playground.training.prepare import Prepared
    from playground.training.repairing import RepairSettings
    from playground.training.right import RightSettings
    from playground.training.runs import load_published, load_run

    data = Prepared.open(options.data)
    diffusion, ar = (
        load_run(run, data) if run else load_published(options.models / name)
        for run, name in ((options.diffusion_run, "twin-diffusion"), (options.ar_run, "twin-ar"))
    )
    windows = {"count": options.windows, "length": options.window_length}
    settings = EvaluateSettings(
        length=options.length,
        levels=options.levels,
        masked_length=options.masked_length,
        masked_batches=options.masked_batches,
        seed=options.seed,
        generation=GenerationSettings(
            count=options.texts, length=options.text_length, passes=options.passes, edited=options.edited
        ),
        infilling=InfillingSettings(**windows, spans=options.spans, margin=options.margin),
        repair=RepairSettings(**windows),
        right=RightSettings(
            count=options.requests,
            stories=options.openings,
            by_hand=options.by_hand,
            length=options.reply_length,
            passes=options.reply_passes,
        ),
    )
    if options.keep:
        if options.judge or replace(settings, right=EvaluateSettings().right) != EvaluateSettings():
            raise TrainingError(
                "--keep counts only right answers and notices anew, so it takes --requests, --openings, --by-hand, "
                "--reply-length and --reply-passes. Leave the other options out, or evaluate all anew without --keep."
            )
        if not isinstance(kept := read_json(options.keep), dict):
            raise TrainingError(f"{options.keep} is no evaluation. Give --keep a file that evaluate wrote.")
        result = right_anew(diffusion, ar, kept, settings.right, say)
    else:
        judge = load_judge(options.judge, data) if options.judge else None
        result = evaluate(diffusion, ar, data, settings, judge)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(options.out, json.dumps(result, indent=1) + "\n")
    print(table(result))
    print(f"-> {options.out}")


def score_options(command: argparse.ArgumentParser) -> None:
    from playground.training.right import RightSettings

    add, defaults = command.add_argument, RightSettings()
    add("twin", type=Path, metavar="FOLDER", help="written by publish or by train")
    add("--data", type=Path, default=DATA, metavar="FOLDER", help="of a run: written by prepare")
    add("--passes", type=numbers, default=defaults.passes, help="of the diffusion twin")
    add("--count", type=positive, default=defaults.count, help="held-out requests")
    add("--stories", type=positive, default=defaults.stories, help="held-out openings of stories")
    add("--length", type=positive, default=defaults.length, help="tokens to write")
    add("--show", action="store_true", help="print every reply with what is missing or wrong in it")


def run_score(options: argparse.Namespace) -> None:
    from playground.training.prepare import Prepared
    from playground.training.right import RightSettings, asked, replies, shares
    from playground.training.runs import load_published, load_run

    is_run = (options.twin / "state.pt").is_file()
    twin = load_run(options.twin, Prepared.open(options.data)) if is_run else load_published(options.twin)
    settings = RightSettings(count=options.count, stories=options.stories, length=options.length)
    for name, requests in asked(settings).items():
        for passes in (options.length,) if twin.objective == "ar" else options.passes:
            found = replies(twin, requests, passes, options.length)
            for reply in found if options.show else ():
                verdict = (
                    "right" if reply.score.right else f"WRONG {', '.join([*reply.score.missing, *reply.score.wrong])}"
                )
                print(f"[{reply.request.kind}] {reply.request.prompt}\n    {reply.text!r}\n    {verdict}")
            print(f"{name}, {passes} passes: {json.dumps(shares(found))}", flush=True)


def notice_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("twin", type=Path, metavar="FOLDER", help="a published AR twin")


def run_notice(options: argparse.Namespace) -> None:
    from playground.training.notice import NoticeSettings, by_perplexity, notice, notice_lines
    from playground.training.runs import load_published

    ar = load_published(options.twin)
    if ar.objective != "ar":
        raise TrainingError(f"{options.twin} holds the diffusion twin; the AR twin is what prompts surprise.")
    found = notice(ar, NoticeSettings())
    print(f"by words, and beyond {found['nats_per_word']} nats a word", *notice_lines(found["told"]), sep="\n")
    if limits := (read_json(options.twin / "evaluation.json") or {}).get("prompt_perplexity_limits"):
        print(f"by perplexity, beyond {limits}", *notice_lines(by_perplexity(ar, limits)), sep="\n")


def publish_options(command: argparse.ArgumentParser) -> None:
    from playground.training.publish import SHARD

    add = command.add_argument
    add("--run", type=Path, required=True, metavar="FOLDER", help="written by train")
    add("--to", type=Path, required=True, metavar="FOLDER", help="the model folder, such as models/twin-diffusion")
    of_the_card(command)
    add(
        "--mix",
        action="append",
        default=[],
        metavar="FOLDER=SHARE",
        help="a published folder of the same twin whose weights make up so much of the mean; may be given again",
    )
    add("--shard", default=SHARD, metavar="SIZE", help="largest file of weights, such as 8MB")


def of_the_card(command: argparse.ArgumentParser) -> None:
    """The options of a card: what it tells, and its unselected samples."""
    from playground.training.samples import SampleSettings

    add, defaults = command.add_argument, SampleSettings()
    add("--data", type=Path, default=DATA, metavar="FOLDER", help="the data the run was trained on")
    add("--evaluation", type=Path, metavar="FILE", help="what evaluate wrote about these weights; for the card")
    add("--samples", type=positive, default=defaults.count, help="unselected dialogues in the card")
    add("--stories", type=whole, default=defaults.stories, help="unselected stories in the card")
    add("--sample-length", type=positive, default=defaults.length, help="tokens per reply at most")
    add("--passes", type=numbers, default=defaults.passes, help="of the diffusion twin's replies")


def samples_of(options: argparse.Namespace) -> SampleSettings:
    """The samples that the options of a card ask for."""
    from playground.training.samples import SampleSettings

    return SampleSettings(
        count=options.samples, stories=options.stories, length=options.sample_length, passes=options.passes
    )


def run_publish(options: argparse.Namespace) -> None:
    from playground.training.mixing import Part
    from playground.training.prepare import Prepared
    from playground.training.publish import publish

    mixed = [Part.parse(text) for text in options.mix]
    facts = publish(
        options.run,
        Prepared.open(options.data),
        options.to,
        options.evaluation,
        samples_of(options),
        options.shard,
        mixed,
    )
    size = f"{facts['parameters']:,} parameters, {facts['tokens_seen']:,} tokens seen"
    print(f"{facts['objective']}, {size} -> {options.to}")


def card_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="FOLDER", help="a model folder that publish wrote")
    of_the_card(command)


def run_card(options: argparse.Namespace) -> None:
    from playground.training.prepare import Prepared
    from playground.training.publish import card_again

    card_again(options.folder, Prepared.open(options.data), options.evaluation, samples_of(options))
    print(f"card -> {options.folder / 'README.md'}")


def curves_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--runs", type=Path, nargs="+", required=True, metavar="FOLDER", help="written by train")
    command.add_argument("--out", type=Path, default=MODELS / "curves.svg", metavar="FILE", help="the picture to write")


def run_curves(options: argparse.Namespace) -> None:
    from playground.training.curves import curve, picture

    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(options.out, picture([curve(run) for run in options.runs]))
    print(f"{len(options.runs)} curves -> {options.out}")


def gpu_options(command: argparse.ArgumentParser) -> None:
    from playground.training.lent import STAGES

    add = command.add_argument
    add("--data", type=Path, default=DATA, metavar="FOLDER", help="written by prepare")
    add("--work", type=Path, default=Path("runs/gpu"), metavar="FOLDER", help="keeps everything between the commands")
    add(
        "--out",
        type=Path,
        default=Path(os.environ.get("OUT") or "runs/gpu/out"),
        metavar="FOLDER",
        help="what is to come back: summary.json and an archive in pieces under 16 MiB; $OUT where that is set",
    )
    add("--device", default="cuda", help="cuda, or cpu to try the command")
    add("--minutes", type=float, default=9.5, help="of this command")
    add(
        "--total",
        type=float,
        default=25.0,
        metavar="MINUTES",
        help="of all commands together; the trainings are planned to fit",
    )
    add("--measure", type=float, default=60.0, metavar="SECONDS", help="of training before its steps are planned")
    add("--start", type=Path, metavar="FOLDER", help="holds the published twin-diffusion and twin-ar to begin with")
    add(
        "--train",
        type=shlex.split,
        default=(),
        metavar='"OPTIONS"',
        help='options of both trainings, such as "--steps 9000 --rate 2e-3"',
    )
    add("--requests", type=positive, default=100, help="held-out requests to score")
    add("--stages", type=names, default=(), metavar="NAME,NAME", help=f"only these of {', '.join(STAGES)}")


def run_gpu(options: argparse.Namespace) -> None:
    import torch

    from playground.training.lent import STAGES, LentSettings, lent

    if unknown := set(options.stages) - set(STAGES):
        raise TrainingError(f"There is no stage {', '.join(sorted(unknown))}. There are {', '.join(STAGES)}.")
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        raise TrainingError("torch finds no CUDA device here. Give --device cpu to try the command on a CPU.")
    folders = {name: getattr(options, name).resolve() for name in ("data", "work", "out")}
    start = options.start.resolve() if options.start else None
    same = {name: getattr(options, name) for name in ("device", "minutes", "total", "measure", "requests", "stages")}
    settings = LentSettings(
        **folders, **same, start=start, train=tuple(options.train), threads=getattr(options, "threads", None)
    )

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        lent(settings, report=lambda line: print(line, flush=True))
    except KeyboardInterrupt:
        print("stopped; the same command goes on")
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
