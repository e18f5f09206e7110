"""Serves a page until it is closed. Gradio builds the application; this module runs uvicorn on sockets that we opened.

``Blocks.launch`` is not used for three reasons. Before it returns, it requests the page from its own address, through
any proxy that the environment names and with a timeout of three seconds. It looks for a free port on IPv4 only.
SIGTERM ends it in the middle of a pass.
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
from playground.server.doors import Doors
from playground.server.listening import close, listen, url
from playground.stream.messages import Streams

GRACE_S = 0.5  # on closing, wait this long for open connections
LAST_WORDS_S = 1.0  # on closing, wait this long for runs to end between two passes and send their last message
LOOK_S = 0.02  # interval of polling
# Loopback and the private networks (RFC 1918, RFC 6598), where the proxies of a Space are
OWN_NETWORKS = "127.0.0.1,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10"


class PageServer:
    """A server of the page on every address of a host."""

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
        """Bind the sockets; ``start`` begins to serve.

        streams: the races to end on closing; port: 0 for any free port; options: as from page.launch_options;
        root_path: the path below which visitors reach the page, such as /play, or its whole address; auth: the user
        name and password that visitors must enter. Raises AddressError.
        """
        self._sockets, self._streams = listen(host, port), streams
        self.port = self._sockets[0].getsockname()[1]
        self.url = url(host, self.port)
        self._app = mounted(page, options, root_path, auth)
        page.server_port = self.port  # where gradio's own launch keeps it; mounting says 7860
        config = uvicorn.Config(
            self._app,
            log_level="warning",
            lifespan="on",
            timeout_graceful_shutdown=GRACE_S,  # type: ignore[arg-type]
            forwarded_allow_ips=trusted_proxies(os.environ),
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=(self._sockets,), name="page", daemon=True)

    def start(self) -> None:
        """Start to serve. Returns when the page can be requested, however long that takes on a busy machine."""
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(LOOK_S)

    def is_alive(self) -> bool:
        """Whether the server is running."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End every run between two passes, send the visitors its last message, and close every connection."""
        self._streams.end()
        until = time.monotonic() + LAST_WORDS_S
        while self._streams.under_way() and time.monotonic() < until:
            time.sleep(LOOK_S)
        self._server.should_exit = True
        self._thread.join(LAST_WORDS_S + GRACE_S)
        close(self._sockets)


def trusted_proxies(environment: Mapping[str, str]) -> str | None:
    """The addresses whose X-Forwarded-For is believed, for uvicorn; None for its own default, loopback.

    A Space is reached only through proxies of its own network. The visitor is then the last address in the header that
    is none of theirs: what stands before it the visitor may have written.
    """
    return environment.get("FORWARDED_ALLOW_IPS") or (OWN_NETWORKS if environment.get("SPACE_ID") else None)


def mounted(page: gr.Blocks, options: Mapping[str, Any], root_path: str, auth: tuple[str, str] | None) -> FastAPI:
    """The page as an ASGI application at /, and also below its root path if it has one."""
    options = dict(options)
    page.max_threads = page._queue.max_thread_count = options.pop("max_threads")  # mounting takes no such option
    layers = [
        Middleware(BelowPath, root_path),
        Middleware(Doors),
    ]  # outside of gradio's own, which answer other websites
    outside = FastAPI(openapi_url=None, middleware=layers)
    return gr.mount_gradio_app(outside, page, path="/", root_path=root_path, auth=auth, show_error=False, **options)
