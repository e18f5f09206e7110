"""The roofline is work over rate: checked by hand, at its limits, and for which way it moves."""

import random
from dataclasses import replace

import pytest

from playground.estimates.roofline import (
    Device,
    Job,
    ar_costs,
    ar_time,
    break_even_passes,
    diffusion_costs,
    diffusion_time,
    error,
    fitted_overhead,
    lane_time,
    pass_time,
    speedup,
)
from playground.evidence.load import load_claims
from playground.metrics.cost import Cost, DecoderShape, Peak, pass_cost

TINY = DecoderShape(
    layers=1, hidden=2, heads=1, kv_heads=1, head_dim=2, intermediate=3, vocabulary=5, bytes_per_number=4
)
LARGE = load_claims().shape("llada-8b").decoder(2)
PEAK = Peak(flops_per_s=1e6, bytes_per_s=1e6)
WIDE = Peak(
    flops_per_s=400e12, bytes_per_s=2e12
)  # round numbers of a made-up device with a ridge of 200 operations a byte
JOB = Job(prompt=3, length=4, passes=2)


def lanes(shape, device, job):
    """Times of AR and diffusion on one device."""
    return ar_time(shape, device, job), diffusion_time(shape, device, job)


def test_a_pass_by_hand():
    time = pass_time(Cost(flops=2e6, bytes=5e5), Device(PEAK, overhead_ms=7))
    assert (time.compute_ms, time.memory_ms, time.overhead_ms) == (2000, 500, 7)
    assert time.ms == 2007 and time.bound == "compute"


def test_what_holds_is_the_largest_part():
    device = Device(PEAK, overhead_ms=10)
    assert pass_time(Cost(20_000, 30_000), device).bound == "memory"
    assert pass_time(Cost(9_000, 9_500), device).bound == "overhead"
    assert pass_time(Cost(0, 0), Device(PEAK)).ms == 0


def test_operations_of_a_tiny_lane_by_hand():
    weights = 4 * 2 * 2 + 3 * 2 * 3  # query, key, value, output; gate, up, down
    head = 2 * 2 * 5
    prefill = 2 * 3 * weights + 4 * 3 * 3 * 2 + head
    steps = [2 * weights + 4 * keys * 2 + head for keys in (4, 5, 6)]
    assert [cost.flops for cost in ar_costs(TINY, JOB)] == [prefill, *steps]
    whole = 2 * 7 * weights + 4 * 7 * 7 * 2 + 4 * head
    assert [cost.flops for cost in diffusion_costs(TINY, JOB)] == [whole, whole]


def test_lanes_add_up_their_passes():
    device = Device(PEAK, overhead_ms=1)
    ar, diffusion = ar_time(TINY, device, JOB), diffusion_time(TINY, device, JOB)
    assert (ar.passes, diffusion.passes) == (4, 2)
    assert ar.ms == pytest.approx(sum(pass_time(cost, device).ms for cost in ar_costs(TINY, JOB)))
    assert diffusion.ms == pytest.approx(2 * diffusion.first_ms) and diffusion.ms_per_pass == pytest.approx(
        diffusion.first_ms
    )
    assert ar.tok_per_s == pytest.approx(4000 / ar.ms) and ar.cost == sum(ar_costs(TINY, JOB), Cost())
    assert speedup(*lanes(TINY, device, JOB)) == pytest.approx(ar.ms / diffusion.ms)


def test_a_batch_counts_its_tokens_and_shares_the_weights():
    one, many = (ar_time(LARGE, Device(WIDE), Job(64, 64, 8, batch)) for batch in (1, 16))
    assert one.bound == "memory" and one.ms < many.ms < 16 * one.ms / 4
    assert many.tok_per_s > 4 * one.tok_per_s


def test_limits():
    job = Job(prompt=64, length=128, passes=16)
    no_memory, no_arithmetic = Device(Peak(1e12, 1e30)), Device(Peak(1e30, 1e9))
    for lane, costs in ((ar_time, ar_costs), (diffusion_time, diffusion_costs)):
        total = sum(costs(LARGE, job), Cost())
        assert lane(LARGE, no_memory, job).ms == pytest.approx(total.flops / 1e9)
        assert lane(LARGE, no_arithmetic, job).ms == pytest.approx(total.bytes / 1e6)
        assert (lane(LARGE, no_memory, job).bound, lane(LARGE, no_arithmetic, job).bound) == ("compute", "memory")
    idle = Device(Peak(1e30, 1e30), overhead_ms=5)  # then only passes count
    assert (
        speedup(*lanes(LARGE, idle, job)) == pytest.approx(128 / 16)
        and break_even_passes(*lanes(LARGE, idle, job)) == 128
    )
    assert ar_time(LARGE, idle, job).bound == diffusion_time(LARGE, idle, job).bound == "overhead"


