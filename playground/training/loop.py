"""The training loop: windows -> objective -> stock decoder -> optimiser, with averaged weights, checkpoints and resume.

One process trains one twin. Only the objective differs; data, order, tokens, optimiser and schedule are the same.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from playground.catalog.weights import weight_files
from playground.errors import TrainingError
from playground.files import write_whole
from playground.samplers.noise import character_alphabet, vocabulary_alphabet
from playground.text.prompts import ASSISTANT, KINDS, kind
from playground.training.checkpoint import STATE, forget_log_after, has_state, load_state, save_state
from playground.training.corpus import Packed, windows
from playground.training.objectives import Batch, DiffusionNoise, causal_batch, diffusion_batch, reply_starts

OBJECTIVES = ("diffusion", "ar")
OPTIMIZERS = ("adamw", "muon")


@dataclass(frozen=True)
class TwinShape:
    """The shape of a stock Qwen3 decoder: qk-norm, SwiGLU, rotary positions, tied embeddings. Raises TrainingError for
    sizes that such a decoder cannot have."""

    hidden: int = 256  # width of the residual stream
    layers: int = 6
    heads: int = 4  # of queries, keys and values alike
    intermediate: int = 704  # width of the feed-forward layers
    positions: int = 512  # longest window in tokens

    def __post_init__(self):
        if min(self.hidden, self.layers, self.heads, self.intermediate, self.positions) < 1:
            raise TrainingError("hidden, layers, heads, intermediate and positions must all be at least 1.")
        if self.hidden % (2 * self.heads):
            raise TrainingError(
                f"hidden ({self.hidden}) must be a multiple of twice the heads ({self.heads}): rotary positions turn "
                "pairs of numbers."
            )


@dataclass(frozen=True)
class TrainSettings:
    """Everything that decides a training but the shape and the text. Raises TrainingError for values out of range.

    The learning rate warms up, stays constant, and decays linearly to zero over the last ``decay_share`` of the
    steps, so a run can be prolonged as long as the decay has not begun.
    """

    objective: str  # diffusion or ar
    steps: int = 1900
    batch_tokens: int = 4096  # tokens that the diffusion twin reads per step, every copy of a window counted
    lengths: tuple[int, ...] = (96, 64, 96, 192)  # tokens of a window; the steps take them in turn
    opening_share: float = 0.25  # share of the windows that start where a document starts
    rate: float = 2e-3  # highest learning rate
    optimizer: str = "muon"  # muon or adamw
    warmup: int = 60  # steps
    decay_share: float = 0.4
    weight_decay: float = 0.05
    clip: float = 1.0  # largest norm of the gradient
    average: float = 0.998  # decay per step of the moving average of the weights
    seed: int = 1
    stories: float | None = None  # share of the windows from stories, the rest from dialogues; None: by lines of text
    bfloat16: bool = False  # autocast to bfloat16 on a CPU too, as always on CUDA; the weights stay in float32
    lessons: float = 0.0  # share of the tokens that lessons get (teaching.py); the rest is windows as without them
    errors_from: float = 0.0  # share of the steps after which wrong tokens join the masks (random, mixed, own, repair)
    # (steps taken, steps planned before) of every resume that changed ``steps`` after the decay had begun
    rescheduled: tuple[tuple[int, int], ...] = ()
    noise: DiffusionNoise = field(default_factory=DiffusionNoise)

    def __post_init__(self):
        if self.objective not in OBJECTIVES:
            raise TrainingError(f"objective must be one of {', '.join(OBJECTIVES)}, not {self.objective!r}.")
        if self.optimizer not in OPTIMIZERS:
            raise TrainingError(f"optimizer must be one of {', '.join(OPTIMIZERS)}, not {self.optimizer!r}.")
        if self.stories is not None and not 0 <= self.stories <= 1:
            raise TrainingError(
                f"stories must lie between 0 and 1, not {self.stories:g}: it is a share of the windows."
            )
        if not 0 <= self.errors_from <= 1:
            raise TrainingError(
                f"errors_from must lie between 0 and 1, not {self.errors_from:g}: it is a share of the steps."
            )
        if not 0 <= self.lessons < 1:
            raise TrainingError(
                f"lessons must be at least 0 and below 1, not {self.lessons:g}: it is a share of the tokens."
            )
        if self.lessons and self.objective != "diffusion":
            raise TrainingError("Lessons hide replies, so they are for the diffusion twin. Leave --lessons out.")
        if self.steps < 1 or self.warmup < 1:
            raise TrainingError("steps and warmup must be at least 1.")
        if self.seed < 0:
            raise TrainingError(f"seed must be at least 0, not {self.seed}.")
        most = (self.half_of_the_rest if self.lessons else self.batch_tokens) // self.noise.copies
        if min(self.lengths, default=0) < 2 or max(self.lengths) > most:
            raise TrainingError(f"Every window length must lie between 2 and {most} tokens, not {self.lengths}.")

    @property
    def half_of_the_rest(self) -> int:
        """Tokens of a step that dialogues get beside lessons; stories get as many."""
        return int(self.batch_tokens * (1 - self.lessons) / 2)


def windows_at(step: int, settings: TrainSettings) -> tuple[int, int]:
    """(number, length in tokens) of the windows of a step. They are the same for both twins, also where the diffusion
    twin reads each of them twice."""
    length = settings.lengths[step % len(settings.lengths)]
    return settings.batch_tokens // (length * settings.noise.copies), length


def learning_rate(step: int, settings: TrainSettings) -> float:
    """The learning rate at a step: warm-up, constant, linear decay to zero (WSD, 2404.06395)."""
    rise = min(1.0, (step + 1) / settings.warmup)
    fall = (settings.steps - step) / max(1.0, settings.decay_share * settings.steps)
    return settings.rate * min(rise, fall, 1.0)


def noise_at(step: int, settings: TrainSettings) -> DiffusionNoise:
    """The noise at a step: only masks at first, wrong tokens from ``errors_from`` on. Most of the learning is about the
    text itself, and wrong tokens disturb it."""
    late = step >= settings.errors_from * settings.steps
    return settings.noise if late else settings.noise.masks_only()


def new_twin(shape: TwinShape, tokenizer, causal: bool) -> torch.nn.Module:
    """An untrained twin with seeded weights. Both twins get the same initial weights; only the attention mask
    differs."""
    from transformers import AutoModelForCausalLM, Qwen3Config

    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        head_dim=shape.hidden // shape.heads,
        intermediate_size=shape.intermediate,
        max_position_embeddings=shape.positions,
        tie_word_embeddings=True,
        rope_theta=10000.0,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        mask_token_id=tokenizer.mask_token_id,
        is_causal=causal,
    )
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")


def load_weights(model: torch.nn.Module, folder: Path) -> None:
    """Copy the weights of a published twin of either objective into ``model``. Raises TrainingError if they do not
    fit."""
    from safetensors.torch import load_file

    files = weight_files(folder)
    if not files:
        raise TrainingError(f"{folder} has no model.safetensors. Give --start a folder written by `publish`.")
    stored = {name: tensor for file in files for name, tensor in load_file(file).items()}
    if {n: t.shape for n, t in stored.items()} != {n: p.shape for n, p in model.named_parameters()}:
        raise TrainingError(f"The weights in {folder} have another shape or vocabulary than this run.")
    model.load_state_dict({name: tensor.float() for name, tensor in stored.items()}, strict=False)  # the head is tied


def batch_logits(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """Logits float32 [n, vocabulary] at the positions that carry loss. The output head runs only there."""
    hidden = model.model(batch.inputs, use_cache=False).last_hidden_state.flatten(0, 1)[batch.positions]
    return model.lm_head(hidden).float()


def batch_loss(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """The weighted cross-entropy of a batch in nats, a scalar."""
    losses = F.cross_entropy(batch_logits(model, batch), batch.targets, reduction="none")
    return (losses * batch.weights).sum()


def sources(packed: Packed, tokenizer, stories: float | None) -> list[tuple[Packed, float]]:
    """The texts that windows are drawn from, each with its share of the windows.

    Without ``stories`` (the share of stories, 0 to 1) all documents are one text; with it, dialogues and stories are
    two. Raises TrainingError if a kind with a share above 0 has no documents.
    """
    if stories is None:
        return [(packed, 1.0)]
    shares = dict(zip(KINDS, (1 - stories, stories)))
    chosen = {name: of_kind(packed, tokenizer, name) for name, share in shares.items() if share}
    for name, documents in chosen.items():
        if not documents.any():
            raise TrainingError(f"The text has no {name}. Leave --stories out to read it as it is.")
    return [(packed.only(documents), shares[name]) for name, documents in chosen.items()]


def of_kind(packed: Packed, tokenizer, wanted: str) -> np.ndarray:
    """Which documents are of the kind ``wanted`` (one of prompts.KINDS): bool [documents]."""
    starts = (packed.ids[at : at + 8].tolist() for at in packed.openings)
    return np.array([kind(tokenizer.decode(ids)) == wanted for ids in starts])


class BatchSource:
    """Batches as a pure function of (settings.seed, step), and of the model if the noise contains its own errors."""

    def __init__(self, packed: Packed, tokenizer, settings: TrainSettings, device: torch.device):
        self.sources, self.settings, self.device = sources(packed, tokenizer, settings.stories), settings, device
        self.end, self.mask = tokenizer.eos_token_id, tokenizer.mask_token_id
        self.reply = tokenizer(f"\n{ASSISTANT}", add_special_tokens=False)["input_ids"]
        self.alphabets = (
            vocabulary_alphabet(len(tokenizer), set(tokenizer.all_special_ids)).to(device),
            character_alphabet(tokenizer).to(device),
        )

    def __call__(self, step: int, model: torch.nn.Module | None = None) -> Batch:
        count, length = windows_at(step, self.settings)
        rng = np.random.default_rng((self.settings.seed, step))
        rows = rng.multinomial(count, [share for _, share in self.sources])
        drawn = [
            windows(packed, rng, count, length, self.settings.opening_share)
            for (packed, _), count in zip(self.sources, rows)
        ]
        mixed = rng.permutation(np.concatenate(drawn))  # noise levels are spread over the rows in order
        clean = torch.from_numpy(mixed).to(self.device)
        if self.settings.objective == "ar":
            return causal_batch(clean, self.end)
        generator = torch.Generator(self.device).manual_seed(self.settings.seed * 1_000_003 + step)
        barred = [self.mask]
        return diffusion_batch(
            clean,
            self.mask,
            self.alphabets,
            noise_at(step, self.settings),
            generator,
            lambda *asked: own_tokens(model, *asked, barred, generator),
            reply_starts(clean, self.reply),
        )


@torch.no_grad()
def own_tokens(
    model: torch.nn.Module,
    inputs: torch.Tensor,
    where: torch.Tensor,
    temperature: torch.Tensor,
    barred: list[int],
    generator: torch.Generator,
) -> torch.Tensor:
    """The model's own tokens at the positions ``where``, sampled in one forward pass, never one of ``barred``. The
    arguments and the result have the shapes of Sampler in objectives.py."""
    with torch.compiler.set_stance("force_eager"):  # the number of rows differs from step to step
        hidden = model.model(inputs, use_cache=False).last_hidden_state[where]  # [picked, hidden]
    logits = model.lm_head(hidden).float()
    logits[:, barred] = -torch.inf
    logits /= temperature.expand_as(where)[where][:, None]
    noise = torch.empty_like(logits).exponential_(generator=generator).clamp_min_(1e-20)
    drawn = inputs.clone()
    drawn[where] = (logits - noise.log()).argmax(-1)  # the Gumbel-max trick
    return drawn


# (step, model, autocast) -> loss in nats, a scalar
StepLoss = Callable[[int, torch.nn.Module, AbstractContextManager], torch.Tensor]


def reading(source: BatchSource) -> StepLoss:
    """The loss of the windows of a step."""

    def loss(step: int, model: torch.nn.Module, half: AbstractContextManager) -> torch.Tensor:
        with half:
            batch = source(step, model)
        # A context of its own: autocast caches rounded weights, and those cached for the batch have no gradient.
        with half:
            return batch_loss(model, batch)

    return loss


def remember_start(start: Path, folder: Path) -> None:
    """Copy a published twin's training.json to start.json of the new run, whose steps and tokens are added to it."""
    if (start / "training.json").is_file():
        write_whole(folder / "start.json", (start / "training.json").read_bytes())


