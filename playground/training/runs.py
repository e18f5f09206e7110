"""A run folder: the settings that the run started with, the data that it reads, and the twin that it has trained so
far.

The loop writes ``settings.json``, ``state.pt`` and ``log.jsonl``; ``data.json`` ties the run to its data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from playground.catalog.weights import weight_files, weights_sha256
from playground.errors import TrainingError
from playground.files import read_json, sha256, write_whole
from playground.text.prompts import KINDS
from playground.training.checkpoint import has_state, load_state, mend, small_file
from playground.training.lessons import fingerprint
from playground.training.loop import TrainSettings, TwinShape, new_twin
from playground.training.objectives import DiffusionNoise
from playground.training.prepare import Prepared

if TYPE_CHECKING:
    from playground.training.sampling import Sampler


@dataclass(frozen=True)
class Twin:
    """A trained twin on the CPU in float32, ready to be evaluated."""

    folder: Path
    objective: str  # diffusion or ar
    model: torch.nn.Module
    tokenizer: Any
    steps: int  # of all its trainings, those of its initial weights included
    tokens_seen: int  # of the windows in all its trainings; a window that is drawn again counts again
    sha256: str  # of the files that its weights were read from
    settings: dict[str, Any]  # of the last training, by name; the shape's fields included
    text_sha256: str  # of the token ids that the last training read; empty if the record lacks it
    earlier: list[dict[str, Any]]  # records of the trainings before the last, oldest first

    @cached_property
    def sampler(self) -> Sampler:
        """The playground's own sampler for this twin. Its decoder is built and checked once."""
        from playground.training.sampling import Sampler  # here, so that training does not depend on the samplers

        return Sampler.of(self.model, self.tokenizer)

    def judged_by(self, evaluation: Mapping[str, Any]) -> bool:
        """Whether an evaluation.json is about exactly these weights."""
        mine = evaluation.get(self.objective)
        return isinstance(mine, dict) and mine.get("weights_sha256") == self.sha256


def read_settings(run: Path) -> tuple[TrainSettings, TwinShape]:
    """The settings that a run started with. Raises TrainingError if the folder holds no run."""
    path = run / "settings.json"
    if read_json(path) is None:
        mend(run)
    if not path.is_file():
        raise TrainingError(f"{run} holds no run: settings.json is missing. Start one with `train --out {run}`.")
    stored = small_file(path, "how the run was started")
    train = {**stored["train"]}
    if (kind := train.pop("kind", "")) and "stories" not in train:  # older runs had no share of stories
        train["stories"] = float(kind == KINDS[1])
    values = {
        **train,
        "lengths": tuple(stored["train"]["lengths"]),
        "rescheduled": tuple(map(tuple, train.get("rescheduled", ()))),
        "noise": DiffusionNoise(**train["noise"]),
    }
    return TrainSettings(**values), TwinShape(**stored["shape"])


def settle(
    run: Path, train: Mapping[str, Any], shape: Mapping[str, Any], noise: Mapping[str, float]
) -> tuple[TrainSettings, TwinShape]:
    """The settings to train with: the given ones in a new folder, the stored ones in a run that can be resumed.

    Of a resumed run only ``steps`` may change, and not to fewer than it has taken. If its learning rate was already in
    decay, ``rescheduled`` records the change. Any other change would make the record false and raises TrainingError.
    """
    if not has_state(run):
        if "objective" not in train:
            raise TrainingError(f"{run} holds no run to resume. Say what to train with --objective diffusion or ar.")
        return TrainSettings(**train, noise=DiffusionNoise(**noise)), TwinShape(**shape)
    stored, stored_shape = read_settings(run)
    for given, kept in ((train, stored), (shape, stored_shape), (noise, stored.noise)):
        for name, value in given.items():
            if name != "steps" and value != getattr(kept, name):
                raise TrainingError(
                    f"{run} was started with {name} {getattr(kept, name)}, not {value}. Leave that option out to "
                    "resume, or give a new --out."
                )
    steps, taken = train.get("steps", stored.steps), steps_taken(run)
    if steps < taken:
        raise TrainingError(f"{run} has taken {taken} steps already. Give --steps {taken} or more.")
    fell = steps != stored.steps and taken > (1 - stored.decay_share) * min(steps, stored.steps)
    return replace(stored, steps=steps, rescheduled=stored.rescheduled + ((taken, stored.steps),) * fell), stored_shape


def steps_taken(run: Path) -> int:
    """The steps that a run has taken. Raises TrainingError if the run cannot be resumed."""
    return load_state(run, mmap=True)[0]["step"]


