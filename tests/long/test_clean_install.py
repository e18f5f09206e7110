"""A fresh clone on a fresh machine: `make run` sets everything up and serves the page."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from playground.files import ROOT

PATIENCE_S = 900

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git checkout to clone")


def test_make_run_serves_the_page_from_a_fresh_clone(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            ["make", "run", f"ARGS=--port {port}"],
            cwd=clone,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        address, began = None, time.monotonic()
        while address is None and time.monotonic() - began < PATIENCE_S:
            assert process.poll() is None, log.read_text()[-2000:]
            found = re.search(rf"http://127\.0\.0\.1:{port}", log.read_text())
            address = found and found[0]
            time.sleep(1)
        assert address, log.read_text()[-2000:]
        page = urllib.request.urlopen(address, timeout=60).read().decode()
        assert "Diffusion playground" in page
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
