"""The downloads of a server: one at a time, in order, and any thread may ask."""

import threading
import time
from dataclasses import dataclass

import pytest

from a_model import FILES, FIRST, REPO, TAKEN
from playground.download.downloads import Downloads, State
from playground.download.failures import DownloadError


@dataclass(frozen=True)
class Record:
    repo: str
    revision: str = ""


ONE, TWO, THREE = Record(REPO), Record("lab/two"), Record("lab/three")


@pytest.fixture
def downloads(hub, small_hub):
    small_hub.add(TWO.repo, {**FILES, FIRST: bytes(200_000)})
    small_hub.add(THREE.repo, FILES)
    made = Downloads(hub, allowed=True)
    yield made
    small_hub.mend()
    made.close(30)


def until(downloads, model, *kinds):
    """The state of a model once it is of one of these kinds."""
    end = time.monotonic() + 30
    while (state := downloads.state(model)).kind not in kinds:
        assert time.monotonic() < end, state
        time.sleep(0.002)
    return state


def until_bytes(downloads, model, file):
    """The state of a model while this file comes, after its first bytes."""
    end = time.monotonic() + 30
    begun = None
    while True:
        progress = downloads.state(model).progress
        if progress is not None and progress.file == file:
            begun = begun if begun is not None else progress.done
            if progress.done > begun:
                return progress
        assert time.monotonic() < end, downloads.state(model)
        time.sleep(0.002)


def test_a_model_is_absent_then_comes_then_is_present(downloads, small_hub):
    assert downloads.state(ONE) == State("absent")
    go = small_hub.hold(FIRST, 200_000)
    downloads.start(ONE)
    progress = until_bytes(downloads, ONE, FIRST)
    assert 0 < progress.done < progress.total == sum(map(len, TAKEN.values()))
    go.set()
    assert until(downloads, ONE, "present", "failed") == State("present")


def test_others_wait_in_order_and_one_at_a_time_is_downloaded(downloads, small_hub):
    go = small_hub.hold(FIRST, 100_000)
    for model in (ONE, TWO, THREE, ONE, THREE):
        downloads.start(model)
    until_bytes(downloads, ONE, FIRST)
    assert (downloads.state(TWO), downloads.state(THREE)) == (State("waiting", before=1), State("waiting", before=2))
    assert not any("lab/two" in path or "lab/three" in path for _, path, _ in small_hub.requests)
    downloads.stop(TWO)
    assert downloads.state(TWO).kind == "absent" and downloads.state(THREE).before == 1
    downloads.start(TWO)
    go.set()
    for model in (ONE, TWO, THREE):
        assert until(downloads, model, "present", "failed").kind == "present"
    came = [
        path.split("/")[-3] for method, path, _ in small_hub.requests if (method, path[-12:]) == ("GET", "/config.json")
    ]
    assert came == ["tiny-8b", "three", "two"]


def test_a_stop_is_told_and_the_next_comes(downloads, small_hub):
    go = small_hub.hold(FIRST, 100_000)
    downloads.start(ONE)
    downloads.start(TWO)
    until_bytes(downloads, ONE, FIRST)
    downloads.stop(ONE)
    go.set()
    stopped = until(downloads, ONE, "stopped", "present", "failed")
    assert stopped.kind == "stopped" and "Start it again to go on" in stopped.sentence
    assert until(downloads, TWO, "present", "failed").kind == "present"
    downloads.start(ONE)
    assert until(downloads, ONE, "present", "failed", "stopped").kind == "present"


def test_a_failure_keeps_its_sentence_until_the_next_start(downloads, small_hub):
    small_hub.send_instead(FIRST, b"?" * len(FILES[FIRST]))
    downloads.start(ONE)
    failed = until(downloads, ONE, "failed", "present")
    assert failed.kind == "failed" and "its hash is another" in failed.sentence
    assert downloads.state(TWO).kind == "absent"
    small_hub.mend()
    downloads.start(ONE)
    assert until(downloads, ONE, "failed", "present").kind == "present"


def test_a_fault_of_the_program_is_a_sentence_and_the_next_comes(downloads, monkeypatch, caplog):
    look = type(downloads.hub).look
    monkeypatch.setattr(
        type(downloads.hub), "look", lambda hub, repo, revision: 1 / 0 if repo == REPO else look(hub, repo, revision)
    )
    downloads.start(ONE)
    downloads.start(TWO)
    assert "does not know why" in until(downloads, ONE, "failed").sentence
    assert "ZeroDivisionError" in caplog.text
    assert until(downloads, TWO, "failed", "present").kind == "present"


def test_off_unless_the_host_allows_it_and_what_is_here_is_still_known(downloads, hub, small_hub):
    off = Downloads(hub, allowed=False)
    with pytest.raises(DownloadError, match=r"Downloads are off on this server.*--allow-downloads"):
        off.start(ONE)
    assert off.state(ONE).kind == "absent" and small_hub.requests == []
    downloads.start(ONE)
    until(downloads, ONE, "present", "failed")
    assert off.state(ONE).kind == "present"


def test_many_threads_may_ask_and_each_model_comes_once(downloads, small_hub):
    wrong = []

    def visitor():
        for model in (ONE, TWO):
            downloads.start(model)
            if downloads.state(model).kind not in ("waiting", "running", "present"):
                wrong.append(downloads.state(model))

    visitors = [threading.Thread(target=visitor) for _ in range(8)]
    for thread in visitors:
        thread.start()
    for thread in visitors:
        thread.join()
    for model in (ONE, TWO):
        until(downloads, model, "present", "failed")
    assert wrong == [] and small_hub.contents(FIRST) == 2


def test_a_model_that_ships_is_here_and_is_not_downloaded(downloads, small_hub):
    downloads.start(Record(""))
    assert downloads.state(Record("")) == State("present") and small_hub.requests == []


def test_a_name_that_no_model_can_have_is_absent_until_it_is_started(downloads):
    wrong = Record("a/b/c")
    assert downloads.state(wrong) == State("absent")
    downloads.start(wrong)
    assert "Write it as owner/name" in until(downloads, wrong, "failed").sentence


def test_the_end_of_the_program_stops_all(downloads, small_hub):
    go = small_hub.hold(FIRST, 100_000)
    downloads.start(ONE)
    downloads.start(TWO)
    until_bytes(downloads, ONE, FIRST)
    threading.Timer(0.05, go.set).start()
    downloads.close(30)
    downloads.start(THREE)
    assert [downloads.state(model).kind for model in (ONE, TWO, THREE)] == ["stopped", "absent", "absent"]
    assert not [thread for thread in threading.enumerate() if thread.name == "downloads"]
    assert [*downloads.hub.cache.rglob("*.incomplete")] == []
