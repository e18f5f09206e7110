"""Every command that the story tells a reader to type can be typed."""

import shlex
import subprocess
import sys

import pytest

from playground.files import ROOT
from playground.story.pages import Prose, story_pages

COMMANDS = [
    line
    for page in story_pages()
    for part in page.parts
    if isinstance(part, Prose)
    for token in part.tokens
    if token.type == "fence"
    for line in token.content.splitlines()
    if line.strip()
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_story_runs_and_writes_what_it_names(command, tmp_path):
    words = shlex.split(command)
    assert words[0] == "python" and len(COMMANDS) >= 3
    written = [tmp_path / word for word in words if word.endswith(".html")]
    words = [str(tmp_path / word) if word.endswith(".html") else word for word in words]
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout or written
    assert all(file.stat().st_size > 2000 for file in written)
