"""What is on the hub, what is here, and the way between: huggingface_hub itself talks to a hub on this machine."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest

from a_model import FILES, FIRST, REPO, SECOND, TAKEN
from playground.download.failures import DownloadError, DownloadStopped
from playground.download.hub import Hub
from playground.download.progress import Progress, in_words
from playground.files import ROOT, held
from small_hub import MEMBER, STRANGER, SmallHub

OTHER = {**FILES, "config.json": b'{"model_type": "other"}', FIRST: bytes(300_000)}


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def parts_of(hub):
    return [*hub.cache.rglob("*.incomplete")]


@pytest.fixture
def refused(hub):
    """Calls, and returns the sentence of the DownloadError. It names no path, no token and no address."""

    def call(action, *arguments, **options):
        with pytest.raises(DownloadError) as error:
            action(*arguments, **options)
        said = str(error.value)
        assert str(hub.cache) not in said and "hf_" not in said and "http://" not in said and "Traceback" not in said
        assert said.endswith(".") and said.count(". ") <= 1
        assert error.value.__cause__ is None
        return said

    return call


def test_a_look_says_what_a_download_would_take_before_any_file_comes(hub, small_hub):
    listing = hub.look(REPO)
    assert listing.bytes == sum(map(len, TAKEN.values())) == hub.missing_bytes(listing)
    assert (listing.sha, listing.licence, listing.gated) == (small_hub.sha, "mit", False)
    assert {file.name for file in listing.files} == set(TAKEN)
    assert hub.present(listing) == () and hub.folder(REPO) is None
    assert not any("/resolve/" in path for _, path, _ in small_hub.requests)


def test_only_weights_and_tokenizer_files_come(hub, small_hub):
    folder = hub.fetch(hub.look(REPO))
    assert files_in(folder) == TAKEN
    assert hub.folder(REPO) == folder
    assert not any(path.endswith((".py", ".bin", ".md")) for _, path, _ in small_hub.requests)
    assert small_hub.contents(FIRST) == 1


def test_what_is_here_is_known_without_network(hub, small_hub, monkeypatch):
    folder = hub.fetch(hub.look(REPO))
    asked = len(small_hub.requests)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    fresh = Hub(hub.cache, small_hub.url)
    listing = fresh.look(REPO)
    assert len(fresh.present(listing)) == len(TAKEN) and fresh.folder(REPO) == folder
    assert fresh.missing_bytes(listing) == 0
    assert len(small_hub.requests) == asked


def test_progress_counts_every_byte_and_goes_only_forward(hub):
    seen = []
    listing = hub.look(REPO)
    hub.fetch(listing, seen.append)
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert (seen[0].done, seen[-1].done, seen[-1].total) == (0, listing.bytes, listing.bytes)
    assert {progress.doing for progress in seen} == {"downloading", "checking"}
    assert len({progress.done for progress in seen if progress.file == FIRST}) >= 4  # of 300 KB in pieces of 64 KB
    assert seen[0].rate == 0 < seen[-1].rate


@pytest.mark.parametrize(
    "progress, says",
    [
        (Progress(0, 16_000_000_000, 0, FIRST, "downloading"), "0 bytes of 16.0 GB"),
        (
            Progress(3_200_000_000, 16_000_000_000, 45_000_000, FIRST, "downloading"),
            "3.2 GB of 16.0 GB, 45 MB a second, about 5 minutes more",
        ),
        (Progress(3_200, 16_000, 12_800, FIRST, "downloading"), "3 KB of 16 KB, 13 KB a second, about 1 second more"),
        (
            Progress(0, 16_000_000_000, 10**6, FIRST, "downloading"),
            "0 bytes of 16.0 GB, 1 MB a second, about 4 hours more",
        ),
        (Progress(16_000, 16_000, 10, FIRST, "checking"), f"16 KB of 16 KB, {FIRST} is being checked"),
    ],
)
def test_progress_in_words(progress, says):
    assert in_words(progress) == says


def test_the_environment_names_the_hub_and_the_cache(small_hub, tmp_path):
    program = f"from playground.download.hub import Hub; hub = Hub(); print(hub.fetch(hub.look({REPO!r})))"
    environment = {"HF_ENDPOINT": small_hub.url, "HF_HUB_CACHE": str(tmp_path / "elsewhere"), "HF_HUB_OFFLINE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True
    )
    folder = Path(done.stdout.strip())
    assert files_in(folder) == TAKEN and tmp_path / "elsewhere" in folder.parents


def test_a_branch_is_pinned_at_the_first_look(hub, small_hub):
    first = hub.look(REPO)
    second = small_hub.add(REPO, OTHER)
    assert second != first.sha
    fresh = Hub(hub.cache, small_hub.url)
    assert fresh.look(REPO) == first
    assert files_in(fresh.fetch(fresh.look(REPO))) == TAKEN
    small_hub.add(REPO, {**OTHER, "merges.txt": b"c d\n"})
    assert files_in(fresh.fetch(fresh.look(REPO))) == TAKEN
    shutil.rmtree(hub.cache)
    assert hub.look(REPO).sha not in (first.sha, second)


def test_a_record_with_a_commit_never_gets_another(hub, small_hub, refused):
    newer = small_hub.add(REPO, OTHER)
    assert hub.look(REPO, small_hub.sha).sha == small_hub.sha
    assert files_in(hub.fetch(hub.look(REPO, small_hub.sha))) == TAKEN
    assert files_in(hub.fetch(hub.look(REPO, newer)))["config.json"] == OTHER["config.json"]
    assert files_in(hub.folder(REPO, small_hub.sha)) == TAKEN
    small_hub.repos[REPO].branches["0" * 40] = newer
    assert "another commit" in refused(hub.look, REPO, "0" * 40)


def test_a_model_that_another_program_downloaded_is_here(hub, small_hub):
    assert hub.folder(REPO, small_hub.sha) is None
    options = {"revision": small_hub.sha, "cache_dir": hub.cache, "endpoint": small_hub.url, "token": False}
    huggingface_hub.snapshot_download(REPO, allow_patterns=["*.json", SECOND], **options)
    assert hub.folder(REPO, small_hub.sha) is None  # a shard is missing
    folder = huggingface_hub.snapshot_download(REPO, **options)
    assert str(hub.folder(REPO, small_hub.sha)) == folder and hub.folder(REPO) is None
    huggingface_hub.snapshot_download(REPO, **{**options, "revision": "main"})
    assert str(hub.folder(REPO)) == folder
    listing = hub.look(REPO)
    assert hub.missing_bytes(listing) == 0 and str(hub.folder(REPO)) == folder


def test_a_model_that_another_program_took_without_its_tokenizer_is_not_here(hub, small_hub):
    """Its weights alone cannot race, and a model that counts as here is not downloaded."""
    options = {"cache_dir": hub.cache, "endpoint": small_hub.url, "token": False}
    huggingface_hub.snapshot_download(REPO, allow_patterns=[name for name in TAKEN if "token" not in name], **options)
    assert hub.folder(REPO) is None
    listing = hub.look(REPO)
    assert hub.missing_bytes(listing) == sum(len(FILES[name]) for name in FILES if name.startswith("tokenizer"))
    assert files_in(hub.fetch(listing)) == TAKEN and hub.folder(REPO) is not None


def test_a_stop_in_the_middle_keeps_finished_files_and_leaves_no_part(hub, small_hub):
    seen = []
    listing = hub.look(REPO)
    with pytest.raises(DownloadStopped, match=r"stopped, with 7 of 8 files here.*begins again") as stopped:
        hub.fetch(
            listing, seen.append, lambda: bool(seen) and seen[-1].file == FIRST and seen[-1].done > seen[0].total * 0.5
        )
    assert str(hub.cache) not in str(stopped.value)
    assert hub.folder(REPO) is None and parts_of(hub) == []
    assert {file.name for file in hub.present(listing)} == set(TAKEN) - {FIRST}
    asked = small_hub.contents(SECOND)
    hub.fetch(listing)
    assert small_hub.contents(SECOND) == asked and files_in(hub.folder(REPO)) == TAKEN


def test_a_connection_that_is_cut_once_goes_on_by_itself(hub, small_hub):
    small_hub.cut(FIRST, 100_000, times=2)
    assert files_in(hub.fetch(hub.look(REPO))) == TAKEN
    assert small_hub.contents(FIRST) == 3


def test_a_connection_that_stays_cut_is_a_sentence(hub, small_hub, refused):
    small_hub.cut(FIRST, 0)
    assert f"cut during the download of {FIRST}" in refused(hub.fetch, hub.look(REPO))
    assert hub.folder(REPO) is None and parts_of(hub) == []
    small_hub.mend()
    hub.fetch(hub.look(REPO))
    assert files_in(hub.folder(REPO)) == TAKEN


def test_a_hub_that_falls_silent_is_a_sentence_and_a_stop_meanwhile_is_a_stop(hub, small_hub, refused, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.05)
    small_hub.hold(FIRST, 0)
    listing = hub.look(REPO)
    assert f"cut during the download of {FIRST}" in refused(hub.fetch, listing)
    with pytest.raises(DownloadStopped):
        hub.fetch(listing, stop=lambda: small_hub.contents(FIRST) > 7)


def test_a_hub_that_goes_away_between_two_files_is_a_sentence(hub, small_hub, refused):
    listing = hub.look(REPO)
    gone = replace(hub, endpoint="http://127.0.0.1:9")
    assert "was cut" in refused(gone.fetch, listing)


def test_a_file_that_is_cut_short_is_a_sentence(hub, small_hub, refused):
    small_hub.send_instead(FIRST, FILES[FIRST][:-7])
    assert f"sent {FIRST} of {REPO} cut short" in refused(hub.fetch, hub.look(REPO))
    assert hub.folder(REPO) is None and parts_of(hub) == []


@pytest.mark.parametrize("name", [FIRST, "config.json"])
def test_a_file_with_another_hash_is_removed(hub, small_hub, refused, name):
    content = FILES[name]
    small_hub.send_instead(name, content[:-1] + b"?")
    listing = hub.look(REPO)
    assert f"{name} of {REPO} is not the file that the hub lists" in refused(hub.fetch, listing)
    assert name not in {file.name for file in hub.present(listing)}
    assert not any(path.is_file() and path.read_bytes() == content[:-1] + b"?" for path in hub.cache.rglob("*"))
    small_hub.mend()
    assert files_in(hub.fetch(listing)) == TAKEN


def test_a_file_that_was_changed_on_the_disk_comes_again(hub, small_hub, refused):
    listing = hub.look(REPO)
    folder = hub.fetch(listing)
    (folder / FIRST).resolve().write_bytes(FILES[FIRST][:-1])
    assert hub.folder(REPO) is None and hub.missing_bytes(listing) == len(FILES[FIRST])
    hub.fetch(listing)
    (folder / FIRST).resolve().write_bytes(FILES[FIRST][:-1] + b"?")
    assert "another" in refused(hub.fetch, listing)
    assert files_in(hub.fetch(listing)) == TAKEN


def test_a_program_that_ended_in_the_middle_leaves_nothing_that_counts_as_whole(hub, small_hub, monkeypatch):
    """It ended after the last byte came and before it was checked."""
    listing = hub.look(REPO)
    small_hub.send_instead(FIRST, FILES[FIRST][:-1] + b"?")

    class Ended(BaseException):
        pass

    def end(progress):
        if progress.file == FIRST and progress.doing == "checking":
            raise Ended

    with pytest.raises(Ended):
        hub.fetch(listing, end)
    assert hub.missing_bytes(listing) == 0 and hub.folder(REPO) is None


def test_parts_that_a_killed_program_left_are_removed_and_those_of_a_running_one_stay(hub):
    listing = hub.look(REPO)
    blobs = hub.cache / "models--lab--tiny-8b" / "blobs"
    blobs.mkdir()
    old, new = blobs / "a.1.incomplete", blobs / "b.2.incomplete"
    for part in (old, new):
        part.write_bytes(b"part")
    os.utime(old, (1, 1))
    hub.fetch(listing)
    assert parts_of(hub) == [new]


def test_two_programs_do_not_download_the_same_model(hub, refused):
    listing = hub.look(REPO)
    with held(hub.cache / "models--lab--tiny-8b" / "playground"):
        assert "Another program on this machine downloads" in refused(hub.fetch, listing)
    hub.fetch(listing)


@pytest.mark.parametrize(
    "repo, says", [("lab/none", "has no model lab/none"), ("a/b/c", "'a/b/c' is no name of a model")]
)
@pytest.mark.parametrize("token", [None, MEMBER])
def test_a_repository_that_is_missing(hub, refused, repo, says, token):
    assert says in refused(replace(hub, token=token).look, repo)


@pytest.mark.parametrize("revision", ["v9", "0" * 40])
def test_a_revision_that_is_missing(hub, refused, revision):
    assert f"no revision '{revision}'" in refused(hub.look, REPO, revision)


@pytest.mark.parametrize(
    "token, says",
    [(False, "accept the licence on its card and set HF_TOKEN"), (STRANGER, "has no access yet. Accept the licence")],
)
def test_a_gated_model_without_access(hub, small_hub, refused, token, says):
    small_hub.add("lab/gated", FILES, gated=True, licence="llama3")
    hub = replace(hub, token=token)
    listing = hub.look("lab/gated")
    assert (listing.gated, listing.licence) == (True, "llama3")
    assert says in refused(hub.fetch, listing)


def test_a_gated_model_with_access_and_the_token_stays_on_the_hub(hub, small_hub, monkeypatch):
    small_hub.add("lab/gated", FILES, gated=True)
    monkeypatch.setenv("HF_TOKEN", MEMBER)
    assert files_in(hub.fetch(hub.look("lab/gated"))) == TAKEN
    assert {token for _, path, token in small_hub.requests if path.startswith("/cdn/")} == {""}


def test_a_token_that_the_hub_does_not_know(hub, refused):
    said = refused(replace(hub, token="hf_wrong").look, REPO)
    assert "does not know the token in HF_TOKEN" in said
    listing = hub.look(REPO)
    assert "does not know the token in HF_TOKEN" in refused(replace(hub, token="hf_wrong").fetch, listing)


def test_a_licence_of_its_own_is_named(hub, small_hub):
    small_hub.add(REPO, FILES)
    small_hub.repos[REPO].card = {"license": "other", "license_name": "nvidia-open-model-license"}
    assert hub.look(REPO).licence == "nvidia-open-model-license"


def test_a_model_without_safetensors_is_refused(hub, small_hub, refused):
    small_hub.add("lab/old", {"config.json": b"{}", "pytorch_model.bin": b"pickle"})
    assert "has no safetensors" in refused(hub.look, "lab/old")


@pytest.mark.parametrize("status, says", [(429, "to wait"), (500, "HTTP 500"), (403, "may not read")])
def test_a_hub_in_trouble(hub, small_hub, refused, status, says):
    small_hub.status["/api/models"] = status
    assert says in refused(hub.look, REPO)


@pytest.mark.parametrize(
    "page", [b"<h1>Log in to this network</h1>", b"{}", b'{"id": "a", "sha": "../..", "siblings": []}']
)
def test_what_is_not_the_hub_is_told(hub, small_hub, refused, page):
    listing = hub.look(REPO)
    small_hub.pages = {"/": page}
    assert "What answered is not the hub" in refused(hub.look, REPO, small_hub.sha)
    assert "What answered is not the hub" in refused(hub.fetch, listing)


def test_a_hub_without_hashes_is_not_trusted(hub, small_hub, refused):
    answer = {"id": REPO, "sha": small_hub.sha, "siblings": [{"rfilename": "model.safetensors"}]}
    small_hub.pages = {"/api/models": json.dumps(answer).encode()}
    assert "does not list the model's files as the hub does" in refused(hub.look, REPO)


def test_a_file_that_is_too_large_for_plain_http_is_a_sentence(hub, refused, monkeypatch):
    listing = hub.look(REPO)
    monkeypatch.setattr(huggingface_hub.constants, "MAX_HTTP_DOWNLOAD_SIZE", len(FILES[FIRST]) - 1)
    assert f"{FIRST} of {REPO} is too large for plain HTTP" in refused(hub.fetch, listing)


def test_a_hub_that_cannot_be_reached(hub, refused):
    with SmallHub() as gone:
        pass
    assert "cannot be reached" in refused(replace(hub, endpoint=gone.url).look, REPO)


def test_offline_is_a_sentence(hub, refused, monkeypatch):
    listing = hub.look(REPO)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for action, argument in ((hub.look, "lab/unseen"), (hub.fetch, listing)):
        said = refused(action, argument)
        assert "--allow-downloads" in said and "HF_HUB_OFFLINE" in said


def test_no_room_on_the_disk_is_told_with_figures_before_the_download(hub, small_hub, refused, monkeypatch):
    listing = hub.look(REPO)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=12_000))
    asked = len(small_hub.requests)
    said = refused(hub.fetch, listing)
    assert f"{REPO} needs 568 KB more on the disk, which has 12 KB free" in said
    assert len(small_hub.requests) == asked


def test_a_disk_that_becomes_full_is_a_sentence(hub, refused, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", str(hub.cache))

    listing = hub.look(REPO)
    monkeypatch.setattr("huggingface_hub.file_download.http_get", full)
    assert "The disk became full during the download of merges.txt" in refused(hub.fetch, listing)


def test_a_cache_that_cannot_be_written_is_a_sentence(hub, small_hub, refused, tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused(Hub(tmp_path / "file" / "cache", small_hub.url).look, REPO)
