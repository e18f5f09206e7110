"""Turns a run into a model folder that stock transformers reads: averaged weights in half precision, configuration,
tokenizer, the record of the training (training.json), and a model card.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from playground.engine.provenance import library_versions
from playground.errors import TrainingError
from playground.files import read_json, write_whole
from playground.training.card import card
from playground.training.mixing import Part, mix
from playground.training.prepare import Prepared
from playground.training.runs import Twin, earlier, load_published, load_run, settings_record
from playground.training.samples import SampleSettings, sample_replies
from playground.training.sources import sources_of

SHARD = "8MB"  # the git of Spaces rejects plain files of 10 MB or more
HALF_TOLERANCE = 0.02  # largest change of a logit by rounding to float16, as a share of the largest logit


def publish(
    run: Path,
    data: Prepared,
    to: Path,
    evaluation: Path | None,
    samples: SampleSettings,
    shard: str = SHARD,
    mixed: Sequence[Part] = (),
) -> dict[str, Any]:
    """Write the model folder, with weight files of at most ``shard`` each; returns training.json. The weights are the
    run's, or their mean with the folders ``mixed``.

    Raises TrainingError if ``evaluation`` is not about exactly these weights, if the weights have no mean, or if the
    folder does not read back as the same function.
    """
    facts, figures = data.facts(), read_evaluation(evaluation)
    twin = load_run(run, data)
    record = settings_record(run)
    if any(part.folder.resolve() == to.resolve() for part in mixed):
        raise TrainingError(f"{to} is to be mixed in, and would be written over. Publish to another folder.")
    record["settings"]["mixed"] = mix(twin, mixed) if mixed else []
    (to / "evaluation.json").unlink(missing_ok=True)  # it is about the weights that are being replaced
    write_weights(twin, to, shard)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(data.folder / "tokenizer" / name, to / name)
    training = {
        "objective": twin.objective,
        "steps": twin.steps,
        "tokens_seen": twin.tokens_seen,
        "parameters": sum(p.numel() for p in twin.model.parameters()),
        **record,
        "earlier": earlier(run),
        "corpus": {
            "parts": [asdict(source) for source in sources_of(facts["parts"])],
            **{
                name: facts[name]
                for name in (
                    "vocabulary",
                    "train",
                    "by_part",
                    "valid",
                    "held_out",
                    "judge",
                    "distilled",
                    "lessons",
                    "files",
                )
                if name in facts
            },
        },
        "libraries": library_versions(),
    }
    write_whole(to / "training.json", json.dumps(training, indent=1) + "\n")
    published = load_published(to)
    prove_same_function(twin, published)
    write_card(published, training, data, figures, samples)
    return training


def card_again(folder: Path, data: Prepared, evaluation: Path | None, samples: SampleSettings) -> None:
    """Write the card of a published folder anew, without its run. Without ``evaluation`` the folder's own stays, if it
    has one. Raises TrainingError as ``publish`` does."""
    if evaluation is None and (folder / "evaluation.json").is_file():
        evaluation = folder / "evaluation.json"
    figures, published = read_evaluation(evaluation), load_published(folder)
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    write_card(published, training, data, figures, samples)


def write_card(
    published: Twin, training: dict[str, Any], data: Prepared, figures: dict[str, Any] | None, samples: SampleSettings
) -> None:
    """Write the model card, and beside it the evaluation if there is one. Raises TrainingError if that is about other
    weights."""
    if figures is not None:
        if not published.judged_by(figures):
            raise TrainingError(
                f"The evaluation judges other weights than those now in {published.folder}. Run `evaluate` on the new "
                "folders, then publish again."
            )
        write_whole(published.folder / "evaluation.json", json.dumps(figures, indent=1) + "\n")
    replies = sample_replies(published, data.packed("valid"), samples)
    write_whole(published.folder / "README.md", card(published.folder.name, training, figures, replies, samples))


def write_weights(twin: Twin, to: Path, shard: str) -> None:
    """Write config.json and the weights in float16, in files of at most ``shard``. The tied output head is stored once.
    Raises TrainingError if a weight is too large for float16."""
    to.mkdir(parents=True, exist_ok=True)
    for old in to.glob("model*.safetensors*"):
        old.unlink()  # a single file next to shards would be two models
    largest = max(p.abs().max().item() for p in twin.model.parameters())
    if largest > torch.finfo(torch.float16).max:
        raise TrainingError(f"A weight of {twin.folder} is {largest:g}, too large for half precision. Train it again.")
    half = type(twin.model)(twin.model.config)
    half.load_state_dict(twin.model.state_dict())
    half.half().save_pretrained(to, max_shard_size=shard)


@torch.inference_mode()
def prove_same_function(run: Twin, published: Twin) -> None:
    """Check that both give nearly the same logits, and that only the diffusion twin attends to later tokens. Raises
    TrainingError otherwise."""
    ids = torch.randint(len(run.tokenizer), (4, 48), generator=torch.Generator().manual_seed(0))
    before, after = run.model(ids).logits, published.model(ids).logits
    if (before - after).abs().max() > HALF_TOLERANCE * before.abs().max():
        raise TrainingError(f"{published.folder} does not read back as the model of {run.folder}. Please report this.")
    ids[:, -1] = (ids[:, -1] + 1) % len(run.tokenizer)
    sees_ahead = not torch.equal(published.model(ids).logits[:, 0], after[:, 0])
    if sees_ahead != (run.objective == "diffusion"):
        raise TrainingError(f"{published.folder} reads back with the wrong attention mask. Please report this.")


def read_evaluation(file: Path | None) -> dict[str, Any] | None:
    """The figures that ``evaluate`` wrote to a file; None for no file. They are read before anything is written, because
    the file may lie in the folder that is written anew. Raises TrainingError if it is missing or holds no figures."""
    if file is None:
        return None
    if not file.is_file():
        raise TrainingError(f"There is no {file}. Write it with `python -m playground.training evaluate`.")
    if not isinstance(figures := read_json(file), dict):
        raise TrainingError(f"{file} is empty or cut off. Write it with `python -m playground.training evaluate`.")
    return figures
