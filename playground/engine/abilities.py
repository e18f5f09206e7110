"""What a model on this machine can do, by its record."""

from __future__ import annotations

from playground.catalog.records import ModelRecord

ALL = frozenset({"blanks", "places", "mend", "branch", "attention"})


def abilities(record: ModelRecord) -> frozenset[str]:
    """Keys of CAPABILITIES.

    A block-causal model cannot be shown what comes after the block that it writes, so it neither meets given words nor
    mends a text. An encoder reads its text in order and whole. Only the twins were trained on random tokens; a record
    that names its source is a published model's.
    """
    if record.kind == "ar":
        return ALL | {"score"}
    if record.attention != "bidirectional":
        return frozenset({"branch"})
    able = ALL | {"guidance"} | ({"whole"} if record.caches else frozenset())
    return able | (frozenset() if record.source else {"random"})