def make_optimizers(model: torch.nn.Module, settings: TrainSettings) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al., 2024) for the hidden matrices and AdamW for the rest, or AdamW for all parameters.

    Raises TrainingError if torch is too old to have Muon.
    """
    hidden = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n and "lm_head" not in n]
    ids = {id(p) for p in hidden}
    rest = [p for p in model.parameters() if id(p) not in ids]
    adam = dict(lr=settings.rate, betas=(0.9, 0.95), weight_decay=settings.weight_decay)
    if settings.optimizer == "muon":
        if not hasattr(torch.optim, "Muon"):
            raise TrainingError(
                f"Muon needs torch 2.9 or newer, and this is {torch.__version__}. Give --optimizer adamw."
            )
        from playground.training.muon import StackedMuon  # here, because an older torch cannot import it

        muon = StackedMuon(hidden, lr=settings.rate, weight_decay=settings.weight_decay, adjust_lr_fn="match_rms_adamw")
        return [muon, torch.optim.AdamW(rest, **{**adam, "weight_decay": 0.0})]
    return [torch.optim.AdamW([{"params": hidden}, {"params": rest, "weight_decay": 0.0}], **adam)]


def train(
    settings: TrainSettings,
    shape: TwinShape,
    packed: Packed,
    tokenizer,
    folder: Path,
    device: str = "cpu",
    minutes: float = math.inf,
    save_every: float = 120.0,
    start: Path | None = None,
    report: Callable[[str], None] = print,
    stopped: Callable[[], bool] = lambda: False,
    compiled: bool = False,
    loss_of: StepLoss | None = None,
) -> torch.nn.Module:
    """Train until the last step, for at most ``minutes``, or until ``stopped`` returns True; it is called before every
    step. Resumes from ``folder`` if that holds a checkpoint.

    ``save_every`` is in seconds. ``compiled`` lets torch's compiler fuse the decoder, once per window length; on a
    CPU this needs a C++ compiler. ``start`` loads only weights; optimiser and schedule start from zero. ``loss_of`` is
    what a step minimises, without it the windows' own loss. Returns the model with averaged weights. The folder gets ``state.pt`` (everything needed to resume) and ``log.jsonl`` (step,
    tokens, loss in nats, learning rate, tokens per second). Raises TrainingError if the loss or the weights are no
    longer finite; the last checkpoint is kept.
    """
    device = torch.device(device)
    model = new_twin(shape, tokenizer, causal=settings.objective == "ar").to(device)
    step, seen = 0, 0
    folder.mkdir(parents=True, exist_ok=True)
    resumed = has_state(folder)
    if not resumed:
        for left in ("log.jsonl", "start.json"):  # left by a run that was killed before its first checkpoint
            (folder / left).unlink(missing_ok=True)
        if start is not None:
            load_weights(model, start)
            remember_start(start, folder)
    averaged = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizers = make_optimizers(model, settings)
    loss_of = loss_of or reading(BatchSource(packed, tokenizer, settings, device))
    if resumed:
        state, read = load_state(folder, device)
        if "model" not in state:  # such a state is written by home.take_run
            raise TrainingError(
                f"{folder} came back from another machine and cannot be trained on. Publish it, and begin with --start."
            )
        model.load_state_dict(state["model"])
        averaged = state["averaged"]
        for optimizer, stored in zip(optimizers, state["optimizers"]):
            optimizer.load_state_dict(stored)
        step, seen = state["step"], state["seen"]
        forget_log_after(folder / "log.jsonl", step)
        report(
            f"resumed {settings.objective} at step {step}"
            + f" from {read.name}, as state.pt is cut off" * (read.name != STATE)
        )
    write_whole(folder / "settings.json", json.dumps({"train": asdict(settings), "shape": asdict(shape)}, indent=1))

    def mean_loss() -> float:
        mean = torch.stack(losses).mean().item()
        if not math.isfinite(mean):
            raise TrainingError(f"The loss is no longer a number at step {step}. Start again with a lower --rate.")
        return mean

    def save() -> None:
        if not all(parameter.isfinite().all() for parameter in model.parameters()):  # never overwrite a good checkpoint
            raise TrainingError(f"The weights are no longer numbers at step {step}. Start again with a lower --rate.")
        save_state(
            folder,
            {
                "model": model.state_dict(),
                "averaged": averaged,
                "step": step,
                "seen": seen,
                "optimizers": [o.state_dict() for o in optimizers],
            },
        )

    names, parameters = zip(*model.named_parameters())
    half = torch.autocast(device.type, torch.bfloat16, enabled=settings.bfloat16 or device.type == "cuda")
    began = saved = logged = time.monotonic()
    losses, logged_at = [], seen  # losses of the steps since the last row of the log
    model.train()
    if compiled:
        if device.type == "cpu":
            # The backward pass of torch's own attention takes two fifths of a CPU step; compiled products take less.
            model.set_attn_implementation("eager")
        model.model.compile(dynamic=False)
    with (folder / "log.jsonl").open("a") as log:
        while step < settings.steps and time.monotonic() - began < minutes * 60 and not stopped():
            rate = learning_rate(step, settings)
            for optimizer in optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate
            loss = loss_of(step, model, half)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            seen += math.prod(windows_at(step, settings))
            step += 1
            with torch.no_grad():
                keep = min(settings.average, step / (step + 10))  # the average forgets faster in the first steps
                torch._foreach_lerp_([averaged[name] for name in names], parameters, 1 - keep)
            losses.append(loss.detach())
            if step % 20 == 0 or step == settings.steps:
                now = time.monotonic()
                row = {
                    "step": step,
                    "tokens": seen,
                    "loss": round(mean_loss(), 4),
                    "rate": rate,
                    "tok_per_s": round((seen - logged_at) / (now - logged)),
                }
                log.write(json.dumps(row) + "\n")
                log.flush()
                if step % 100 == 0:
                    report(json.dumps(row))
                losses, logged, logged_at = [], now, seen
            if time.monotonic() - saved > save_every:
                save()
                saved = time.monotonic()
    save()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(averaged[name])
    return model.eval()
