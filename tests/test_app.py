"""``python app.py`` starts, or says in a sentence why not."""
import os
import re
import socket
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def start(*arguments, **environment):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GRADIO_") and key != "SPACE_ID"}
    return subprocess.Popen(
        [sys.executable, "app.py", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**clean, "PYTHONUNBUFFERED": "1", **environment},
    )


@pytest.fixture
def taken_port():
    with closing(socket.socket()) as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def free_port():
    with closing(socket.socket()) as finder:
        finder.bind(("127.0.0.1", 0))
        return finder.getsockname()[1]


def test_serves_on_loopback():
    port = free_port()
    app = start("--port", str(port), "--device", "cpu")
    try:
        for line in app.stdout:
            if match := re.search(r"http://\S+", line):
                break
        assert match.group().rstrip("/") == f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            assert "Diffusion playground" in answer.read().decode()
    finally:
        app.terminate()
        app.communicate(timeout=20)


@pytest.mark.parametrize("arguments, environment, says", [
    (("--device", "warp", "--port", "0x1"), {}, "a port is a whole number from 1 to 65535"),
    (("--port", "99999"), {}, "a port is a whole number from 1 to 65535"),
    ((), {"GRADIO_SERVER_PORT": "abc"}, "a port is a whole number from 1 to 65535"),
    (("--host", "nonsense.invalid"), {}, "no address of this machine"),
    (("--device", "warp", "--port", "{free}"), {}, "no device 'warp'"),
    (("--diffusion", "no-such-folder", "--port", "{free}"), {}, "There is no folder no-such-folder for --diffusion"),
    (("--port", "{taken}"), {}, "Port {taken} on 127.0.0.1 cannot be used"),
])
def test_what_cannot_be_is_a_sentence(taken_port, arguments, environment, says):
    ports = {"taken": taken_port, "free": free_port()}
    app = start(*(argument.format(**ports) for argument in arguments), **environment)
    _, errors = app.communicate(timeout=120)
    assert app.returncode == 2
    assert says.format(**ports) in errors and "Traceback" not in errors
