"""All work on a lent GPU, split into commands of ten minutes. Each command is the same and resumes where the last one
stopped.

Such a machine has torch and transformers but none of the page's packages. It loses its files soon after the last
command, and returns only a few small files. So each stage writes a file when it is done, and each command ends by
packing all results (home.py).
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from playground.errors import TrainingError
from playground.files import ROOT
from playground.request.race_request import RaceRequest
from playground.training.home import lay_out
from playground.training.loop import OBJECTIVES
from playground.training.prepare import Prepared
from playground.training.runs import read_settings, steps_taken
from playground.training.together import Ended, together

# The training options of both twins; options after --train override them. Only large batches keep a fast device busy.
RECIPE = (
    "--layers 12 --hidden 192 --intermediate 512 --heads 4 --batch-tokens 65536 --lengths 96,96,128 --rate 4e-3 --warmup 200 "
    "--decay-share 0.4 --weight-decay 0.1 --average 0.998 --stories 0.18 --opening-share 0.8 --errors-from 0.85 --seed 11 "
    "--noise-prefix 0.65 --noise-prompt 0.8 --noise-span 0.1 --noise-complementary --noise-random 0.12 --noise-mixed 0.08 "
    "--noise-own 0.06 --noise-repair 0.2 --noise-repair-random 0.6 --noise-clean-weight 0.15"
).split()
ON_CUDA = ("--compile", "--bfloat16")
SMOKE = (
    "--layers 2 --hidden 32 --intermediate 64 --heads 2 --positions 512 --batch-tokens 2048 --lengths 64 --steps 20 --warmup 5 "
    "--errors-from 0.5"
).split()

UNPLANNED = 1_000_000  # steps of a run whose speed is not known yet; the decay does not begin
SPARE = 0.93  # share of the time that is planned; the last steps, with the model's own errors, are slower
SAVE_S = 25.0  # seconds to save both runs and pack the results at the end of a command
COMMAND_S = 40.0  # seconds to start every further command: libraries, data and compiling
FINISH_S = 130.0  # seconds for publishing and scoring
TESTS_S, BENCH_S = 240.0, 330.0  # seconds, at most
# of the diffusion twin when it is scored: half of the page's passes, and the page's
PASSES = tuple(str(passes) for passes in (RaceRequest.steps // 2, RaceRequest.steps))
TELL_S = 60.0  # seconds between reports of progress
SAVE_EVERY_S = 60  # seconds between checkpoints


@dataclass(frozen=True)
class LentSettings:
    """Folders, time limits and options of the work on a lent machine."""

    data: Path  # the data folder that prepare wrote
    work: Path  # keeps everything between commands
    out: Path  # receives the files that the machine returns
    device: str = "cuda"
    minutes: float = 9.5  # limit of this command
    total: float = 25.0  # limit of all commands together: training, publishing and scoring
    measure: float = 60.0  # seconds of training that measure the speed before the steps are planned
    start: Path | None = None  # a folder with twin-diffusion and twin-ar, whose weights the runs start from
    train: tuple[str, ...] = ()  # more options of ``train``
    requests: int = 100  # held-out requests that are scored
    stages: tuple[str, ...] = ()  # names in STAGES; empty for all
    threads: int | None = None  # of torch on a CPU; None for torch's default


@dataclass(frozen=True)
class Job:
    """One command while it runs."""

    settings: LentSettings
    earlier: float  # seconds that the previous commands took
    report: Callable[[str], None]
    began: float = field(default_factory=time.monotonic)  # seconds of the monotonic clock

    @property
    def took(self) -> float:
        """Seconds since this command began."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        """Seconds until this command has to save and pack its results."""
        return self.settings.minutes * 60 - self.took - SAVE_S

    @property
    def left_for_training(self) -> float:
        """Seconds left for training in this command and the later ones, before both twins have to be published."""
        left = self.settings.total * 60 - self.earlier - self.took - SAVE_S
        more = max(0.0, left - self.left) / (self.settings.minutes * 60)
        return left - FINISH_S - math.ceil(more) * (COMMAND_S + SAVE_S)

    def run(self, objective: str) -> Path:
        """The run folder of a twin."""
        return self.settings.work / "runs" / objective

    def model(self, objective: str) -> Path:
        """The model folder of a twin."""
        return self.settings.work / "models" / f"twin-{objective}"

    def together(
        self, commands: dict[str, list[str]], seconds: float, enough: Callable[[], bool] = lambda: False
    ) -> dict[str, Ended]:
        """Run commands in parallel with their logs in the work folder, see together.py."""
        return together(commands, self.settings.work / "logs", max(0.0, seconds), enough)

    def training(self, command: str, *arguments: Any) -> list[str]:
        """The arguments of ``python`` for a command of playground.training."""
        threads = ["--threads", self.settings.threads] if self.settings.threads else []
        return list(map(str, ["-m", "playground.training", command, *threads, *arguments]))

    def train(self, objective: str, run: Path, *more: Any) -> list[str]:
        """The arguments of ``python`` for a training into the folder ``run``; later options override earlier ones."""
        asked, on_cuda = self.settings, self.settings.device.startswith("cuda")
        return self.training(
            "train",
            "--objective",
            objective,
            "--data",
            asked.data,
            "--out",
            run,
            "--device",
            asked.device,
            "--save-every",
            SAVE_EVERY_S,
            *RECIPE,
            *(ON_CUDA if on_cuda else ()),
            *asked.train,
            *more,
        )


def must(ended: dict[str, Ended]) -> dict[str, Ended]:
    """Pass the results on. Raises TrainingError if a command failed by itself; a command that was stopped did not
    fail."""
    for name, each in ended.items():
        if each.in_time and each.code:
            raise TrainingError(f"{name} failed: {each.last_words}. The logs hold more.")
    return ended


def smoke(job: Job) -> dict[str, Any] | None:
    """Train and publish tiny twins, so that an error shows before the long training. None if time ran out."""
    folder = job.settings.work / "smoke"
    shutil.rmtree(folder, ignore_errors=True)
    trained = must(job.together({f"smoke-{o}": job.train(o, folder / o, *SMOKE) for o in OBJECTIVES}, job.left))
    published = must(
        job.together(
            {
                f"smoke-publish-{o}": job.training(
                    "publish",
                    "--run",
                    folder / o,
                    "--to",
                    folder / f"twin-{o}",
                    "--data",
                    job.settings.data,
                    "--samples",
                    1,
                    "--stories",
                    0,
                    "--sample-length",
                    8,
                    "--passes",
                    4,
                )
                for o in OBJECTIVES
            },
            job.left,
        )
    )
    in_time = all(each.in_time for each in (*trained.values(), *published.values()))
    return {objective: last_row(folder / objective) for objective in OBJECTIVES} if in_time else None


def tests(job: Job) -> dict[str, Any] | None:
    """Run the tests marked ``gpu``, at most TESTS_S seconds."""
    if not job.settings.device.startswith("cuda"):
        return {"skipped": "they need a CUDA device"}
    if importlib.util.find_spec("pytest") is None:
        return {"skipped": "pytest is not installed here"}
    marked = sorted(
        str(path)
        for path in (ROOT / "tests").rglob("test_*.py")
        if "pytest.mark.gpu" in path.read_text(encoding="utf-8")
    )
    [ended] = job.together(
        {"tests": ["-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", *marked]}, min(job.left, TESTS_S)
    ).values()
    return {"passed": ended.code == 0, "in_time": ended.in_time, "last": ended.last_words}


def bench(job: Job) -> dict[str, Any] | None:
    """Run the measurements of `make bench-gpu`, at most BENCH_S seconds."""
    if not job.settings.device.startswith("cuda"):
        return {"skipped": "it needs a CUDA device"}
    budget = min(job.left - 30, BENCH_S)
    [ended] = job.together({"bench": ["-m", "playground.bench.gpu", "--budget", str(budget)]}, budget + 30).values()
    try:
        return json.loads(ended.said)
    except ValueError:
        return {"error": ended.last_words}


def train(job: Job) -> dict[str, Any] | None:
    """Train both twins in parallel to the same step; one twin of this size alone would leave much of a GPU idle. None
    if time ran out."""
    steps = given_steps(job.settings.train)
    if steps is None:
        if slowest(job) is None:
            job.report(f"  {job.settings.measure:g} s of training first, to measure how many steps there is time for")
            both(job, UNPLANNED, long_enough(job))
        steps = plan(job)
    job.report(f"  to step {steps:,}; taken: " + ", ".join(f"{o} {taken(job.run(o)):,}" for o in OBJECTIVES))
    both(job, steps)
    ended = all(taken(job.run(objective)) >= steps for objective in OBJECTIVES)
    return {"steps": steps, **{o: last_row(job.run(o)) for o in OBJECTIVES}} if ended else None


def both(job: Job, steps: int, enough: Callable[[], bool] = lambda: False) -> None:
    """Train both twins until ``steps``, until ``enough`` returns True, or until time runs out. Reports progress every
    TELL_S seconds."""
    told = time.monotonic()

    def tell() -> bool:
        nonlocal told
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            job.report(f"  {'; '.join(f'{o} {last_row(job.run(o))}' for o in OBJECTIVES)}; {minutes(job.left)} left")
        return enough()

    start = {o: ("--start", job.settings.start / f"twin-{o}") if job.settings.start else () for o in OBJECTIVES}
    must(
        job.together(
            {f"train-{o}": job.train(o, job.run(o), *start[o], "--steps", steps) for o in OBJECTIVES}, job.left, tell
        )
    )


def long_enough(job: Job) -> Callable[[], bool]:
    """Returns a function that says whether both twins have trained for ``measure`` seconds. The time counts from the
    moment when both logs have a row, because compiling comes before that."""
    since: float | None = None

    def asked() -> bool:
        nonlocal since
        if since is None and all(log_rows(job.run(objective)) for objective in OBJECTIVES):
            since = time.monotonic()
        return since is not None and time.monotonic() - since >= job.settings.measure

    return asked


def plan(job: Job) -> int:
    """The number of steps of both schedules: as many as fit into the time at the speed of the slower twin.

    After the decay of a learning rate has begun, the number changes only if it cannot be reached. Raises
    TrainingError if there is no measured speed yet.
    """
    speed, most = slowest(job), max(taken(job.run(o)) for o in OBJECTIVES)
    if speed is None:
        raise TrainingError(
            f"A twin took less than 20 steps in {minutes(job.took)}. Give the same command again, or smaller batches, as in "
            '--train "--batch-tokens 4096", and a new --work.'
        )
    fits = min(taken(job.run(o)) for o in OBJECTIVES) + int(SPARE * max(0.0, job.left_for_training) * speed)
    stored, _ = read_settings(job.run("diffusion"))
    if fits <= most:
        job.report("  no time is left to train on; the runs end about where they are")
    if stored.steps == UNPLANNED or most <= (1 - stored.decay_share) * stored.steps:
        return max(fits, most + 1)
    return stored.steps if fits >= 0.97 * stored.steps else max(fits, most)


def slowest(job: Job) -> float | None:
    """Steps per second of the slower twin, from the last rows of its log; None if a twin has no log or checkpoint
    yet."""
    speeds = []
    for objective in OBJECTIVES:
        if not (rows := log_rows(job.run(objective))[-10:]) or not taken(job.run(objective)):
            return None
        speeds.append(statistics.median(row["tok_per_s"] for row in rows) * rows[-1]["step"] / rows[-1]["tokens"])
    return min(speeds)


def publish(job: Job) -> dict[str, Any] | None:
    """Publish both runs as model folders, with weight files small enough for a Space. None if time ran out."""
    ended = must(
        job.together(
            {
                f"publish-{o}": job.training(
                    "publish", "--run", job.run(o), "--to", job.model(o), "--data", job.settings.data
                )
                for o in OBJECTIVES
            },
            job.left,
        )
    )
    return (
        {o: ended[f"publish-{o}"].last_words for o in OBJECTIVES}
        if all(each.in_time for each in ended.values())
        else None
    )


def score(job: Job) -> dict[str, Any] | None:
    """Count right answers of the published twins, with one process per number of passes. None if time ran out. These
    figures guide further training; published figures come from ``evaluate`` at home."""
    asked = ("--count", job.settings.requests, "--stories", max(1, job.settings.requests // 5))
    commands = {
        f"diffusion-{passes}": job.training("score", job.model("diffusion"), *asked, "--passes", passes)
        for passes in PASSES
    }
    commands["ar"] = job.training("score", job.model("ar"), *asked)
    if job.settings.threads is None:
        few = max(1, min(4, (os.cpu_count() or 1) // len(commands)))
        commands = {name: [*arguments, "--threads", str(few)] for name, arguments in commands.items()}
    ended = must(job.together({f"score-{name}": arguments for name, arguments in commands.items()}, job.left))
    if not all(each.in_time for each in ended.values()):
        return None
    return {name: figures_of(ended[f"score-{name}"].said) for name in commands}


def figures_of(said: str) -> dict[str, Any]:
    """Parse the output of ``score``: each line is a name, a colon and the shares as JSON."""
    return {name: json.loads(figures) for name, _, figures in (line.partition(": ") for line in said.splitlines())}


@dataclass(frozen=True)
class Stage:
    """One stage of the work."""

    about: str  # what it does, in words for a report
    least: float  # seconds; it does not begin with less time left
    run: Callable[[Job], dict[str, Any] | None]  # returns its result, or None to continue in the next command


STAGES = {
    "smoke": Stage("smoke test: a tiny twin of either kind learns 20 steps and is published", 60, smoke),
    "tests": Stage("the tests marked gpu", 60, tests),
    "bench": Stage("the benchmark of a CUDA device", 180, bench),
    "train": Stage("both twins side by side", 60, train),
    "publish": Stage("both model folders", 40, publish),
    "score": Stage("right answers, counted", 60, score),
}


def lent(settings: LentSettings, report: Callable[[str], None] = print) -> bool:
    """Run the remaining stages in order until the time of this command is over; returns whether all stages are done.

    Raises TrainingError if data is missing or a stage fails. After a failed stage too, ``out`` holds the results so
    far and summary.json.
    """
    data = Prepared.open(settings.data)
    data.facts()
    for folder in (settings.work / "done", settings.out):
        folder.mkdir(parents=True, exist_ok=True)
    size = sum(path.stat().st_size for path in settings.data.rglob("*") if path.is_file())
    ledger = settings.work / "commands.json"  # seconds of every command; a killed one counts its full limit
    earlier = json.loads(ledger.read_text()) if ledger.is_file() else []
    ledger.write_text(json.dumps([*earlier, settings.minutes * 60]))
    job = Job(settings, sum(earlier), report)
    report(
        f"command {len(earlier) + 1}: {settings.minutes:g} minutes, of {settings.total:g} in all {minutes(job.earlier)} are used; "
        f"data of {size / 1e6:.1f} MB; {settings.device}"
    )
    try:
        following = work(job)
    finally:
        summary = {
            "next": next((name for name in settings.stages or STAGES if not done(job, name).is_file()), None),
            "minutes": [round(seconds / 60, 2) for seconds in (*earlier, job.took)],
            "device": device_name(settings.device),
            "stages": {name: json.loads(done(job, name).read_text()) for name in STAGES if done(job, name).is_file()},
            "twins": {o: {"steps": taken(job.run(o)), **last_row(job.run(o))} for o in OBJECTIVES},
        }
        lay_out(settings.work, settings.out, summary, report)
        ledger.write_text(json.dumps([*earlier, job.took]))
    report(
        f"{f'{following} is next: give the same command again' if following else 'all is done'}; {minutes(job.took)} used"
    )
    return following is None


def work(job: Job) -> str | None:
    """Run stages until time is over; returns the stage that the next command begins with, or None if all are done."""
    for name in STAGES:
        if name not in (job.settings.stages or STAGES):
            continue
        if done(job, name).is_file():
            job.report(f"[{name}] done before")
            continue
        if job.left < STAGES[name].least:
            job.report(
                f"[{name}] not begun: it needs {minutes(STAGES[name].least)}, and {minutes(max(0.0, job.left))} are left"
            )
            return name
        job.report(f"[{name}] {STAGES[name].about}; {minutes(job.left)} left")
        if (result := STAGES[name].run(job)) is None:
            job.report(f"[{name}] to be continued")
            return name
        done(job, name).write_text(json.dumps(result, indent=1) + "\n")
        job.report(f"[{name}] {short(result)}")
    return None


def done(job: Job, stage: str) -> Path:
    """The file that marks a stage as done; it holds the stage's result as JSON."""
    return job.settings.work / "done" / f"{stage}.json"


