"""``python app.py`` starts, or says in a sentence why not."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import closing, contextmanager

import pytest
from gradio_client import Client

import app
from playground.files import ROOT


def start(*arguments, program=("app.py",), **environment):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GRADIO_") and key != "SPACE_ID"}
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
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


# app.py itself, with made-up models: quick to load, and as slow as a test wants.
MADE_UP = """
import sys; sys.path.insert(0, "tests")
import fakes, playground.engine.twins as twins
twins.load_twins = lambda device, **more: fakes.FakeEngine(pace={pace})
import app; app.leave(app.main(sys.argv[1:]))
"""
DEAD_PROXY = dict.fromkeys(
    ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"
)


@contextmanager
def serving(*arguments, program=("app.py",), **environment):
    """The address that the program says the page is at, and the program."""
    app = start("--port", str(free_port()), "--device", "cpu", *arguments, program=program, **environment)
    try:
        for line in app.stdout:
            if match := re.search(r"(http://\S+:\d+)", line):
                break
        else:
            pytest.fail(app.stderr.read())
        yield match.group(), app
    finally:
        app.kill()
        app.communicate()


def made_up(pace=0.0):
    return ("-c", MADE_UP.format(pace=pace))


def page_at(address):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=20) as answer:
        return answer.read().decode()


def test_serves_on_loopback():
    with serving() as (address, _):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
        assert "Diffusion playground" in page_at(address)


def test_starts_behind_a_company_proxy_that_knows_nothing_of_this_machine():
    with serving(program=made_up(), **DEAD_PROXY) as (address, _):
        assert "Diffusion playground" in page_at(address)


@pytest.mark.parametrize(
    "environment, host",
    [
        ({}, "127.0.0.1"),
        ({"SPACE_ID": "someone/playground"}, "0.0.0.0"),
        ({"GRADIO_SERVER_NAME": "::1"}, "::1"),
        ({"GRADIO_SERVER_NAME": ""}, "127.0.0.1"),
        ({"SPACE_ID": "someone/playground", "GRADIO_SERVER_NAME": "::"}, "::"),
    ],
)
def test_a_host_is_set_by_the_environment(monkeypatch, environment, host):
    for name in ("SPACE_ID", "GRADIO_SERVER_NAME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert app.parse([]).host == host


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_between_two_passes_and_the_server(number):
    """A whole run would take minutes, and its visitor hears that it was stopped."""
    with serving(program=made_up(pace=10)) as (address, app):
        job = Client(address, verbose=False).submit(prompt="a long run", length=128, steps=128, api_name="/race")
        for message in job:
            if json.loads(message)["kind"] == "frames":
                break
        app.send_signal(number)
        assert app.wait(60) == 0
        assert json.loads(job.outputs()[-1])["ended"] == "stopped"
        assert "Ended." in app.stdout.read() and "Traceback" not in app.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_models_load_is_a_sentence(number):
    slow = "import time, playground.engine.twins as t, sys\nt.load_twins = lambda d, **more: (print('loading http://x:1', flush=True), time.sleep(600))\n"
    with serving(program=("-c", slow + "import app; app.main(sys.argv[1:])")) as (_, app):
        app.send_signal(number)
        assert app.wait(60) == 128 + number
        errors = app.stderr.read()
        assert "Ended before the page was served." in errors and "Traceback" not in errors


def test_no_public_link_is_a_sentence_and_the_page_is_served():
    with serving("--share", program=made_up(), **DEAD_PROXY) as (address, app):
        assert "No public link could be made" in app.stderr.readline()
        assert "Diffusion playground" in page_at(address)


def test_the_account_comes_from_the_environment_and_is_never_printed():
    with serving(program=made_up(), PLAYGROUND_AUTH="ada:se:cret") as (address, app):
        assert '"auth_required":true' in page_at(address)
        app.terminate()
        told = "".join(app.communicate(timeout=60))
        assert "cret" not in told
    app = start("--help", PLAYGROUND_AUTH="ada:se:cret")
    assert "cret" not in "".join(app.communicate(timeout=60))


@pytest.mark.parametrize(
    "arguments, environment, says",
    [
        (("--device", "warp", "--port", "0x1"), {}, "a port is a whole number from 1 to 65535"),
        (("--port", "99999"), {}, "a port is a whole number from 1 to 65535"),
        ((), {"GRADIO_SERVER_PORT": "abc"}, "a port is a whole number from 1 to 65535"),
        (("--host", "nonsense.invalid"), {}, "no address of this machine"),
        (("--host", "192.0.2.1"), {}, "no address of this machine"),
        (("--host", "a..b"), {}, "no address of this machine"),
        (("--root-path", "/play?x=1"), {}, "a root path is like /play"),
        ((), {"GRADIO_ROOT_PATH": "play"}, "a root path is like /play"),
        (("--auth", "hush"), {}, "the account is given as USER:PASSWORD"),
        (("--auth", "hush:"), {}, "the account is given as USER:PASSWORD"),
        ((), {"PLAYGROUND_AUTH": ":hush"}, "here or in PLAYGROUND_AUTH"),
        (("--device", "warp", "--port", "{free}"), {}, "no device 'warp'"),
        (
            ("--diffusion", "no-such-folder", "--port", "{free}"),
            {},
            "There is no folder and no model 'no-such-folder'",
        ),
        (("--port", "{taken}"), {}, "Port {taken} on 127.0.0.1 cannot be used"),
    ],
)
def test_what_cannot_be_is_a_sentence(taken_port, arguments, environment, says):
    ports = {"taken": taken_port, "free": free_port()}
    app = start(*(argument.format(**ports) for argument in arguments), **environment)
    _, errors = app.communicate(timeout=120)
    assert app.returncode == 2
    assert says.format(**ports) in " ".join(errors.split()) and "Traceback" not in errors and "hush" not in errors
