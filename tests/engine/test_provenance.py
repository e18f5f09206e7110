"""A run names the commit of the source that made it, and of no other; a link names what else decides its tokens."""

import os
import subprocess

import pytest
import torch

from fakes import FakeEngine
from playground.engine.provenance import commit_of, library_versions, made_on
from playground.evidence.measured import short
from playground.ui.share import differs


def git(folder, *arguments):
    names = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        ["git", *names, *arguments], cwd=folder, env=clean, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def source(tmp_path):
    """A checkout of a project with this one's layout."""
    root = tmp_path / "source"
    (root / "playground").mkdir(parents=True)
    (root / "assets").mkdir()
    (root / "app.py").write_text("1\n")
    (root / "playground" / "engine.py").write_text("1\n")
    (root / "notes.md").write_text("1\n")
    (root / ".gitignore").write_text("__pycache__/\nruns/\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def test_a_clean_checkout_is_its_commit(source):
    head = git(source, "rev-parse", "--short=12", "HEAD")
    assert commit_of(source) == head and len(head) == 12
    (source / "notes.md").write_text("2\n")
    (source / "runs").mkdir()
    (source / "runs" / "run.json").write_text("{}")
    (source / "playground" / "__pycache__").mkdir()
    (source / "playground" / "__pycache__" / "x.pyc").write_text("")
    assert commit_of(source) == head, "what no run is made by does not count"


@pytest.mark.parametrize(
    "edit",
    [
        lambda root: (root / "playground" / "engine.py").write_text("2\n"),
        lambda root: (root / "app.py").unlink(),
        lambda root: (root / "assets" / "new.js").write_text("2\n"),
        lambda root: [(root / "app.py").write_text("2\n"), git(root, "add", "app.py")],
    ],
)
def test_edited_source_says_so(source, edit):
    head = commit_of(source)
    edit(source)
    assert commit_of(source) == f"{head}-edited" and short(commit_of(source)) == f"{head[:7]}-edited"


def test_source_inside_another_repository_is_not_of_its_commit(source, tmp_path, monkeypatch):
    inside = source / "vendor" / "unpacked"
    (inside / "playground").mkdir(parents=True)
    assert commit_of(source) and commit_of(inside) is None
    outside = tmp_path / "alone"
    outside.mkdir()
    assert commit_of(outside) is None
    monkeypatch.setenv("GIT_DIR", str(source / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(source))
    assert commit_of(outside) is None, "nor is that of a hook's repository"


def test_without_git_there_is_no_commit(source, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit_of(source) is None


def test_a_link_made_elsewhere_says_in_what_it_differs():
    here = FakeEngine()
    same = {"weights": here.weights, "device": here.device_kind, **here.made}
    assert differs(same, here) == "" and differs({}, here) == "", "a link from before says nothing"
    assert (
        differs({**same, "on": "NVIDIA A100"}, here)
        == "This link was made on NVIDIA A100 (here no-machine), so tokens may differ."
    )
    told = differs({**same, "weights": "0123456789ab", "torch": "2.9.1", "transformers": "5.4.0"}, here)
    assert (
        "other weights (0123456789ab" in told
        and "with torch 2.9.1 (here 2.13.0), with transformers 5.4.0 (here 5.23.0)" in told
    )
    assert len(differs({**same, "torch": "x" * 5000}, here)) < 200


def test_what_a_link_tells_of_this_machine_is_short():
    made = made_on(torch.device("cpu"))
    assert set(made) == {"on", "torch", "transformers"} and all(made.values()) and len("".join(made.values())) < 60
    assert library_versions()["torch"].startswith(made["torch"]) and "+" not in made["torch"]