def short(result: dict[str, Any], most: int = 600) -> str:
    """A result as JSON, cut after ``most`` characters."""
    text = json.dumps(result)
    return text if len(text) <= most else f"{text[:most]} … (all of it in summary.json)"


def minutes(seconds: float) -> str:
    """Seconds as minutes, in words."""
    return f"{seconds / 60:.1f} minutes"


def given_steps(options: Sequence[str]) -> int | None:
    """The last value of --steps among the training options; None if there is none."""
    given = [value for name, value in pairwise(options) if name == "--steps"]
    return int(given[-1]) if given else None


def taken(run: Path) -> int:
    """Steps that a run has taken; 0 without a checkpoint."""
    return steps_taken(run) if (run / "state.pt").is_file() else 0


def log_rows(run: Path) -> list[dict[str, Any]]:
    """The complete rows of a run's log; empty if there is no log."""
    path = run / "log.jsonl"
    return [json.loads(row) for row in path.read_text().splitlines() if row.endswith("}")] if path.is_file() else []


def last_row(run: Path) -> dict[str, Any]:
    """The last row of a run's log; empty if there is none yet."""
    return (log_rows(run) or [{}])[-1]


def device_name(device: str) -> str:
    """The name of a GPU, such as "NVIDIA H100"; of another device its torch name."""
    import torch

    return torch.cuda.get_device_name(device) if device.startswith("cuda") and torch.cuda.is_available() else device
