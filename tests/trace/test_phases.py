"""A phase says how much of a text can be read."""

import pytest

from playground.trace.phases import phase


@pytest.mark.parametrize(
    "settled, drafts, named",
    [
        (0, 0.0, "noise"),
        (10, 5.9, "noise"),
        (4, 20.0, "rough"),  # drafts show structure before anything much has settled
        (16, 0.0, "rough"),
        (40, 4.0, "rough"),  # more than half settled, and the rest is a guess
        (40, 12.0, "clear"),
        (52, 0.0, "clear"),
    ],
)
def test_a_draft_counts_as_far_as_the_model_is_sure_of_it(settled, drafts, named):
    assert phase(settled, 64, False, drafts) == named
    assert phase(settled, 64, True, drafts) == "final"
