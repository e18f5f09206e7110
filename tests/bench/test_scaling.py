"""The scaling experiment: its arithmetic agrees with computation by hand, and its result has every row; no time is
asserted."""

import pytest

from playground.bench import quiet, scaling
from playground.bench.quiet import Watch
from playground.bench.scaling import attention_share, exponent, fits, integral
from playground.metrics.cost import DecoderShape

TINY = DecoderShape(
    layers=1, hidden=2, heads=1, kv_heads=1, head_dim=2, intermediate=3, vocabulary=5, bytes_per_number=4
)


@pytest.mark.parametrize("power", [0.0, 1.0, 1.5, 2.0])
def test_the_exponent_of_a_power_is_that_power(power):
    lengths = [64, 128, 256, 512]
    assert exponent(lengths, [0.3 * length**power for length in lengths]) == pytest.approx(power)


def test_attentions_share_is_the_arithmetic_by_hand_and_grows():
    weights, head = 4 * 2 * 2 + 3 * 2 * 3, 2 * 5
    by_hand = 4 * 7 * 7 * 2 / (2 * 7 * weights + 4 * 7 * 7 * 2 + 2 * 7 * head)
    assert attention_share(TINY, 7) == pytest.approx(by_hand)
    shares = [attention_share(TINY, length) for length in scaling.LENGTHS]
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1] < 1


def test_the_integral_is_that_of_the_line_through_the_points():
    assert integral([2, 4], [3.0, 3.0], 4) == pytest.approx(12)  # a constant, also before the first point
    assert integral([2, 4, 8], [1.0, 3.0, 7.0], 8) == pytest.approx(2 + 4 + 20)
    assert integral([2, 4, 8], [1.0, 3.0, 7.0], 4) == pytest.approx(2 + 4)


def test_both_fits_hold_the_bend():
    rows = [{"positions": n, "ms": float(n), "gflop": n**2 / 1e6} for n in scaling.LENGTHS]
    rows = [{**row, "ms": row["positions"] ** 2 / 1024 if row["positions"] > 1024 else row["ms"]} for row in rows]
    assert fits(rows) == {"exponent_short": 1, "flops_exponent_short": 2, "exponent_long": 2, "flops_exponent_long": 2}
    assert fits(rows[:2])["exponent_long"] is None


def test_every_length_is_measured(tiny):
    found = tiny.thread.run(scaling.scaling, tiny, (32, 64, 300), Watch(0))  # longer than the twins' own positions
    assert [row["positions"] for row in found["rows"]] == [32, 64, 300]
    for row in found["rows"]:
        assert row["ms"] > 0 and row["ar_step_ms"] > 0
        assert row["ms_per_position"] == pytest.approx(row["ms"] / row["positions"], rel=1e-3)
        assert row["fixed_total_ms"] == pytest.approx(found["passes_fixed"] * row["ms"], rel=1e-3)
        assert row["growing_total_ms"] == pytest.approx(
            row["positions"] // found["tokens_a_pass"] * row["ms"], rel=1e-3
        )
    totals = [row["ar_total_ms"] for row in found["rows"]]
    assert totals == sorted(totals) and found["exponent_short"] is not None and found["exponent_long"] is None


def test_what_was_disturbed_is_measured_again(monkeypatch):
    """Simulated busy time of another process during the first two measurements."""
    spent = iter([0.0, 9.0, 9.0, 18.0, 18.0, 18.0])
    monkeypatch.setattr(quiet, "busy_s", lambda: next(spent))
    monkeypatch.setattr(quiet, "PAUSE_S", 0)
    tries = iter("abc")
    watch = Watch()
    assert watch.steady(lambda: next(tries)) == "c" and watch.others == 0


def test_patience_ends_and_an_unknown_machine_is_measured_once(monkeypatch):
    monkeypatch.setattr(quiet, "busy_s", iter([0.0, 9.0]).__next__)
    hasty = Watch(patience_s=0)
    assert hasty.steady(lambda: "as it comes") == "as it comes" and hasty.others > 1
    monkeypatch.setattr(quiet, "busy_s", lambda: None)
    assert Watch().steady(lambda: "once") == "once"
