"""``python -m playground``: the playground without a page."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from playground.download.switch import decide, download_option

decide(sys.argv[1:], os.environ)  # before huggingface_hub is imported

from playground.threads import wait_asleep

wait_asleep(os.environ)  # before torch is imported

from playground.cli.export import export_options
from playground.cli.models import models_options
from playground.cli.settings import chosen, setting_options
from playground.cli.sweep import sweep_options
from playground.cli.workshops import workshop_options
from playground.console import forgive, named_by_user
from playground.engine.chosen import load_chosen, model_options
from playground.errors import PlaygroundError
from playground.files import write_whole
from playground.request.race_request import RaceRequest
from playground.stopping import Interrupted, Stop, exit_code, handling, interrupt, leave
from playground.trace.served import faults_of
from playground.trace.trace import Trace

NOTHING_MADE = "Stopped. Nothing was made yet that could be kept."


def parser() -> argparse.ArgumentParser:
    """The command line. Values are checked by RaceRequest.parse, so that page, API and terminal say the same."""
    root = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    race_options(commands.add_parser("race", help="race both twins in the terminal"))
    sweep_options(
        commands.add_parser("sweep", help="speed against quality over steps, rules and noise, beside the AR lane")
    )
    export_options(
        commands.add_parser("export", help="a saved run as a page that plays from disk, a GIF, an MP4 or a card")
    )
    models_options(commands.add_parser("models", help="the models that there are, and whether a folder holds one"))
    workshop_options(
        commands.add_parser("workshops", help="the sheets of the exercises, to print, for the leader or for students")
    )
    return root


def race_options(race: argparse.ArgumentParser) -> None:
    race.set_defaults(run_command=run_race)
    race.add_argument(
        "prompt", help="a request, the beginning of a story, or a text with blanks (___, or ___{8} for 8 tokens)"
    )
    setting_options(race)
    race.add_argument("--device", help="cpu, cuda or mps (default: the best there is)")
    model_options(race)
    download_option(race)
    race.add_argument("--json", metavar="FILE", type=Path, help="write the trace of the run")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0, or 2 with a sentence on standard error; 130 where Ctrl-C ended it, 143 where SIGTERM did."""
    forgive()
    options = parser().parse_args(arguments)
    try:
        with handling(interrupt):
            return options.run_command(options)
    except PlaygroundError as error:
        print(f"{error}" + "".join(f"\n  {offer}" for offer in error.offers), file=sys.stderr)
        return 2
    except Interrupted as signal:
        print(NOTHING_MADE, file=sys.stderr)
        return exit_code(signal.number)


def run_race(options: argparse.Namespace) -> int:
    request = RaceRequest.parse({"prompt": options.prompt, **chosen(options)})
    from playground.cli.terminal import show_race

    failed = []

    def whole(trace: Trace) -> None:
        """Save it, before the terminal is written on once more."""
        try:
            if options.json and trace.frames:
                with named_by_user(options.json, "Name another with --json."):
                    write_whole(options.json, trace.dumps())
        except PlaygroundError as error:
            failed.append(error)

    run = load_chosen(options).start(request)
    with Stop().between_passes(run.stop) as stop:
        trace = show_race(run, whole=whole)
    if failed:
        raise failed[0]  # once the verdict of the run has been shown
    if trace.ended == "done":
        return 0
    if trace.ended == "error":
        raise PlaygroundError(" ".join(["No lane finished.", *faults_of(trace).values(), kept_in(options.json)]))
    if trace.frames:
        print(
            f"Stopped after {sum(frame.i > 0 for frame in trace.frames)} passes. {kept_in(options.json)}",
            file=sys.stderr,
        )
    else:
        print(NOTHING_MADE, file=sys.stderr)
    return 0 if stop.number is None else exit_code(stop.number)


def kept_in(path: Path | None) -> str:
    """Where a run that is not whole is kept, in a sentence. path: the file that was named with --json, if any."""
    return f"The run so far is in {path}." if path else "With --json FILE the run so far would have been kept."


if __name__ == "__main__":
    leave(main())  # not by way of a thread that is in the middle of a pass
