"""nginx as Debian ships it, in front of a page: its own defaults, and the lines of docs/HOSTING.md."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from playground.files import ROOT

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
WHOLE = """daemon off; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{}}
http {{
    access_log off; sendfile on; tcp_nopush on; gzip on;
    {temporary}
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def documented() -> str:
    """The location block of docs/HOSTING.md."""
    return re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "HOSTING.md").read_text(encoding="utf-8"), re.S)[1]


@contextmanager
def nginx(folder: Path, upstream: str, location: str | None = None):
    """An nginx in front of a page, on a free port; yields its address. upstream: the page's address. location: a location block
    for http://127.0.0.1:7860; without one, the documented one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    block = (location or documented()).replace("http://127.0.0.1:7860", upstream)
    user = "user root;" if Path(folder).owner() == "root" else ""  # its temporary files are in the test's own folder
    (folder / "nginx.conf").write_text(
        WHOLE.format(folder=folder, user=user, temporary=temporary, port=port, location=block)
    )
    process = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE, text=True
    )
    try:
        for _ in range(500):
            assert process.poll() is None, process.stderr.read()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def in_front(tmp_path):
    """``with in_front(address) as proxied``. Skips where there is no nginx."""
    if not NGINX:
        pytest.skip("no nginx on this machine; .ci/nginx installs Debian's")
    return lambda upstream, location=None: nginx(tmp_path, upstream, location)
