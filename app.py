"""Builds the page and serves it; nothing else. ``python app.py --help`` lists the flags."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from playground.download.switch import decide, download_option

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported
decide(sys.argv[1:], os.environ)  # before huggingface_hub is imported

from playground.errors import PlaygroundError
from playground.server.account import VARIABLE, account
from playground.server.address import root_path
from playground.server.listening import close, listen
from playground.stopping import Stop, exit_code, handling, leave
from playground.threads import wait_asleep

if TYPE_CHECKING:
    from playground.server.server import PageServer

END_S = 1.8  # from a signal to the end of the program, even in the middle of a long pass
LOOK_S = 0.05

wait_asleep(os.environ)  # before torch is imported


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Flags; a Space sets host and port through the environment."""
    hosted = "0.0.0.0" if os.environ.get("SPACE_ID") else "127.0.0.1"
    parser = argparse.ArgumentParser(description="Serve the diffusion playground.")
    parser.add_argument(
        "--host",
        default=os.environ.get("GRADIO_SERVER_NAME") or hosted,
        help="an IPv4 or IPv6 address, or a name; 0.0.0.0 for every IPv4 address, :: for every address (default %(default)s)",
    )
    parser.add_argument(
        "--port", type=port, default=os.environ.get("GRADIO_SERVER_PORT") or "7860", help="default %(default)s"
    )
    parser.add_argument(
        "--root-path",
        type=root_path,
        default=os.environ.get("GRADIO_ROOT_PATH", ""),
        metavar="PATH",
        help="the path below which a proxy serves the page, as /play (default %(default)r; see docs/HOSTING.md)",
    )
    parser.add_argument("--device", help="cpu, cuda or mps (default: the best there is)")
    from playground.engine.chosen import model_options

    model_options(parser)
    download_option(parser)
    parser.add_argument("--share", action="store_true", help="also make a public link through gradio's relay")
    parser.add_argument(
        "--auth",
        type=account,
        default=os.environ.get(VARIABLE, ""),
        metavar="USER:PASSWORD",
        help=f"what visitors must give to see the page; better set in {VARIABLE}, since other users of a machine "
        "can read its programs' flags (default: nothing)",
    )
    return parser.parse_args(arguments)


def port(text: str) -> int:
    """A TCP port. Raises ArgumentTypeError, which argparse turns into a sentence."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a whole number from 1 to 65535, not {text!r}")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; 0, or 2 with a sentence on standard error."""
    options = parse(arguments)
    with handling(before_it_serves):
        try:
            close(listen(options.host, options.port))  # asked before anything is loaded, so that nobody waits for a no
            server = load(options)
            server.start()
        except PlaygroundError as error:
            print(error, file=sys.stderr)
            return 2
    serve(server, options)
    return 0


def before_it_serves(number: int) -> None:
    print("Ended before the page was served.", file=sys.stderr)
    leave(exit_code(number))


def load(options: argparse.Namespace) -> PageServer:
    """The page with its models, ready to be served. Raises PlaygroundError."""
    # Imported here because they take seconds, and gradio reads the environment when it is imported.
    from playground.decoders.checkpoint import CheckpointError
    from playground.engine.chosen import load_chosen
    from playground.interface import BrokenEngine, Engine
    from playground.served.budgets import Budgets
    from playground.server.server import PageServer
    from playground.stream.messages import Streams
    from playground.ui.components.recorded import recorded_traces
    from playground.ui.page import build_page, launch_options

    budgets = Budgets.of(os.environ)  # before the models are loaded, so that nobody waits for a no
    engine: Engine
    try:
        engine = load_chosen(options)
    except CheckpointError as error:
        print(f"{error}\nServing recorded runs only until then.", file=sys.stderr)
        engine = BrokenEngine(error)
    streams = Streams(engine, budgets)
    page = build_page(engine, recorded_traces(), streams)
    return PageServer(page, streams, options.host, options.port, launch_options(), options.root_path, options.auth)


def serve(server: PageServer, options: argparse.Namespace) -> None:
    """Until a signal: then every run ends between two passes, and the program with it."""
    from playground.server.public_link import close_links

    with Stop().between_passes() as stop:
        print(f"The page is at {server.url}{behind(options.root_path)}. Ctrl-C ends it.", flush=True)
        if options.share:
            threading.Thread(target=share, args=(options.host, server.port), daemon=True).start()
        while not stop() and server.is_alive():
            time.sleep(LOOK_S)
        last = threading.Timer(END_S, leave, (0,))
        last.daemon = True
        last.start()
        server.close()
        close_links()
    print("Ended.", flush=True)


def behind(root_path: str) -> str:
    return f", and through a proxy at {root_path}" if root_path else ""


def share(host: str, port: int) -> None:
    """Print a public link, or why there is none."""
    from playground.server.public_link import public_link

    try:
        print(f"Its public link, for a week at most, is {public_link(host, port)}", flush=True)
    except PlaygroundError as error:
        print(error, file=sys.stderr, flush=True)


if __name__ == "__main__":
    leave(main())  # not by way of a thread that is in the middle of a pass