def test_one_text_alone_leaves_arithmetic_idle_and_diffusion_uses_it():
    job = Job(prompt=64, length=256, passes=32)
    assert ar_time(LARGE, Device(WIDE), job).bound == "memory"
    assert diffusion_time(LARGE, Device(WIDE), job).bound == "compute"
    assert speedup(*lanes(LARGE, Device(WIDE), job)) > 1


def test_diffusion_does_not_win_with_many_passes_big_batches_or_long_contexts():
    device, job = Device(WIDE), Job(prompt=64, length=256, passes=32)
    gain = speedup(*lanes(LARGE, device, job))
    assert gain > 1
    for change in ({"passes": 256}, {"batch": 64}, {"prompt": 8192}):
        assert speedup(*lanes(LARGE, device, replace(job, **change))) < min(1, gain), change


def test_break_even_is_where_the_lanes_meet():
    device, job = Device(WIDE, overhead_ms=0.5), Job(prompt=64, length=256, passes=1)
    most = break_even_passes(*lanes(LARGE, device, job))
    assert (
        speedup(*lanes(LARGE, device, replace(job, passes=most)))
        >= 1
        > speedup(*lanes(LARGE, device, replace(job, passes=most + 1)))
    )
    assert break_even_passes(*lanes(LARGE, Device(WIDE), Job(prompt=8192, length=1, passes=1))) == 0


def test_more_work_takes_no_less_time_and_a_better_device_no_more():
    rng = random.Random(0)
    for _ in range(40):
        job = Job(rng.randint(1, 300), rng.randint(1, 60), rng.randint(1, 60), rng.randint(1, 9))
        device = Device(Peak(10 ** rng.uniform(9, 15), 10 ** rng.uniform(9, 13)), rng.choice([0, 0.1, 10]))
        for lane in (ar_time, diffusion_time):
            ms = lane(TINY, device, job).ms
            for field in ("prompt", "length", "batch"):
                assert lane(TINY, device, replace(job, **{field: getattr(job, field) + 1})).ms >= ms
            assert lane(TINY, replace(device, overhead_ms=device.overhead_ms + 1), job).ms > ms
            faster = Device(Peak(2 * device.peak.flops_per_s, 2 * device.peak.bytes_per_s), device.overhead_ms)
            assert lane(TINY, faster, job).ms <= ms
        more = replace(job, passes=job.passes + 1)
        assert diffusion_time(TINY, device, more).ms > diffusion_time(TINY, device, job).ms
        assert ar_time(TINY, device, more).ms == ar_time(TINY, device, job).ms


def test_long_canvases_cost_a_pass_more_than_in_proportion():
    """The deck's "linear": time per position grows with the canvas, once attention is a good part of the arithmetic."""

    def per_position(length):
        return diffusion_time(LARGE, Device(Peak(400e12, 1e30)), Job(1, length, 1)).ms / length

    assert per_position(65536) > 2 * per_position(1024)


def test_smaller_numbers_move_fewer_bytes():
    job, device = Job(8, 8, 4), Device(WIDE)
    assert ar_time(replace(LARGE, bytes_per_number=1), device, job).ms == pytest.approx(
        ar_time(LARGE, device, job).ms / 2
    )


def test_overhead_is_read_off_a_measured_run():
    costs = ar_costs(TINY, JOB)
    measured = lane_time(costs, Device(PEAK, overhead_ms=2.5), JOB).ms
    assert fitted_overhead(costs, measured, PEAK) == pytest.approx(2.5)
    assert fitted_overhead(costs, 0.0, PEAK) == 0
    assert error(110, 100) == pytest.approx(0.1) and error(90, 100) == pytest.approx(-0.1)


def test_what_makes_no_sense_is_refused():
    for wrong in (dict(prompt=0), dict(length=0), dict(passes=0), dict(batch=0)):
        with pytest.raises(ValueError, match="at least 1"):
            replace(JOB, **wrong)
    with pytest.raises(ValueError, match="peak above zero"):
        Device(Peak(0, 1))
    with pytest.raises(ValueError, match="below zero"):
        Device(PEAK, overhead_ms=-1)


def test_costs_are_those_of_the_counter():
    assert diffusion_costs(LARGE, Job(10, 20, 1, 3)) == [pass_cost(LARGE, 30, 30, 60, 3)]
