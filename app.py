"""Builds the page and launches it; nothing else. ``python app.py --help`` lists the flags."""
from __future__ import annotations

import argparse
import os
import socket
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Flags; a Space sets host and port through the environment."""
    hosted = "0.0.0.0" if os.environ.get("SPACE_ID") else "127.0.0.1"
    parser = argparse.ArgumentParser(description="Serve the diffusion playground.")
    parser.add_argument("--host", default=os.environ.get("GRADIO_SERVER_NAME", hosted), help="default %(default)s")
    parser.add_argument("--port", type=port, default=os.environ.get("GRADIO_SERVER_PORT", "7860"), help="default %(default)s")
    parser.add_argument("--device", help="cpu, cuda or mps (default: the best there is)")
    from playground.catalog.own import folder_options

    folder_options(parser)
    parser.add_argument("--share", action="store_true", help="also make a public link through gradio's relay")
    return parser.parse_args(arguments)


def port(text: str) -> int:
    """A TCP port. Raises ArgumentTypeError, which argparse turns into a sentence."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a whole number from 1 to 65535, not {text!r}")
    return int(text)


def refusal(host: str, port: int) -> str | None:
    """Why no server can listen there, or None. Asked before anything is loaded, so that nobody waits for a no."""
    try:
        socket.getaddrinfo(host, port)
    except socket.gaierror:
        return f"The host {host!r} is no address of this machine. Give --host 127.0.0.1, or 0.0.0.0 for all addresses."
    try:
        with socket.create_server((host, port)):
            return None
    except OSError as error:
        return (f"Port {port} on {host} cannot be used: {os.strerror(error.errno or 0)}. End the program that holds it, or "
                "choose another port with --port.")


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C; 0, or 2 with a sentence on standard error."""
    options = parse(arguments)
    if reason := refusal(options.host, options.port):
        print(reason, file=sys.stderr)
        return 2
    # Imported here because they take seconds, and gradio reads the environment when it is imported.
    from playground.catalog.checkpoint import CheckpointError
    from playground.catalog.own import load_chosen
    from playground.contract import BrokenEngine
    from playground.request import PlaygroundError
    from playground.ui.page import build_page, launch_options
    from playground.ui.recorded import recorded_traces

    try:
        engine = load_chosen(options)
    except CheckpointError as error:
        print(f"{error}\nServing recorded runs only until then.", file=sys.stderr)
        engine = BrokenEngine(error)
    except PlaygroundError as error:
        print(error, file=sys.stderr)
        return 2
    page = build_page(engine, recorded_traces())
    page.launch(server_name=options.host, server_port=options.port, share=options.share, **launch_options())
    return 0


if __name__ == "__main__":
    sys.exit(main())
