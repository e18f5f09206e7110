"""Iterators that work goes on in, ended with whoever reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def closing(iterators: Iterable[Iterator]) -> Iterator[None]:
    """Close them in order when the block ends, however it ends; one that cannot be closed, as that of a list, has nothing to end."""
    with ExitStack() as stack:
        for one in reversed([*iterators]):  # a stack ends with what it began with
            if close := getattr(one, "close", None):
                stack.callback(close)
        yield
