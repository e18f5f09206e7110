"""Whether this program may download models. Must be decided before huggingface_hub is imported, which reads the
environment once."""

from __future__ import annotations

import argparse
import os
from collections.abc import MutableMapping, Sequence

FLAG, VARIABLE = "--allow-downloads", "PLAYGROUND_ALLOW_DOWNLOADS"
NAMED = "PLAYGROUND_MODELS"  # models that are loaded at the start; the host who names them lets them come
YES = {"1", "true", "yes", "on"}


def download_option(parser: argparse.ArgumentParser) -> None:
    """Add the flag to a command line. A Space sets the variable."""
    parser.add_argument(
        FLAG,
        action="store_true",
        default=os.environ.get(VARIABLE, "").strip().lower() in YES,
        help=f"let visitors download models from Hugging Face to this machine; also {VARIABLE}=1 (default: nothing is "
        "downloaded)",
    )


def decide(arguments: Sequence[str], environment: MutableMapping[str, str]) -> None:
    """Keep huggingface_hub off the network unless the host lets visitors download models, or names models to load.
    What the host has set stays."""
    parser = argparse.ArgumentParser(add_help=False)
    download_option(parser)
    if not (parser.parse_known_args(arguments)[0].allow_downloads or environment.get(NAMED, "").strip()):
        environment.setdefault("HF_HUB_OFFLINE", "1")
    # Plain HTTP: whether a transfer of Xet stops when a visitor stops it could not be checked.
    environment.setdefault("HF_HUB_DISABLE_XET", "1")
