"""python -m playground.training.text: look at the data files of the training text.

check     every mistake in the data files, a sentence each
sample    drawn documents of one kind or story, or of all
words     write words.txt: the words of the text that people wrote
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from playground.errors import TrainingError
from playground.training.check_text import DRAWS, all_mistakes
from playground.training.make_text import read_mix, real_part
from playground.training.text.draw import as_document, choosers, draw_exchange, draw_values, told
from playground.training.text.library import Library, read_library
from playground.training.text.vocabulary import WORDS, real_words


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the exit code: 1 if ``check`` found mistakes, 2 for an error that the user can
    correct."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except TrainingError as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m playground.training.text",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="every mistake in the data files")
    check.add_argument(
        "names", nargs="*", metavar="NAME", help="only of these files, such as kinds/joke; without one all"
    )
    check.add_argument("-n", "--draws", type=int, default=DRAWS, help="texts drawn of every kind")
    check.set_defaults(run=run_check)
    sample = commands.add_parser("sample", help="drawn documents")
    sample.add_argument("name", nargs="?", metavar="KIND", help="a kind or a story; without one, of all")
    sample.add_argument("-n", "--count", type=int, default=20)
    sample.add_argument("--seed", type=int, default=0)
    sample.set_defaults(run=run_sample)
    word_list = commands.add_parser("words", help="write words.txt: the words of the text that people wrote")
    word_list.add_argument("corpus", type=Path, metavar="FOLDER", help="the real parts that mix.toml names")
    word_list.set_defaults(run=run_words)
    return top


def run_check(options: argparse.Namespace) -> int:
    """Print the mistakes in the data files; returns 1 if there are any."""
    found, mistakes = all_mistakes(draws=options.draws)
    shown = [
        mistake
        for mistake in mistakes
        if not options.names or any(name in mistake.split(":")[0] for name in options.names)
    ]
    print(*shown, sep="\n", end="\n" * bool(shown))
    print(f"{len(found.tables)} tables, {len(found.kinds)} kinds, {len(found.stories)} stories: {len(shown)} mistakes")
    return 1 if shown else 0


def run_sample(options: argparse.Namespace) -> int:
    """Print drawn documents."""
    found, _ = read_library()
    rng = Random(options.seed)
    for _ in range(options.count):
        print(sample(found, options.name, rng), end="\n\n")
    return 0


def sample(found: Library, name: str | None, rng: Random) -> str:
    """One drawn document of the kind or story ``name``, or of any. Raises TrainingError for an unknown name."""
    name = Path(name).stem if name else None
    if name is not None and name in found.stories and not found.stories[name].asks:
        return told(found.stories[name], draw_values(found.stories[name].slots, rng), rng)
    if name is None:
        askable, shares = choosers(found)
        one = rng.choices(askable, cum_weights=shares)[0]
    elif named := found.kinds.get(name) or found.stories.get(name):
        one = named
    else:
        raise TrainingError(
            f"There is no kind or story {name!r} without mistakes. There are "
            f"{', '.join([*found.kinds, *found.stories])}."
        )
    return as_document(draw_exchange(one, rng).turns)


def run_words(options: argparse.Namespace) -> int:
    """Write words.txt."""
    parts = [real_part(options.corpus, name, about, "train") for name, about in read_mix()["real"].items()]
    words = real_words(document for part in parts for document in part)
    WORDS.write_text("\n".join(words) + "\n", encoding="utf-8")
    print(f"{len(words):,} words, {WORDS.stat().st_size:,} bytes -> {WORDS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
