"""A small hub with one model, and this machine's side of it with an empty cache."""

import pytest

from a_model import FILES, REPO
from playground.download.hub import Hub
from small_hub import SmallHub, reach


@pytest.fixture
def small_hub(monkeypatch):
    reach(monkeypatch)
    with SmallHub() as served:
        served.sha = served.add(REPO, FILES)
        yield served


@pytest.fixture
def hub(small_hub, tmp_path):
    return Hub(tmp_path / "cache", small_hub.url)
