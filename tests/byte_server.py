"""A server on 127.0.0.1 that answers with exact bytes and pauses: frameworks mend what a test wants broken.

    with ByteServer([STREAM, text("Hello"), 0.1, FINISH, DONE]) as server:
        record = served(server.url)
        ...
        server.bodies[0]["messages"]

An answer is a list of steps: bytes are sent, a number is a pause in seconds, CUT breaks the connection, HANG waits for
the client to go. A function in place of the list gets the number of the request and its body.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import replace

from playground.catalog.records import ModelRecord, Served

CUT, HANG = "cut", "hang"
DONE = b"data: [DONE]\n\n"


def head(status="200 OK", kind="text/event-stream", *more):
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {kind}"] if kind else []), "Connection: close", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


STREAM = head()


def event(data):
    """One event of JSON data."""
    return f"data: {json.dumps(data)}\n\n".encode()


def chunk(delta=None, finish=None, **more):
    return event(
        {"id": "c1", "model": "made-up", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
    )


def text(content, finish=None, **more):
    return chunk({"content": content}, finish, **more)


def snapshot(content, finish=None, progress=0):
    """A chunk as Inception sends it with ``diffusing``."""
    delta = {"role": "assistant", "content": content, "tool_calls": []}
    meta = {"diffusion_content": True, "diffusion_progress": progress}
    return chunk(delta, finish, diffusion_meta=meta, reasoning_summary=None)


FINISH = chunk({}, "stop")
USAGE = event(
    {"model": "made-up", "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}}
)


def refusal(status, body, kind="application/json", *more):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [head(status, kind, f"Content-Length: {len(data)}", *more), data]


def served(url, kind="ar", maker="Made Up", **more):
    """A record of a model at this address."""
    record = ModelRecord("made-up", kind, "Made-up", template="plain")
    return replace(record, served=Served(url, "made-up", "MADE_UP_KEY", maker, **more))


class ByteServer:
    def __init__(self, answer):
        self.answer = answer if callable(answer) else lambda number, body: answer
        self.heads, self.bodies, self.gone = [], [], threading.Event()  # gone: a client went during HANG
        self._closed = False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error):
        self._closed = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._socket.close()

    def _serve(self):
        while not self._closed:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection, suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536)
            said, _, body = data.partition(b"\r\n\r\n")
            size = next(
                (int(line[15:]) for line in said.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
            )
            while len(body) < size:
                body += connection.recv(65536)
            self.heads.append(said.decode())
            self.bodies.append(json.loads(body) if body else None)
            for step in self.answer(len(self.bodies) - 1, self.bodies[-1]):
                if step == CUT:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if step == HANG:
                    select.select([connection], [], [], 30)  # readable: the client has closed it
                    self.gone.set()
                    return
                if isinstance(step, bytes):
                    connection.sendall(step)
                elif select.select([connection], [], [], step)[0]:
                    self.gone.set()
                    return
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
