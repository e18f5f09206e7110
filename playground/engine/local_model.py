"""A LaneSource that runs a model on this machine: text -> token ids -> canvas -> passes -> frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from playground.catalog.records import ModelRecord
from playground.decoders import Decoder, fastest_decoder
from playground.decoders.checkpoint import Checkpoint, CheckpointError
from playground.decoders.cuda_graphs import BUCKET
from playground.decoders.decoder import positions_of
from playground.decoders.perplexity import nats, perplexity, score
from playground.decoders.seeing import SeeingDecoder
from playground.decoders.sight import sight_of
from playground.decoders.special_ids import SpecialIds, special_ids
from playground.engine import attention
from playground.engine.abilities import abilities
from playground.engine.closing import closing
from playground.engine.end_text import ended_by_text
from playground.engine.familiar import outside
from playground.engine.frames import frames
from playground.engine.knowledge import knowledge
from playground.engine.lane_source import RunningLane
from playground.engine.opening import Opening, opening
from playground.engine.picture import SHOWN, with_picture, with_work_of
from playground.engine.tally import NO_COST, Tally
from playground.metrics.cost import DecoderShape
from playground.metrics.score import Score
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.request.rules import CACHES, REVISIONS
from playground.samplers.autoregressive import AutoregressSettings, autoregress
from playground.samplers.canvas import Canvas
from playground.samplers.diffusion.predictors import BACK, predictor_of
from playground.samplers.diffusion.sampler import denoise
from playground.samplers.noise import Noise
from playground.samplers.passes import Pass
from playground.text.fingerprint import fingerprint
from playground.text.loading import template_of
from playground.text.prompts import kind
from playground.text.token_ids import text_ids
from playground.text.token_text import Pieces
from playground.trace.trace import Lane

FIRST = 4  # frames of a lane that warm it up: the start, a prompt that is read, and two passes
BLOCKS = (
    "It writes blocks of {} tokens from left to right, and reads each once more when it is full: such a pass writes {}. "
    "The blocks of the settings do not apply."
)
READING_WRITES = ("nothing", "only the first token of the next block")  # by predictors.BACK


class LocalModel:
    """A LaneSource: one checkpoint with its own tokenizer, decoder, noise and template."""

    def __init__(self, record: ModelRecord, checkpoint: Checkpoint):
        self.decoder: Decoder = fastest_decoder(checkpoint.model)
        self.most = positions_of(checkpoint.model.config)  # tokens that it reads to score a text; None for any number
        room = (self.most or record.context) - (record.block or 1) + 1  # the last block is read whole
        self.record = replace(record, context=min(record.context, room, self.decoder.reach or room))
        self.sight = sight_of(checkpoint.model)
        self.can = abilities(record) | ({"picture"} if self.sight else frozenset())
        self.checkpoint, self.model, self.tokenizer = checkpoint, checkpoint.model, checkpoint.tokenizer
        self.hash, self.evaluation = checkpoint.hash, checkpoint.evaluation
        self.special = special_of(record, checkpoint)
        self.template = template_of(record.template, checkpoint.tokenizer, record.title)
        self.picture_token = self.decoder.vocabulary  # the first id that is no word
        self.pieces = Pieces(checkpoint.tokenizer, {self.picture_token: SHOWN})
        self.noise = Noise.of(checkpoint.tokenizer, self.special)
        self.fingerprint = fingerprint(checkpoint.tokenizer)
        self.kinds = knowledge() if self.evaluation.nats_per_word else ()

    @property
    def name(self) -> str:
        return self.record.key

    def encode(self, *text: str) -> list[int]:
        """The token ids of a text in pieces. The name of a control token is encoded as ordinary text, except in the
        template's TemplateText."""
        return text_ids(text, self.tokenizer)

    def open(self, request: RaceRequest) -> Opening:
        """The opening of a request. Raises RequestError if its words, its picture or its length do not fit this model."""
        if request.resume and request.resume.tokenizer not in ("", self.fingerprint):
            raise RequestError(
                f"The frame to go on from is of another tokenizer than that of {self.record.title}, so its tokens mean "
                "something else here. Go on from it where its own model runs."
            )
        start = opening(request, self.encode, self.noise, self.template)
        start = with_picture(start, request, self.sight, self.picture_token, self.encode)
        canvas, seen = start.canvas, start.picture
        room = self.record.context - (seen.more if seen else 0)
        words = [token for at, token in enumerate(canvas.ids) if not seen or at != seen.place]
        if max(words) >= self.decoder.vocabulary:
            raise RequestError(
                "The frame to go on from holds tokens that these models do not have. Open it with its own models."
            )
        if seen and len(canvas.ids) > room:
            raise RequestError(
                f"The picture takes {seen.tiles.rows:,} of the {self.record.context:,} tokens that {self.record.title} reads, and "
                f"prompt and text take {len(canvas.ids) - 1:,}. Choose a smaller picture, or shorten the text."
            )
        if canvas.length >= room:
            raise RequestError(
                f"These models read at most {room} tokens, prompt and text together, and {canvas.length} tokens of text were asked "
                f"for. Ask for at most {self.record.longest}."
            )
        if len(canvas.ids) > room:
            raise RequestError(
                f"The prompt is {canvas.start} tokens long; with {canvas.length} tokens of text at most {room - canvas.length} fit. "
                "Shorten the prompt or the text."
            )
        return start

    def lane(self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any]) -> RunningLane:
        """See LaneSource."""
        start = self.open(request)
        try:
            passes = self._passes(request, start)
        except ValueError as error:
            raise RequestError(str(error)) from None
        about = {**self._about(request, start), **about}
        lane = Lane(key, self.record.kind, title, start.canvas.start, start.canvas.length, about)
        seeing = self.sight.cost(start.picture.tiles) if self.sight and start.picture else NO_COST
        tally = Tally(DecoderShape.of(self.model.config, self.decoder.dtype.itemsize), seeing)
        return RunningLane(
            lane,
            frames(lane, tally.count(passes), self.pieces, self.special),
            start.text,
            self._given(start.canvas),
            start.request,
            start.familiar is not None,
            tally,
            original=start.familiar or () if request.share else (),
        )

    def _given(self, canvas: Canvas) -> str:
        """The text of a canvas's prompt."""
        return str(self.tokenizer.decode([one for one in canvas.ids[: canvas.start] if one != self.picture_token]))

    def _passes(self, request: RaceRequest, start: Opening) -> Iterator[Pass]:
        """Raises ValueError if the sampler has nothing to do on this canvas."""
        write = self._denoised if self.record.kind == "diffusion" else self._continued
        if not (seen := start.picture):
            return write(self.decoder, request, start.canvas)
        decoder = SeeingDecoder(self.model, seen.tiles, seen.place)
        return with_work_of(seen, write(decoder, request, start.canvas))

    def _denoised(self, decoder: Decoder, request: RaceRequest, canvas: Canvas) -> Iterator[Pass]:
        settings = request.denoising
        if request.share:  # a corrupted text keeps its length
            settings = replace(settings, bar_end=True)
        passes = denoise(decoder, canvas, settings, self.special, self.noise, predictor_of(self.record))
        if not self.record.end_text or settings.bar_end:
            return passes
        for_good = "keeps" in REVISIONS[settings.revise].traits
        return ended_by_text(passes, self.record.end_text, canvas.start, self.special.end, self.pieces, for_good)

    def _continued(self, decoder: Decoder, request: RaceRequest, canvas: Canvas) -> Iterator[Pass]:
        bar_end = request.same_length or request.share > 0
        settings = AutoregressSettings(request.temperature, request.seed, bar_end, request.top_p, request.top_k)
        return autoregress(decoder, canvas, settings, self.special)

    def _about(self, request: RaceRequest, start: Opening) -> dict[str, Any]:
        about: dict[str, Any] = {
            "end_id": self.special.end,
            "mask_id": self.special.mask,
            "tokenizer": self.fingerprint,
        }
        if self.special.more_ends:
            about["end_ids"] = list(self.special.ends)
        if start.picture:
            about["picture"] = start.picture.place
        if request.resume:
            about["parent"] = request.resume.parent()
        if self.record.kind == "diffusion":
            about |= {"steps": request.steps, "approximate": "approximate" in CACHES[request.cache].traits}
            about |= {"share": request.share} if request.share else {}
            return about | ({"note": block_note(self.record)} if self.record.block else {})
        note = ar_limits(request, start.canvas)
        return about | ({"note": note} if note else {})

    def warm_up(self) -> None:
        """Run every canvas length and batch size that the decoder prepares for; one that prepares nothing runs once."""
        prepares = self.decoder.prepares
        for length in (8, *(range(BUCKET, self.record.longest + 1, BUCKET) if prepares else ())):
            for guidance in (0.0, 1.0) if "guidance" in self.can and prepares else (0.0,):
                request = RaceRequest(self.record.examples[0], length=length, steps=2, guidance=guidance)
                lane = self.lane(request, self.record.kind, "", {})
                with closing([lane.frames]):
                    for _ in islice(lane.frames, FIRST):
                        pass
        if self.sight and prepares:
            self.sight.warm_up()

    def attention(self, ids: object, position: object) -> list[float]:
        """See LaneSource. Raises RequestError."""
        if isinstance(ids, (list, tuple)) and self.picture_token in ids:
            raise RequestError("What a token looked at cannot be shown for a run with a picture.")
        checked = attention.check(self.record.kind, ids, position, self.record.context, self.decoder.vocabulary)
        return attention.attention(self.model, *checked, back=self.record.shift == "whole")

    def score(self, given: str, text: str) -> Score | None:
        """See LaneSource."""
        return score(self.tokenizer, partial(nats, self.model), given, text, self.most)

    def outside(self, prompt: str, text: str) -> bool:
        """See LaneSource. For a model trained on the synthetic text, familiar.py decides. For any other model the
        prompt's perplexity must exceed that of nearly all its validation text. Of a prompt that is longer than the
        model reads, it cannot tell."""
        limits, limit = self.evaluation.nats_per_word, self.evaluation.perplexity.get(kind(text))
        if not limits and limit is None:
            return False
        ids = self.encode(*self.template.lead(prompt)) if limits else self.encode(text)
        if self.most is not None and len(ids) > self.most:
            return False
        if limits:
            return outside(prompt, nats(self.model, ids), **limits)
        strangeness = perplexity(self.model, ids)
        return strangeness is not None and limit is not None and strangeness > limit


def special_of(record: ModelRecord, checkpoint: Checkpoint) -> SpecialIds:
    """The special ids of a checkpoint under a record. Raises CheckpointError for a token that it does not have."""
    try:
        return special_ids(record, checkpoint.tokenizer, checkpoint.model.config.get_text_config().vocab_size)
    except ValueError as error:
        raise CheckpointError(f"The model {record.title} cannot run: {error}. Correct its record.") from None


def block_note(record: ModelRecord) -> str:
    """Sentences on how a block-causal model writes."""
    return BLOCKS.format(record.block, READING_WRITES[BACK[record.shift]])


def ar_limits(request: RaceRequest, canvas: Canvas) -> str | None:
    """A sentence on what an AR model cannot do in this request; None if it can do everything."""
    if request.resume:
        return "It never goes back: all to the right of the first edit is written again."
    if request.share:
        return (
            "It cannot mend a text in place. So it is given the places of the noise, and writes each of them without seeing what "
            "is to its right."
        )
    if canvas.pinned:
        return "It never sees the right-hand side: it fills each gap from the left alone, and takes the given words as they come."
    return None
