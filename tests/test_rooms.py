"""Which modules are bound to torch. All others, new ones too, import without it: page, command line and files start fast."""

import subprocess
import sys

from playground.provenance import ROOT

BOUND = {  # folders and modules of playground/
    "": "attention autoregress canvases engine idle judge lanes passes peak provenance scoring tally timing",
    "bench": "*",
    "catalog": "checkpoint twins",
    "decoding": "*",
    "denoise": "canvas commit edit fill finish noise predict remdm renoise revise revision run sampler second_look self_correction sequence wino",
    "sweep": "running",
    "training": "card checkpoint curves distilling evaluate generation home infilling lent loop mending muon notice objectives prepare publish "
    "repairing right runs samples sampling together tokenizer",
}
IMPORTS = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    if "torch" in sys.modules or "transformers" in sys.modules:
        sys.exit(f"{name} imports torch or transformers")
"""


def modules():
    for path in sorted((ROOT / "playground").rglob("*.py")):
        yield path.relative_to(ROOT / "playground").with_suffix("")


def is_bound(module):
    names = BOUND.get(module.parent.as_posix().removeprefix("."), "")
    return names == "*" or module.name in names.split()


def imported(names):
    return subprocess.run(
        [sys.executable, "-c", IMPORTS, *names], cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def test_modules_that_are_not_bound_to_torch_import_without_it():
    free = [
        "app",
        *(
            ".".join(("playground", *module.parts)).removesuffix(".__init__")
            for module in modules()
            if not is_bound(module)
        ),
    ]
    done = imported(free)
    assert done.returncode == 0, done.stderr
    assert {
        "playground.contract",
        "playground.ui.page",
        "playground.export.gif",
        "playground.training.text.draw",
    } <= set(free)


def test_a_module_that_imports_torch_is_found():
    assert "playground.passes imports torch" in imported(["playground.trace", "playground.passes"]).stderr


def test_every_bound_name_is_a_module():
    known = {module.as_posix() for module in modules()}
    named = {
        f"{folder}/{name}".lstrip("/") for folder, names in BOUND.items() if names != "*" for name in names.split()
    }
    assert named <= known
