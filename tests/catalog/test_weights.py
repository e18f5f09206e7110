"""The hash that names a model's weights."""

import hashlib
import tracemalloc

import pytest

from playground.catalog.weights import weights_sha256
from playground.files import PIECE

SIZE = 80_000_000


@pytest.fixture
def shards(tmp_path):
    """Two files of 80 MB that take no room on the disk."""
    files = [tmp_path / f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for number, file in enumerate(files):
        with file.open("wb") as stream:
            stream.write(bytes([number]))
            stream.truncate(SIZE)
    return files


def test_large_shards_are_hashed_in_pieces(shards):
    tracemalloc.start()
    found = weights_sha256(shards)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 3 * PIECE < SIZE
    whole = hashlib.sha256()
    for shard in shards:
        whole.update(shard.read_bytes())
    assert found == whole.hexdigest()


def test_a_single_file_has_its_own_hash(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"weights")
    assert weights_sha256([file]) == hashlib.sha256(b"weights").hexdigest()
    assert weights_sha256([]) == hashlib.sha256().hexdigest()
