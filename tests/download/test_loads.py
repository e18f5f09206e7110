"""A model that came from the hub is one that loads: the authors' own logits, from files in the cache."""

import numpy as np
import torch

from playground.catalog.catalog import find
from playground.decoders.agreement import differences
from playground.decoders.checkpoint import load_model
from playground.decoders.encoder import decoder_of
from playground.files import ROOT

LLADA = find("llada-8b-instruct")
FOLDER = ROOT / "tests" / "data" / "parity" / "llada-8b"


def test_llada_loads_from_the_cache_with_its_authors_logits(hub, small_hub):
    files = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    small_hub.add(LLADA.repo, {**files, "modeling_llada.py": b"raise SystemExit"})
    folder = hub.fetch(hub.look(LLADA.repo, LLADA.revision))
    model = load_model(LLADA, folder, torch.device("cpu"), sizes=False, dtype=torch.float32)
    arrays = np.load(FOLDER / "expected.npz")
    found = [*differences(decoder_of(model), LLADA, arrays, None, 246)]
    assert found and all(one.fits for one in found)
    assert not (folder / "expected.npz").exists()
