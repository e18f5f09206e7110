"""What a model on this machine can do, by its record."""

from __future__ import annotations

from playground.catalog.records import ModelRecord

ALL = frozenset({"blanks", "places", "mend", "branch", "attention"})


def abilities(record: ModelRecord) -> frozenset[str]:
    """Keys of CAPABILITIES.

    A block-causal model cannot be shown what comes after the block that it writes, so it neither meets given words nor
    mends a text. Only the twins were trained on random tokens; a record that names its source is a published model's.
    """
    if record.kind == "ar":
        return ALL | {"score"}
    if record.attention != "bidirectional":
        return frozenset({"branch"})
    return ALL | {"guidance", "whole"} | (frozenset() if record.source else {"random"})
