"""Builds the page and launches it; nothing else. ``python app.py --help`` lists the flags."""
from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from playground.catalog.checkpoint import CheckpointError  # noqa: E402
from playground.catalog.twins import load_twins  # noqa: E402
from playground.engine import BrokenEngine  # noqa: E402
from playground.request import PlaygroundError  # noqa: E402
from playground.ui.page import build_page, launch_options  # noqa: E402
from playground.ui.recorded import recorded_traces  # noqa: E402


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Flags; a Space sets host and port through the environment."""
    hosted = "0.0.0.0" if os.environ.get("SPACE_ID") else "127.0.0.1"
    parser = argparse.ArgumentParser(description="Serve the diffusion playground.")
    parser.add_argument("--host", default=os.environ.get("GRADIO_SERVER_NAME", hosted), help="default %(default)s")
    parser.add_argument("--port", type=int, default=int(os.environ.get("GRADIO_SERVER_PORT", 7860)),
                        help="default %(default)s")
    parser.add_argument("--device", help="cpu, cuda or mps (default: the best there is)")
    parser.add_argument("--share", action="store_true", help="also make a public link through gradio's relay")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C; 0, or 2 with a sentence on standard error."""
    options = parse(arguments)
    try:
        engine = load_twins(options.device)
    except CheckpointError as error:
        print(f"{error}\nServing recorded runs only until then.", file=sys.stderr)
        engine = BrokenEngine(error)
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 2
    page = build_page(engine, recorded_traces())
    try:
        page.launch(server_name=options.host, server_port=options.port, share=options.share, **launch_options())
    except OSError:
        print(f"Port {options.port} on {options.host} cannot be used: another program may hold it. "
              "End that program, or choose another port with --port.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
