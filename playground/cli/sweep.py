"""``python -m playground sweep``: runs a sweep and prints it as a table; optionally writes JSON and a plot."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from playground.console import attempt, named_by_user
from playground.download.switch import download_option
from playground.engine.chosen import load_chosen, model_options
from playground.errors import PlaygroundError
from playground.files import check_writable, write_whole
from playground.request.fields import RequestError, whole
from playground.request.race_request import LENGTHS
from playground.stopping import Stop, exit_code

PROMPTS, LENGTH = 20, 64
MOST_PROMPTS = 300
SEED = 40  # of the held-out requests, the same as in the evaluation
FILE_WIDTH = 130  # characters of a table that is redirected to a file or another command


def sweep_options(command: argparse.ArgumentParser) -> None:
    """Add the arguments of the command. ``run_sweep`` checks their values and explains mistakes in a sentence."""
    command.set_defaults(run_command=run_sweep)
    command.add_argument("--prompts", default=PROMPTS, help="how many held-out requests (default %(default)s)")
    command.add_argument("--length", default=LENGTH, help="tokens to write (default %(default)s)")
    command.add_argument("--device", help="cpu, cuda or mps (default: the best there is)")
    model_options(command)
    download_option(command)
    command.add_argument(
        "--judge", metavar="FOLDER", type=Path, help="a causal checkpoint that judges the texts as well"
    )
    command.add_argument("--json", metavar="FILE", type=Path, help="write every figure")
    command.add_argument("--html", metavar="FILE", type=Path, help="write the plot, a page that opens offline")


def run_sweep(options: argparse.Namespace) -> int:
    """Run and print the sweep; returns 0, or the exit code of the signal that stopped it. Raises PlaygroundError."""
    from rich.console import Console
    from rich.progress import Progress

    from playground.decoders.judge import load_judge
    from playground.sweep.chart import page
    from playground.sweep.plans import plans
    from playground.sweep.running import possible, sweep
    from playground.sweep.table import table
    from playground.training.text.draw import held_out

    length = whole("length", options.length, LENGTHS)
    for path in filter(None, (options.json, options.html)):
        _check_writable(path)  # before minutes of work
    engine = load_chosen(options)
    asked_for = held_out(whole("number of prompts", options.prompts, (1, MOST_PROMPTS)), SEED)
    prompts = [request.prompt for request in asked_for]
    judge = engine.thread.run(load_judge, options.judge, engine.ar.decoder.device) if options.judge else None
    every = plans(length)
    asked = possible(engine, every, length)
    if left := len(every) - len(asked):
        print(f"{left} of {len(every)} plans ask for what {engine.diffusion.record.title} cannot do.", file=sys.stderr)
    with Stop().between_passes() as stop, Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Sweeping", total=len(asked) * len(prompts))
        found = sweep(engine, asked, prompts, length, judge, lambda: progress.advance(task), stopped=stop)
    if options.json:
        _write(json.dumps(found.to_json(), ensure_ascii=False, indent=1), options.json)
    if options.html:
        _write(page(found), options.html)
    # Printed last, because the files matter more than the terminal.
    attempt(lambda: Console(width=None if sys.stdout.isatty() else FILE_WIDTH).print(table(found)))
    if found.run["ended"] == "done":
        return 0
    files = " and ".join(str(path) for path in (options.json, options.html) if path)
    print("Stopped. What was swept so far is above" + f", and in {files}" * bool(files) + ".", file=sys.stderr)
    return 0 if stop.number is None else exit_code(stop.number)


def _check_writable(path: Path) -> None:
    """Raises RequestError, an error of the arguments, if the file cannot be written."""
    try:
        with named_by_user(path):
            check_writable(path)
    except PlaygroundError as error:
        raise RequestError(str(error)) from None


def _write(text: str, path: Path) -> None:
    with named_by_user(path):
        write_whole(path, text)
