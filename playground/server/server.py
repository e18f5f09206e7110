"""Serves a page until it is told to end. Gradio makes the application; uvicorn is started here, on sockets of our own.

``Blocks.launch`` is not used: it asks its own address for the page before it returns, through any proxy that the environment
names and with three seconds' patience; it looks for its port on IPv4 only; and SIGTERM ends it in the middle of a pass.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware

from playground.server.address import BelowPath
from playground.server.listening import close, listen, url
from playground.stream.messages import Streams

GRACE_S = 0.5  # for connections that stay open
LAST_WORDS_S = 1.0  # for runs to end between two passes, and for their visitors to hear of it
LOOK_S = 0.02


class PageServer:
    """A page on every address of a host, and its races."""

    def __init__(
        self,
        page: gr.Blocks,
        streams: Streams,
        host: str,
        port: int,
        options: Mapping[str, Any],
        root_path: str = "",
        auth: tuple[str, str] | None = None,
    ):
        """options: those of page.launch_options. port: 0 for any that is free. root_path: the path below which visitors reach
        the page, as /play, or its whole address. auth: the name and the password that visitors must give. Raises AddressError."""
        self._sockets, self._streams = listen(host, port), streams
        self.port = self._sockets[0].getsockname()[1]
        self.url = url(host, self.port)
        self._app = mounted(page, options, root_path, auth)
        config = uvicorn.Config(
            self._app,
            log_level="warning",
            lifespan="on",
            timeout_graceful_shutdown=GRACE_S,  # type: ignore[arg-type]
            forwarded_allow_ips="*"
            if os.environ.get("SPACE_ID")
            else None,  # a Space is reached through its own proxies only
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=(self._sockets,), name="page", daemon=True)

    def start(self) -> None:
        """Return when the page can be asked for, however long that takes on a busy machine."""
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(LOOK_S)

    def is_alive(self) -> bool:
        """Whether it still serves."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the runs between two passes, tell their visitors, and close every connection."""
        self._streams.end()
        until = time.monotonic() + LAST_WORDS_S
        while self._streams.under_way() and time.monotonic() < until:
            time.sleep(LOOK_S)
        self._server.should_exit = True
        self._thread.join(LAST_WORDS_S + GRACE_S)
        close(self._sockets)


def mounted(page: gr.Blocks, options: Mapping[str, Any], root_path: str, auth: tuple[str, str] | None) -> FastAPI:
    """The page as an ASGI application at / and, where it has one, below its root path."""
    options = dict(options)
    page.max_threads = page._queue.max_thread_count = options.pop("max_threads")  # launch() takes it, mounting does not
    outside = FastAPI(openapi_url=None, middleware=[Middleware(BelowPath, root_path)])
    return gr.mount_gradio_app(outside, page, path="/", root_path=root_path, auth=auth, show_error=False, **options)
