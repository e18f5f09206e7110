"""What a visitor sends is answered with a sentence, whatever it is: never a bare status, a traceback, or their own words sent back.

Three ways lead in, and each is mended at one place. Server functions (a component's ``server_functions``) go through ``heard``.
Races and charts go through ``Page.process_api``. All else that gradio answers, or fails to, passes the middleware ``Sentences``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import gradio as gr
import httpx
from gradio.route_utils import FnIndexInferError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.errors import PlaygroundError
from playground.trace.trace import TraceError

LARGEST = 32 * 2**20  # characters of what is sent to a server function; a run is the largest
LONGEST = 400  # characters of a sentence of ours
LONGEST_FOREIGN = 100  # characters of one of gradio's: longer ones hold what was sent
LARGEST_REFUSAL = 64 * 2**10  # bytes of a refusal that is read
SESSIONS = 40  # more than can run or wait at once
NOT_TEXT = "This is no text that the page sends. Load the page again and try once more."
UNREADABLE = "The server cannot make sense of this request. Load the page again and try once more."
BROKEN = "Something went wrong here. Load the page again and try once more; the server log has the details."
SENTENCES = {
    400: UNREADABLE,
    403: "This is not served.",
    404: "There is nothing at this address.",
    405: "This address is not asked in that way.",
    413: "This is too large to be read.",
    422: "A value in this request is missing or of the wrong kind.",
    503: "The server is busy or about to stop. Try again in a minute.",
}
THEIR_DOING = (
    FnIndexInferError,
    httpx.InvalidURL,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
)  # what odd input makes gradio's code raise

log = logging.getLogger(__name__)


def heard(function: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A server function, which takes text, with an answer for everything else as well: JSON text {"message"}."""

    @wraps(function)
    def answer(given: Any = None) -> Any:
        try:
            if not isinstance(given, str) or len(given) > LARGEST:
                raise PlaygroundError(NOT_TEXT)
            return function(given)
        except (PlaygroundError, TraceError) as error:
            return json.dumps({"message": str(error)[:LONGEST]})
        except Exception as error:
            log.warning(
                "%s could not be answered: %s.",
                function.__name__,
                type(error).__name__,
                exc_info=not isinstance(error, THEIR_DOING),
            )
            return json.dumps({"message": UNREADABLE})

    return answer


class Page(gr.Blocks):
    """Blocks whose events end in words that gradio hands on, where it would say nothing (``{"error": null}``), and which keep few
    sessions: gradio keeps 0.2 MB of each visitor's, 10,000 of them unless it is told otherwise, and this page puts nothing there."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.state_session_capacity = SESSIONS

    def launch(self, *args: Any, **options: Any) -> Any:
        return super().launch(*args, state_session_capacity=SESSIONS, **options)

    async def process_api(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            return await super().process_api(*args, **kwargs)
        except gr.Error:
            raise
        except Exception as error:
            log.warning(
                "An event could not be answered: %s.", type(error).__name__, exc_info=not isinstance(error, THEIR_DOING)
            )
            raise gr.Error(UNREADABLE if isinstance(error, THEIR_DOING) else BROKEN, print_exception=False) from None


class Sentences:
    """ASGI middleware: every refusal says why in a sentence, and nothing that breaks on the way is shown."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        answer = Refusal(send)
        try:
            await self.app(scope, receive, answer.send)
        except Exception as error:
            status = status_of(error, scope["method"])
            log.warning(
                "%s could not be answered: %s.", scope["path"][:100], type(error).__name__, exc_info=status == 500
            )
            await answer.broken_off(status)


class Refusal:
    """Hands an answer on as it comes, but for a refusal, whose words it looks at first."""

    def __init__(self, send: Send):
        self._send = send
        self._start: Message | None = None  # of a refusal
        self._body = b""
        self._begun = self._done = False

    async def send(self, message: Message) -> None:
        if (
            message["type"] == "http.response.start" and message["status"] >= 400 and message["status"] != 401
        ):  # 401: gradio's login
            self._start = message
        elif self._start is None:
            self._begun = True
            self._done = message["type"] == "http.response.body" and not message.get("more_body", False)
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body = (self._body + message.get("body", b""))[:LARGEST_REFUSAL]
            if not message.get("more_body", False):
                await self._tell(self._start["status"], self._start["headers"])

    async def broken_off(self, status: int) -> None:
        """End an answer that its maker left."""
        if not self._begun:
            await self._tell(status, [])
        elif not self._done:
            await self._send({"type": "http.response.body", "body": b""})

    async def _tell(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        body = json.dumps(worded(status, self._body), ensure_ascii=False).encode()
        kept = MutableHeaders(raw=list(headers))
        kept["content-type"], kept["content-length"] = "application/json", str(len(body))
        self._begun = self._done = True
        await self._send({"type": "http.response.start", "status": status, "headers": kept.raw})
        await self._send({"type": "http.response.body", "body": body})


def status_of(error: Exception, method: str) -> int:
    """Of an answer that was never begun. A file that is asked for and cannot be opened is not there, as far as visitors go."""
    if isinstance(error, OSError) and method in ("GET", "HEAD"):
        return 404
    return 400 if isinstance(error, THEIR_DOING) else 500


def worded(status: int, body: bytes) -> dict[str, Any]:
    """A refusal in words. Gradio's clients read ``detail`` of some refusals and ``error`` of others."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    said = said if isinstance(said, dict) else {}
    ours, theirs = said.get("error"), said.get("detail")
    if isinstance(ours, str) and ours.strip():
        sentence = ours[:LONGEST]
    elif isinstance(theirs, str) and " " in theirs and len(theirs) <= LONGEST_FOREIGN:
        sentence = theirs
    else:
        sentence = SENTENCES.get(status, UNREADABLE if status < 500 else BROKEN)
    return {
        **{name: said[name] for name in ("visible", "title", "duration") if name in said},
        "detail": sentence,
        "error": sentence,
    }
