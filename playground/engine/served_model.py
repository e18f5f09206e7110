"""A LaneSource that asks a model on a server: one request, one arrival a frame, on the wall clock.

``Lane.about["remote"]`` is filled in while the lane runs, in place: whoever copies ``about`` has the same dict. Its
entries are those of ``_remote``; ``usage``, ``finish``, ``connect_ms`` and what follows them are None until the end.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from playground.catalog.records import ModelRecord
from playground.catalog.servers import is_own_server, retired
from playground.engine.lane_source import RunningLane, WritesOnly
from playground.errors import PlaygroundError
from playground.request.fields import RequestError
from playground.request.race_request import RaceRequest
from playground.served.asking import ask_of, destination, dropped, ignored
from playground.served.call import Call
from playground.served.cells import Cells, prompt_cells
from playground.served.clean import without
from playground.served.client import End, get_ready
from playground.served.guard import Guard
from playground.served.keys import NO_KEYS, Keys, key_of
from playground.served.limits import LIMITS, Limits
from playground.served.trouble import OURS, REPEATED, Listener, ServedError
from playground.trace.served import listed
from playground.trace.trace import Change, Frame, Lane

log = logging.getLogger(__name__)

KeyOf = Callable[[ModelRecord], str]  # the host's key for a record; "" if there is none
UNITS = {"text": "chunks", "snapshots": "snapshots", "blocks": "blocks"}  # shape of a record -> what arrives


def host_key(record: ModelRecord) -> str:
    """The host's key, from the environment."""
    return os.environ.get(record.served.key_variable, "").strip() if record.served else ""


def is_path(model: str) -> bool:
    """Whether a server calls its model by a folder of its machine, which is nobody's business."""
    return PurePosixPath(model).is_absolute() or PureWindowsPath(model).is_absolute() or model.startswith("~")


class ServedModel(WritesOnly):
    """A Keyed source of lanes: one model on a server.

    host_key: is called when a lane is made; nothing keeps what it returns. quotes: whether errors repeat what the server
    said about the host's key, which is for the host.
    """

    can: frozenset[str] = frozenset()
    hash = ""
    kinds: tuple[tuple[str, str], ...] = ()

    def __init__(
        self, record: ModelRecord, host_key: KeyOf = host_key, limits: Limits = LIMITS, quotes: bool = False
    ) -> None:
        if record.served is None:
            raise ValueError(f"{record.key} is not served.")
        self.record, self.served = record, record.served
        # A server of one's own may load its model with the first request, so its silence is no sign that it is gone.
        self._limits = replace(limits, silence=limits.total) if is_own_server(record) else limits
        self._host_key, self._quotes = host_key, quotes

    def lane(
        self, request: RaceRequest, key: str, title: str, about: Mapping[str, Any], keys: Keys = NO_KEYS
    ) -> RunningLane:
        """See Keyed. Raises RequestError if the model is retired or its key is missing. Nothing is sent before
        ``frames`` is read."""
        if why := retired(self.record):
            raise RequestError(why)
        secret = key_of(self.record, keys, {self.served.key_variable: self._host_key(self.record)})
        ask, prompt = ask_of(self.record, request), prompt_cells(request.prompt)
        left = ignored(self.record, request, ask)
        remote = self._remote(left)
        # Its cells are no tokens: lanes without an equal "tokenizer" are compared in characters.
        about = {"note": self._note(left), "tokenizer": f"pieces of {key}", **about, "remote": remote}
        lane = Lane(key, self.record.kind, title, len(prompt), request.length, about)
        call = Call(ask, Listener(self.record, secret.quotes or self._quotes, secret.advice), self._limits)
        return RunningLane(
            lane,
            self._frames(call, secret.text, Cells(lane), prompt, remote, request),
            request.prompt,
            request.prompt,
            request.prompt,
            known_by_words=False,
            apart=True,
            stop=call.stop,
        )

    def _remote(self, left: list[str]) -> dict[str, Any]:
        own = is_own_server(self.record)
        return {
            "provider": "own server" if own else self.served.maker,
            "model": PureWindowsPath(self.served.model).name
            if own and is_path(self.served.model)
            else self.served.model,
            "unit": UNITS[self.served.shape],  # what an arrival is
            "clock": "wall",  # of ``t_ms``: from "request sent", network included
            "ignored": left,  # settings of the request that are not kept, in words
            "thinking": False,  # whether the model thinks now, before its text
            "connect_ms": None,  # before the clock, until the connection stood
            "usage": None,  # {"prompt_tokens", "completion_tokens", ...} as the server counted them; None if it did not
            "finish": None,  # why the model stopped, as it said; "" if it did not say so, "limit" if the lane was full
            "arrivals": None,  # with text
            "at_once": None,  # whether all text came in one arrival: something held it back
            "lost": None,  # characters that were no text
            "left_out": None,  # fields that the server refused at first, in words; the clock is that of the last request
        }

    def _note(self, left: list[str]) -> str:
        kept = f" It does not take: {', '.join(left)}." if left else ""
        return f"{destination(self.record)} The clock is the wall clock, network included.{kept}"

    def _frames(
        self,
        call: Call,
        key: str,
        cells: Cells,
        prompt: tuple[Change, ...],
        remote: dict[str, Any],
        request: RaceRequest,
    ) -> Iterator[Frame]:
        """Frame 0 at once, then one frame an arrival, and a last one without new text. Raises ServedError. Closing this
        ends the call."""
        guard = Guard(key)
        try:
            call.begin(key)
            yield cells.start(prompt)
            for came in call.arrivals():
                if isinstance(came, End):
                    remote |= self._ended(came) | {"arrivals": cells.i}
                    remote["ignored"] += [words for name in came.left_out for words in dropped(request, name)]
                    yield cells.end(came.t_ms)
                    return
                remote["thinking"] = came.piece is None
                if came.piece is None:
                    continue
                if guard.repeats(came.piece):
                    raise ServedError(REPEATED.format(name=self.record.title))
                yield cells.take(came.piece, came.t_ms)
                if cells.full:
                    remote |= {"finish": "limit", "arrivals": cells.i}
                    yield cells.end(came.t_ms)
                    return
        except PlaygroundError:
            raise
        except Exception as error:  # its text could hold the key, and whoever logs it does not know the key
            log.error("A lane on a server failed.\n%s", without("".join(traceback.format_exception(error)), [key]))
            raise ServedError(OURS.format(name=self.record.title)) from None
        finally:
            call.stop()

    def _ended(self, end: End) -> dict[str, Any]:
        reader = end.reader
        return {
            "unit": "snapshots" if reader.snapshots else "blocks" if self.served.shape == "blocks" else "chunks",
            "thinking": False,
            "connect_ms": round(end.connect_ms, 3),
            "usage": reader.usage,
            "finish": reader.finish,
            "at_once": reader.at_once,
            "lost": reader.lost,
            "left_out": listed(end.left_out) or None,
        }

    def warm_up(self) -> None:
        """Make what is made once. Nothing is sent."""
        get_ready()
