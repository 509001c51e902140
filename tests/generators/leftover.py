"""What a call leaves to the garbage collector: it must be nothing that still has to be closed."""

import gc
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def nothing_left() -> Iterator[None]:
    """Check that no asynchronous generator of this loop is dropped before its end in the block."""
    gc.collect()
    before, left = sys.get_asyncgen_hooks(), list[str]()

    def dropped(generator: AsyncGenerator[Any, Any]) -> None:
        left.append(repr(generator))
        if before.finalizer:
            before.finalizer(generator)

    sys.set_asyncgen_hooks(before.firstiter, dropped)
    try:
        yield
        gc.collect()
    finally:
        sys.set_asyncgen_hooks(*before)
    assert left == []