def tie_to_data(run: Path, data: Prepared, split: str) -> None:
    """Write to data.json which data a run reads. Raises TrainingError if the run started with other data."""
    path, read = run / "data.json", {f"{split}.npz": data.fingerprint(split)}
    if path.is_file() and read_json(path) is None:
        mend(run)
    known = small_file(path, "which data the run reads") if has_state(run) and path.is_file() else read_json(path)
    if known is not None and known != read:
        raise TrainingError(
            f"{run} was started with other data than the {split} split of {data.folder}. Give that "
            "--data and --split or a new --out."
        )
    write_whole(path, json.dumps(read) + "\n")


def tie_to_lessons(run: Path, data: Prepared, start: Path) -> None:
    """Write to lessons.json which lessons a run is taught, and the weights whose predictions hold it. Raises
    TrainingError if it started with others."""
    path, read = run / "lessons.json", {"lessons": fingerprint(data), "before": weights_sha256(weight_files(start))}
    known = small_file(path, "which lessons the run is taught") if has_state(run) else None
    if known is not None and known != read:
        raise TrainingError(
            f"{run} was started with other lessons than those of {data.folder}, or from other weights than {start}. "
            "Give that --data and --start or a new --out."
        )
    run.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(read) + "\n")


def split_of(run: Path) -> str:
    """The split of its data that a run reads: train or judge."""
    if read_json(run / "data.json") is None:
        mend(run)
    return next(iter(small_file(run / "data.json", "which data the run reads"))).removesuffix(".npz")


def load_run(run: Path, data: Prepared) -> Twin:
    """The twin of a run with its averaged weights, at the last saved step. Raises TrainingError if no state was saved
    yet, or if ``data`` is not the data of the run."""
    settings, shape = read_settings(run)
    if not has_state(run):
        raise TrainingError(f"{run} has no state.pt yet; it is saved every two minutes. Wait, or train on.")
    tie_to_data(run, data, split_of(run))
    state, path = load_state(run)
    model = new_twin(shape, data.tokenizer, causal=settings.objective == "ar")
    averaged = state["averaged"]
    for name, parameter in model.named_parameters():
        if name not in averaged or averaged[name].shape != parameter.shape:
            raise TrainingError(f"{path} and the tokenizer of {data.folder} differ. Give the --data it was trained on.")
        parameter.data.copy_(averaged[name])
    record, before = settings_record(run), earlier(run)
    steps, tokens = (sum(phase[name] for phase in before) for name in ("steps", "tokens_seen"))
    return Twin(
        run,
        settings.objective,
        model.eval(),
        data.tokenizer,
        steps + state["step"],
        tokens + state["seen"],
        sha256(path),
        {**record["settings"], **record["shape"]},
        data.fingerprint(split_of(run)),
        before,
    )


def earlier(run: Path) -> list[dict[str, Any]]:
    """Records of the trainings before this run, oldest first, from start.json: steps, tokens_seen, settings and number
    of documents of each. Empty for a run from scratch."""
    if not (run / "start.json").is_file():
        return []
    if read_json(run / "start.json") is None:
        mend(run)
    told = small_file(run / "start.json", "what the run began from")
    before = told.get("earlier", [])
    steps, tokens = (told[name] - sum(phase[name] for phase in before) for name in ("steps", "tokens_seen"))
    return [
        *before,
        {
            "steps": steps,
            "tokens_seen": tokens,
            "settings": told["settings"],
            "documents": told["corpus"]["train"]["documents"],
        },
    ]


def load_published(folder: Path) -> Twin:
    """The twin in a folder that ``publish`` wrote. Raises TrainingError if a file is missing."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    weights = weight_files(folder)
    missing = [name for name in ("config.json", "training.json", "tokenizer.json") if not (folder / name).is_file()]
    missing += ["model.safetensors"] * (not weights)
    if missing:
        raise TrainingError(f"{folder} holds no published twin: it has no {missing[0]}. Write one with `publish --to`.")
    facts = json.loads((folder / "training.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return Twin(
        folder,
        facts["objective"],
        model,
        AutoTokenizer.from_pretrained(folder),
        facts["steps"],
        facts["tokens_seen"],
        weights_sha256(weights),
        {**facts["settings"], **facts["shape"]},
        facts["corpus"].get("files", {}).get("train.npz", ""),
        facts.get("earlier", []),
    )


def settings_record(run: Path) -> dict[str, Any]:
    """Settings and shape as plain data, for training.json and the card."""
    settings, shape = read_settings(run)
    plain = {"settings": asdict(settings), "shape": asdict(shape)}
    return json.loads(json.dumps(plain))  # equal to the record read back from a file: JSON has no tuples
