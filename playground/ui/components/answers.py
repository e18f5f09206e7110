"""Every request gets a sentence as its error message: never a bare status, a traceback, or the visitor's own input.

Requests take three paths, and each has one place for this. Calls of a component's ``server_functions`` go through
``heard``, races and charts through ``Page.process_api``, and every other HTTP response of gradio through the middleware
``Sentences``.
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

LARGEST = 32 * 2**20  # characters of an argument of a server function; the largest argument is a run
LONGEST = 400  # characters of our own error messages
LONGEST_FOREIGN = 100  # characters of gradio's error messages; longer ones repeat the visitor's input
LARGEST_REFUSAL = 64 * 2**10  # bytes that are read of an error response
SESSIONS = 40  # more than the races that can run or wait at once
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
)  # exceptions that malformed input causes in gradio's code

log = logging.getLogger(__name__)


def heard(function: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Wrap a server function, which takes text. For any other argument, and after any error, the wrapper returns the
    JSON text {"message": sentence}."""

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
    """Blocks with two changes. A failed event raises gr.Error with a sentence; by default gradio sends ``{"error":
    null}``. And few sessions are kept: gradio's default is 10,000 sessions of 0.2 MB each, and this page stores nothing
    in them."""

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
    """ASGI middleware: every error response holds a sentence and no details of an exception."""

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
    """Forwards a response message by message. An error response is held back, and its body is replaced with a
    sentence."""

    def __init__(self, send: Send):
        self._send = send
        self._start: Message | None = None  # the start message of an error response
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
        """End the response after an exception. status: sent if the response has not started."""
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
    """The HTTP status for an exception before the response started. A requested file that cannot be opened gives
    404."""
    if isinstance(error, OSError) and method in ("GET", "HEAD"):
        return 404
    return 400 if isinstance(error, THEIR_DOING) else 500


def worded(status: int, body: bytes) -> dict[str, Any]:
    """The body of an error response with a sentence. Gradio's clients read ``detail`` or ``error``, so it is in both.

    body: of the original response.
    """
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
