"""The rooms of playground/: which of them import torch, and which may import which. New rooms take part by themselves."""

import ast
import subprocess
import sys

import pytest

from playground.files import ROOT

TORCH = {"decoders", "device", "samplers", "engine", "sweep", "training", "bench"}  # all others are plain
PLAIN_WITHIN = {"training/text"}  # of these
FLOORS = (  # from the inside out: a room imports rooms of the floors before its own, and of its own
    "errors files console threads stopping",
    "trace text",
    "training/text",
    "request",
    "metrics",
    "evidence estimates catalog",
    "download served",
    "interface",
    "device",
    "decoders",
    "samplers",
    "engine",
    "stream sweep story web",
    "export workshops",
    "cli server",
    "ui",
    "__init__ __main__ training bench",
)
IMPORTS = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    if "torch" in sys.modules or "transformers" in sys.modules:
        sys.exit(f"{name} imports torch or transformers")
"""


def modules():
    """Dotted name -> path of every module."""
    for path in sorted((ROOT / "playground").rglob("*.py")):
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


MODULES = dict(modules())


def room(name):
    """The folder of a module, or its name at the root: training/text is a room of its own, and commands lie outside of all."""
    parts = name.split(".")[1:]
    if parts[-1:] == ["__main__"]:
        return "__main__"
    return "training/text" if parts[:2] == ["training", "text"] else (parts or ["__init__"])[0]


def imports(path):
    """The modules of this package that a file imports, at its top or within a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "playground":
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else node.module


def imported(names):
    return subprocess.run(
        [sys.executable, "-c", IMPORTS, *names], cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def test_plain_rooms_import_without_torch():
    plain = ["app", *(name for name in MODULES if room(name) not in TORCH and not name.endswith("__main__"))]
    assert {"playground.interface", "playground.ui.page", "playground.export.gif", "playground.request.rules"} <= set(
        plain
    )
    done = imported(plain)
    assert done.returncode == 0, done.stderr


def test_a_module_that_imports_torch_is_found():
    assert (
        "playground.samplers.passes imports torch"
        in imported(["playground.trace.trace", "playground.samplers.passes"]).stderr
    )


def floor(of):
    return next((n for n, rooms in enumerate(FLOORS) if of in rooms.split()), None)


def test_every_room_has_a_floor():
    assert not {room(name) for name in MODULES} - set(" ".join(FLOORS).split())


@pytest.mark.parametrize("name", MODULES)
def test_no_room_imports_a_room_outside_of_it(name):
    up = {other for other in {*imports(MODULES[name])} if floor(room(other)) > floor(room(name))}
    assert not up, f"{name} ({room(name)}) imports {', '.join(sorted(up))}, which lies further out"


def test_the_root_holds_few_modules():
    assert len([name for name, path in MODULES.items() if path.parent.name == "playground"]) <= 9  # __init__ and eight
