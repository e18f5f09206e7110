"""Whether a program may download is decided before huggingface_hub reads the environment."""

import os
import subprocess
import sys

import pytest

from playground.files import ROOT

LOOK = """
import sys
{program}
before = "huggingface_hub" in sys.modules
from huggingface_hub import constants
print(before, constants.is_offline_mode())
"""


def told(program, *arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "PLAYGROUND_"))}
    command = [sys.executable, "-c", LOOK.format(program=program), *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    "arguments, environment, offline",
    [
        ([], {}, "True"),
        (["--allow-downloads"], {}, "False"),
        (["--port", "8000", "--allow-down"], {}, "False"),
        ([], {"PLAYGROUND_ALLOW_DOWNLOADS": "1"}, "False"),
        ([], {"PLAYGROUND_ALLOW_DOWNLOADS": "0"}, "True"),
        ([], {"PLAYGROUND_MODELS": "sdar-1.7b-chat"}, "False"),
        (["--allow-downloads"], {"HF_HUB_OFFLINE": "1"}, "True"),
        ([], {"HF_HUB_OFFLINE": "0"}, "False"),
    ],
)
def test_the_flag_decides_and_what_the_host_has_set_stays(arguments, environment, offline):
    assert told("import app", *arguments, **environment) == ["False", offline]


def test_the_terminal_is_offline_by_itself():
    assert told("import playground.__main__")[-1] == "True"


@pytest.mark.parametrize(
    "arguments, environment, allowed",
    [([], "", False), (["--allow-downloads"], "", True), ([], "1", True), ([], "no", False)],
)
def test_the_page_knows_whether_downloads_are_allowed(monkeypatch, arguments, environment, allowed):
    import app

    monkeypatch.setenv("PLAYGROUND_ALLOW_DOWNLOADS", environment)
    assert app.parse(arguments).allow_downloads is allowed
