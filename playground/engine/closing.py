"""Close generators together with the code that reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def closing(iterators: Iterable[Iterator]) -> Iterator[None]:
    """Close the iterators in order when the block ends, also after an exception. Iterators without ``close``, such as a
    list's, are skipped."""
    with ExitStack() as stack:
        for one in reversed([*iterators]):  # an ExitStack runs its callbacks last in, first out
            if close := getattr(one, "close", None):
                stack.callback(close)
        yield
