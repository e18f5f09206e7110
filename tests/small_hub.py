"""A small hub on 127.0.0.1 that speaks the Hugging Face hub's HTTP: huggingface_hub itself talks to it.

    with SmallHub() as hub:
        sha = hub.add("owner/name", {"config.json": b"{}", "model.safetensors": b"..."})
        hf_hub_download("owner/name", "config.json", endpoint=hub.url, token=False)

Large files (LARGE) are in LFS, with a sha256, and come by way of another host, as from the hub's CDN. Small files come
by way of a relative redirect. Unlike the hub it has no Xet.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import huggingface_hub

LARGE = (".safetensors", ".bin", ".model")
MEMBER, STRANGER = "hf_member", "hf_stranger"  # tokens that the hub knows; the stranger has no access to gated models
PIECE = 1 << 16


def reach(monkeypatch) -> None:
    """Let huggingface_hub reach 127.0.0.1 in a test. It loads in small pieces and does not wait between two tries."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", PIECE)
    impatient = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: None})
    for module in ("huggingface_hub.file_download", "huggingface_hub.utils._http"):
        monkeypatch.setattr(importlib.import_module(module), "time", impatient)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", os.devnull)
    huggingface_hub.close_session()


def git_hash(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Repo:
    """A model on the hub."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)  # sha -> name -> content
    branches: dict[str, str] = field(default_factory=dict)  # name -> sha
    gated: bool = False
    card: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """What goes wrong when the content of a file is sent."""

    after: int  # bytes that are sent first
    times: int = 1 << 30  # how often it goes wrong
    go: threading.Event | None = None  # wait for it, and go on; without one the connection is cut


class SmallHub:
    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.requests: list[tuple[str, str, str]] = []  # (method, path, token) of every request
        self.status: dict[str, int] = {}  # a part of a path -> the HTTP status it is answered with
        self.pages: dict[str, bytes] = {}  # a part of a path -> the page in HTML it is answered with
        self._faults: dict[str, Fault] = {}  # file name -> what goes wrong
        self._other: dict[str, bytes] = {}  # file name -> what is sent in its place
        hub = self

        class Handler(Answers):
            of = hub

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url, self.cdn = f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}"

    def __enter__(self) -> SmallHub:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.mend()
        self._server.shutdown()
        self._server.server_close()

    def add(
        self,
        repo: str,
        files: dict[str, bytes],
        *,
        sha: str = "",
        branch: str = "main",
        gated: bool = False,
        licence: str = "mit",
    ) -> str:
        """Add a model, or a commit to one: its branch then leads to the new commit. Returns the commit's sha."""
        sha = sha or hashlib.sha1(repr((repo, sorted(files.items()))).encode()).hexdigest()
        entry = self.repos.setdefault(repo, Repo())
        entry.commits[sha] = dict(files)
        entry.branches[branch] = sha
        entry.gated, entry.card = gated, {"license": licence}
        return sha

    def cut(self, file: str, after: int, times: int = 1 << 30) -> None:
        """Cut the connection after so many bytes of a file."""
        self._faults[file] = Fault(after, times)

    def hold(self, file: str, after: int) -> threading.Event:
        """Send so many bytes of a file and wait. Set the event to go on."""
        go = threading.Event()
        self._faults[file] = Fault(after, go=go)
        return go

    def send_instead(self, file: str, content: bytes) -> None:
        """Send other bytes than the listed ones."""
        self._other[file] = content

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        for fault in self._faults.values():
            if fault.go:
                fault.go.set()
        self._faults, self._other, self.status, self.pages = {}, {}, {}, {}

    def contents(self, file: str) -> int:
        """How often the content of a file was asked for."""
        return sum(
            method == "GET" and path.endswith(f"/{file}") and "/api/models" not in path
            for method, path, _ in self.requests
        )

    def sent(self, file: str, content: bytes) -> bytes:
        return self._other.get(file, content)

    def fault(self, file: str) -> Fault | None:
        fault = self._faults.get(file)
        if fault is None or not fault.times:
            return None
        fault.times -= 1
        return fault


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up, as one does that stops a download, is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Refusal(Exception):
    """An answer with an error, as the hub words it."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status, self.code = status, code


class Answers(BaseHTTPRequestHandler):
    """Answers of the hub."""

    of: SmallHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    def answer(self) -> None:
        url = urlsplit(self.path)
        path, query = unquote(url.path), parse_qs(url.query)
        self.of.requests.append((self.command, path, self.token))
        with suppress(ConnectionError):  # the other side hung up
            try:
                for part, status in self.of.status.items():
                    if part in path:
                        raise Refusal(status, "", HTTPStatus(status).phrase)
                for part, page in self.of.pages.items():
                    if part in path:
                        self.send(200, {"Content-Type": "text/html"}, page)
                        return
                self.route(path, query)
            except Refusal as refusal:
                self.send(
                    refusal.status,
                    {"X-Error-Message": str(refusal), **({"X-Error-Code": refusal.code} if refusal.code else {})},
                    json.dumps({"error": str(refusal)}).encode(),
                )

    def route(self, path: str, query: dict[str, list[str]]) -> None:
        if match := re.fullmatch(r"/cdn/([^/]+/[^/]+)/([0-9a-f]+)/(.+)", path):
            if self.token:
                raise Refusal(400, "", "The token must not leave the hub.")
            self.content(match[3], self.of.repos[match[1]].commits[match[2]][match[3]])
            return
        if self.token and self.token not in (MEMBER, STRANGER):
            raise Refusal(401, "", "Invalid credentials in Authorization header")
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path):
            self.info(match[1], match[2] or "main", "blobs" in query)
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/(.+)", path):
            self.tree(match[1], match[2])
        elif match := re.fullmatch(r"/api/resolve-cache/models/([^/]+/[^/]+)/([0-9a-f]+)/(.+)", path):
            self.small(match[1], match[2], match[3])
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self.resolve(match[1], match[2], match[3])
        else:
            raise Refusal(404, "", "Sorry, we can't find the page you are looking for.")

    def found(self, name: str, revision: str) -> tuple[Repo, str]:
        """A repository and the commit of a revision. The hub does not tell a missing model from a private one to those
        who send no token."""
        repo = self.of.repos.get(name)
        if repo is None:
            if not self.token:
                raise Refusal(401, "RepoNotFound", "Invalid username or password.")
            raise Refusal(404, "RepoNotFound", "Repository not found")
        sha = repo.branches.get(revision, revision)
        if sha not in repo.commits:
            raise Refusal(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return repo, sha

    def info(self, name: str, revision: str, blobs: bool) -> None:
        """Anyone may see what a gated model has."""
        repo, sha = self.found(name, revision)
        siblings = [
            {"rfilename": file, **(self.blob(file, content) if blobs else {})}
            for file, content in sorted(repo.commits[sha].items())
        ]
        self.json(
            {
                "id": name,
                "modelId": name,
                "sha": sha,
                "private": False,
                "disabled": False,
                "gated": "manual" if repo.gated else False,
                "tags": [f"license:{repo.card['license']}"],
                "cardData": repo.card,
                "siblings": siblings,
            }
        )

    def blob(self, file: str, content: bytes) -> dict[str, object]:
        blob: dict[str, object] = {"size": len(content), "blobId": git_hash(content)}
        if file.endswith(LARGE):
            blob |= {"lfs": {"sha256": sha256(content), "size": len(content), "pointerSize": 134}}
        return blob

    def tree(self, name: str, revision: str) -> None:
        repo, sha = self.found(name, revision)
        entries = []
        for file, content in sorted(repo.commits[sha].items()):
            entry: dict[str, object] = {"type": "file", "path": file, "oid": git_hash(content), "size": len(content)}
            if file.endswith(LARGE):
                entry |= {"lfs": {"oid": sha256(content), "size": len(content), "pointerSize": 134}}
            entries.append(entry)
        self.json(entries)

    def resolve(self, name: str, revision: str, file: str) -> None:
        repo, sha = self.found(name, revision)
        if repo.gated and self.token != MEMBER:
            who = "in the authorized list" if self.token else "authenticated"
            raise Refusal(
                403 if self.token else 401, "GatedRepo", f"Access to model {name} is restricted and you are not {who}."
            )
        content = repo.commits[sha].get(file)
        if content is None:
            raise Refusal(404, "EntryNotFound", "Entry not found")
        headers = {"X-Repo-Commit": sha, "X-Linked-Size": str(len(content))}
        if file.endswith(LARGE):
            etag = f'"{sha256(content)}"'
            location = f"{self.of.cdn}/cdn/{name}/{sha}/{file}"
            self.send(302, {**headers, "X-Linked-ETag": etag, "Location": location}, b"")
        else:
            location = f"/api/resolve-cache/models/{name}/{sha}/{file}"
            self.send(307, {**headers, "X-Linked-ETag": f'"{git_hash(content)}"', "Location": location}, b"")

    def small(self, name: str, sha: str, file: str) -> None:
        content = self.of.repos[name].commits[sha][file]
        self.content(file, content, {"X-Repo-Commit": sha, "ETag": f'"{git_hash(content)}"'})

    def content(self, file: str, listed: bytes, headers: dict[str, str] | None = None) -> None:
        """The bytes of a file, from the first that is asked for."""
        body, status, headers = self.of.sent(file, listed), 200, {**(headers or {}), "Accept-Ranges": "bytes"}
        if match := re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", "")):
            begin, status = int(match[1]), 206
            headers["Content-Range"] = f"bytes {begin}-{len(body) - 1}/{len(body)}"
            body = body[begin:]
        fault = self.of.fault(file) if self.command == "GET" else None
        self.send(status, headers, body, fault)

    def json(self, data: object) -> None:
        self.send(200, {"Content-Type": "application/json"}, json.dumps(data).encode())

    def send(self, status: int, headers: dict[str, str], body: bytes, fault: Fault | None = None) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault is not None:
            self.wfile.write(body[: fault.after])
            self.wfile.flush()
            if fault.go is None:
                self.close_connection = True
                return
            fault.go.wait(60)
            body = body[fault.after :]
        for at in range(0, len(body), PIECE):
            self.wfile.write(body[at : at + PIECE])
