"""What this machine has: memory that is free and memory in all, within the limits of its container."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT_FOLDER = Path("/")
NO_LIMIT = 1 << 62  # version 1 of cgroups writes a number near 2^63 for "no limit"


@dataclass(frozen=True)
class Memory:
    """Memory of a machine or of a device, in bytes. None where the system does not say."""

    free: int | None  # can be had without swapping
    total: int | None
    of: str = "this machine"  # whose it is, in a sentence


def machine_memory(root: Path = ROOT_FOLDER) -> Memory:
    """RAM for this process: what the system has, or less if a control group (a container) limits it.

    ``root`` holds proc/ and sys/; tests name another.
    """
    free, total = _system(root)
    for limit, used in _limits(root):
        total = limit if total is None else min(total, limit)
        left = max(0, limit - used)
        free = left if free is None else min(free, left)
    return Memory(free, total)


def _system(root: Path) -> tuple[int | None, int | None]:
    """Free and total bytes, of /proc/meminfo or else of sysconf."""
    told = _meminfo(root / "proc" / "meminfo")
    if "MemTotal" in told:
        return told.get("MemAvailable", told.get("MemFree")), told["MemTotal"]
    return _pages("SC_AVPHYS_PAGES"), _pages("SC_PHYS_PAGES")


def _meminfo(path: Path) -> dict[str, int]:
    """Name -> bytes; empty where there is no such file."""
    lines = [line.split() for line in _text(path).splitlines()]
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in lines if len(words) > 1 and words[1].isdecimal()}


def _pages(name: str) -> int | None:
    """A number of memory pages, in bytes. macOS does not tell the free ones, Windows none."""
    try:
        pages, size = os.sysconf(name), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return pages * size if pages > 0 else None


def _limits(root: Path) -> list[tuple[int, int]]:
    """(limit, used) bytes of each control group that limits this process: its own, and those above it."""
    found = []
    for line in _text(root / "proc" / "self" / "cgroup").splitlines():
        number, controllers, own = line.split(":", 2)
        if number == "0" and not controllers:
            files, folder = ("memory.max", "memory.current", "inactive_file"), root / "sys/fs/cgroup"
        elif "memory" in controllers.split(","):
            files = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            folder = root / "sys/fs/cgroup/memory"
        else:
            continue
        inside = PurePosixPath(own.lstrip("/"))
        # In a container the path may be that of the host; then only the top is there, and it is the container's own.
        groups = {folder / inside, *(folder / above for above in inside.parents), folder}
        found += [pair for group in groups if (pair := _limit(group, *files))]
    return found


def _limit(group: Path, limit_file: str, used_file: str, cached: str) -> tuple[int, int] | None:
    """(limit, used) bytes of one control group. Files that were only read count as used there, but make room."""
    limit = _text(group / limit_file).strip()
    if not limit.isdecimal() or int(limit) >= NO_LIMIT:
        return None
    used = _text(group / used_file).strip()
    stat = dict(line.split()[:2] for line in _text(group / "memory.stat").splitlines() if " " in line)
    return int(limit), max(0, int(used or 0) - int(stat.get(cached, 0)))


def _text(path: Path) -> str:
    """The text of a file of the system; empty where there is none."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
