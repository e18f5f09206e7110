"""What a model needs, what this machine has, and why one does not fit the other."""

import os
import re
from pathlib import Path

import pytest

from playground.download.machine import Memory, machine_memory
from playground.download.needs import Need, Shape, needs, why_not
from playground.download.size import size_text

GB = 10**9
GIB = 1 << 30
LLADA = Shape(parameters=8_015_000_000, vocabulary=126_464, layers=32, kv_heads=32, head_dim=128)
FREE = Memory(64 * GB, 80 * GB)


def machine(root, meminfo, files=None):
    """A machine with these files: proc/meminfo in GiB, and others by their path."""
    kib = {name: round(gib * GIB / 1024) for name, gib in meminfo.items()}
    written = {"proc/meminfo": "".join(f"{name}:  {value} kB\n" for name, value in kib.items()), **(files or {})}
    for name, text in written.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    memory = machine_memory(root)
    return memory.free / GIB, memory.total / GIB


INFO = {"MemTotal": 16, "MemFree": 1, "MemAvailable": 12}
V2 = "sys/fs/cgroup/"
V1 = "sys/fs/cgroup/memory/"


def test_available_memory_counts_not_only_free_memory(tmp_path):
    assert machine(tmp_path, INFO) == (12, 16)


def test_a_container_of_version_2_limits_it(tmp_path):
    files = {
        "proc/self/cgroup": "0::/\n",
        V2 + "memory.max": f"{4 * GIB}\n",
        V2 + "memory.current": f"{3 * GIB}\n",
        V2 + "memory.stat": f"anon 5\ninactive_file {2 * GIB}\n",
    }
    assert machine(tmp_path, INFO, files) == (3, 4)


def test_the_smallest_group_above_counts(tmp_path):
    files = {
        "proc/self/cgroup": "0::/user.slice/app.scope\n",
        V2 + "user.slice/memory.max": f"{6 * GIB}\n",
        V2 + "user.slice/memory.current": f"{5 * GIB}\n",
        V2 + "user.slice/app.scope/memory.max": "max\n",
        V2 + "user.slice/app.scope/memory.current": f"{1 * GIB}\n",
    }
    assert machine(tmp_path, INFO, files) == (1, 6)


def test_a_container_of_version_1_limits_it_where_its_path_is_the_hosts(tmp_path):
    files = {
        "proc/self/cgroup": "12:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n1:name=systemd:/docker/abc\n",
        V1 + "memory.limit_in_bytes": f"{2 * GIB}\n",
        V1 + "memory.usage_in_bytes": f"{GIB}\n",
        V1 + "memory.stat": f"cache 1\ntotal_inactive_file {GIB // 2}\n",
    }
    assert machine(tmp_path, INFO, files) == (1.5, 2)


def test_no_limit_of_version_1_is_no_limit(tmp_path):
    files = {"proc/self/cgroup": "5:memory:/\n", V1 + "memory.limit_in_bytes": "9223372036854771712\n"}
    assert machine(tmp_path, INFO, files) == (12, 16)


def test_a_limit_above_the_machine_is_none(tmp_path):
    files = {
        "proc/self/cgroup": "0::/\n",
        V2 + "memory.max": f"{64 * GIB}\n",
        V2 + "memory.current": f"{GIB}\n",
    }
    assert machine(tmp_path, INFO, files) == (12, 16)


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="no sysconf on this system")
def test_a_machine_without_proc_is_asked_by_sysconf(tmp_path):
    memory = machine_memory(tmp_path)
    assert memory.total == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_this_machine_has_memory():
    memory = machine_memory()
    assert memory.free is None or 0 < memory.free <= memory.total
    if Path("/proc/meminfo").exists():
        assert memory.free


def test_an_8b_model_needs_its_weights_its_cache_its_logits_and_a_tenth():
    bare = needs(Shape(LLADA.parameters), "bfloat16", 128)
    assert bare == pytest.approx(16.03 * GB * 1.1, rel=1e-3)
    cache, logits = 2 * 32 * 32 * 128 * 128 * 2, 4 * 128 * 126_464 * 4
    assert needs(LLADA, "bfloat16", 128) - bare == pytest.approx((cache + logits) * 1.1)
    assert needs(LLADA, "float32", 128) > 1.9 * needs(LLADA, "bfloat16", 128)


def test_what_fits_has_no_reason():
    assert why_not(Need(17 * GB, "bfloat16", 16 * GB), FREE, 100 * GB) == ""
    assert why_not(Need(17 * GB, "bfloat16", 16 * GB), Memory(None, None), None) == ""


@pytest.mark.parametrize(
    "memory, disk_free, says",
    [
        (
            Memory(12_100_000_000, 15_500_000_000),
            100 * GB,
            "It needs 17.6 GB of memory in bfloat16, this machine has 12.1 GB of 15.5 GB free. "
            "Pick a smaller model, or a machine with more memory.",
        ),
        (
            Memory(12 * GB, 24 * GB, "the GPU"),
            100 * GB,
            "It needs 17.6 GB of memory in bfloat16, the GPU has 12.0 GB of 24.0 GB free. "
            "End other programs, or pick a smaller model.",
        ),
        (
            FREE,
            3_200_000_000,
            "It needs 16.0 GB on the disk, which has 3.2 GB free. Make room on the disk, or set HF_HOME to a folder on another disk.",
        ),
        (
            Memory(2 * GB, 4 * GB),
            500_000_000,
            "It needs 17.6 GB of memory in bfloat16, this machine has 2.0 GB of 4.0 GB free; and 16.0 GB on the disk, which has 500 MB free. "
            "Pick a smaller model, or a machine with more memory.",
        ),
    ],
)
def test_what_does_not_fit_says_so_with_figures_and_the_way_on(memory, disk_free, says):
    assert why_not(Need(17_600_000_000, "bfloat16", 16 * GB), memory, disk_free) == says


def test_sizes_are_written_as_model_cards_write_them():
    assert [size_text(size) for size in (1, 999, 2_600, 812_000_000, 17_630_000_000)] == [
        "1 byte",
        "999 bytes",
        "3 KB",
        "812 MB",
        "17.6 GB",
    ]
    assert not any(re.match("1000 ", size_text(size)) for size in (999_999, 999_999_999, 999_500))
