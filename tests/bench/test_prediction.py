"""The check of the roofline's predictions: fitted on one job, it predicts every other job; no time is asserted."""

from dataclasses import replace

import pytest
import torch

from playground.bench import prediction
from playground.bench.quiet import Watch
from playground.estimates.roofline import Device, Job, ar_costs, ar_time, diffusion_costs, diffusion_time
from playground.metrics.cost import DecoderShape, Peak, pass_cost
from test_bench_gpu import AR, DIFFUSION, PLAN

TINY = DecoderShape(
    layers=1, hidden=2, heads=1, kv_heads=1, head_dim=2, intermediate=3, vocabulary=5, bytes_per_number=4
)
PEAK, FITTED, JOBS = Peak(1e6, 1e6), Job(3, 8, 4), [Job(3, 8, 2), Job(5, 8, 4), Job(3, 16, 4)]


@pytest.mark.parametrize("key, lane_time", [("diffusion", diffusion_time), ("ar", ar_time)])
def test_a_machine_that_is_a_roofline_is_predicted_without_error(key, lane_time):
    measured = {job: lane_time(TINY, Device(PEAK, 2.5), job).ms for job in (FITTED, *JOBS)}
    overhead, rows = prediction.rows_of(TINY, PEAK, key, FITTED, measured)
    assert overhead == pytest.approx(2.5) and [row["fitted"] for row in rows] == [True, False, False, False]
    assert prediction.errors(rows)["error_worst"] == pytest.approx(0, abs=1e-3)


def test_the_fitted_job_counts_for_no_error():
    rows = [{"error": 0.0, "fitted": True}, {"error": -0.2, "fitted": False}, {"error": 0.1, "fitted": False}]
    assert prediction.errors(rows) == {"error_median": 0.15, "error_worst": 0.2, "predicted": 2}


def test_ar_is_asked_once_for_jobs_that_differ_in_passes_alone():
    assert prediction.once_each(FITTED, JOBS) == [FITTED, Job(5, 8, 1), Job(3, 16, 1)]


def test_the_lanes_do_the_work_that_is_predicted(tiny):
    """Except that the sampler runs the output head only on open positions, and the roofline counts the whole canvas."""
    shape = DecoderShape.of(tiny.diffusion.model.config, 4)
    for key, costs, heads in (("diffusion", diffusion_costs, [8] * 4), ("ar", ar_costs, [1] * 8)):
        works = [step.work for step in prediction.lane(tiny, key, FITTED) if step.work.rows]
        assert [
            pass_cost(shape, work.queries, work.keys, head, work.rows) for work, head in zip(works, heads)
        ] == costs(shape, FITTED)
        assert all(work.head <= head for work, head in zip(works, heads)) and works[0].head == heads[0]


def test_both_lanes_are_predicted(tiny):
    found = tiny.thread.run(prediction.prediction, tiny, JOBS, FITTED, Watch(0))
    assert found["predicted"] == 3 + 2 and set(found["lanes"]) == {"diffusion", "ar"}
    assert found["error_worst"] >= found["error_median"] >= 0 and "CUDA" in found["large"]["skipped"]


@pytest.mark.parametrize(
    "config, cost, timed",
    [
        (DIFFUSION, prediction._diffusion_pass, prediction.pass_times),
        (AR, prediction._ar_step, prediction.step_times),
    ],
)
def test_large_shapes_are_fitted_at_one_size(config, cost, timed):
    plans = [replace(PLAN, canvas=canvas, context=canvas + 8) for canvas in (8, 16, 24)]
    found = prediction.of_shape(config, torch.device("cpu"), plans, cost, timed)
    assert [row["fitted"] for row in found["rows"]] == [False, True, False] and found["predicted"] == 2
