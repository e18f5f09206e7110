"""``python -m playground``: the playground without a page."""
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from playground.request import ORDERS, PlaygroundError, RaceRequest  # noqa: E402


def parser() -> argparse.ArgumentParser:
    """The command line. Values are checked by RaceRequest.parse, so that page, API and terminal say the same."""
    root = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)
    race = commands.add_parser("race", help="race both twins in the terminal")
    race.add_argument("prompt", help="a request, or the beginning of a story")
    defaults = RaceRequest("")
    race.add_argument("--length", default=defaults.length, help="tokens to write (default %(default)s)")
    race.add_argument("--steps", default=defaults.steps, help="denoising passes (default %(default)s)")
    race.add_argument("--order", default=defaults.order, help=f"{' or '.join(ORDERS)} (default %(default)s)")
    race.add_argument("--temperature", default=defaults.temperature, help="0 takes the likeliest (default %(default)s)")
    race.add_argument("--seed", default=defaults.seed, help="same seed, same tokens (default %(default)s)")
    race.add_argument("--blocks", default=defaults.blocks, help="pieces, left to right (default %(default)s)")
    race.add_argument("--natural-length", action="store_true", help="let each model end its text where it wants")
    race.add_argument("--device", help="cpu, cuda or mps (default: the best there is)")
    race.add_argument("--json", metavar="FILE", type=Path, help="write the trace of the run")
    return root


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0, or 2 with a sentence on standard error."""
    options = parser().parse_args(arguments)
    try:
        from playground.catalog.twins import load_twins
        from playground.terminal import show_race

        request = RaceRequest.parse({
            "prompt": options.prompt, "length": options.length, "steps": options.steps, "order": options.order,
            "temperature": options.temperature, "seed": options.seed, "blocks": options.blocks,
            "same_length": not options.natural_length,
        })
        trace = show_race(load_twins(options.device).start(request))
    except PlaygroundError as error:
        print(f"{error}" + "".join(f"\n  {offer}" for offer in error.offers), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return write(trace.dumps(), options.json) if options.json else 0


def write(text: str, path: Path) -> int:
    """Save a trace; 0, or 2 with a sentence on standard error."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"The file {path} cannot be written: {error.strerror}. Name another with --json.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
