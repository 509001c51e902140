"""A sandbox that is up before it is asked for, so that nobody waits for its namespaces and mounts.

One at a time, used once: programs never share one.
"""

import time
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock

from generators.code.box import Python
from generators.code.cell import Cell
from generators.code.sandbox import Limits, Program, Ran, Sandbox, SandboxGone


class Spared:
    """Runs programs as its sandbox does; safe to use from several threads.

    What waits is a child of a thread of its own, for bubblewrap ends with the thread that began it.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        """Begin the first."""
        self._sandbox = sandbox
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spare")
        self._lock = Lock()
        self._waiting: list[Future[Cell]] = []
        weakref.finalize(self, _end, self._waiting)
        self._renew()

    @property
    def python(self) -> Python:
        """Its interpreter."""
        return self._sandbox.python

    @property
    def magic(self) -> bytes:
        """Of the bytecode that its Python reads."""
        return self._sandbox.magic

    @property
    def limits(self) -> Limits:
        """What a program may use."""
        return self._sandbox.limits

    def has(self, path: str) -> bool:
        """Tell whether a program finds something there."""
        return self._sandbox.has(path)

    def run(self, program: Program) -> Ran:
        """Run a program to its end or its limit. Blocks. Raises SandboxGone."""
        began = time.monotonic()
        cell = self._taken() or self._sandbox.cell()
        try:
            return self._sandbox.used(cell, program, began)
        finally:
            self._renew()

    def close(self) -> None:
        """End what waits; each program begins its own sandbox from now on."""
        with self._lock:
            self._thread.shutdown()
            _end(self._waiting)

    def _taken(self) -> Cell | None:
        """Return the one that waits; None where there is none, or it has ended."""
        with self._lock:
            waiting = self._waiting.pop() if self._waiting else None
        cell = _made(waiting) if waiting else None
        if cell is None or cell.child.poll() is None:
            return cell
        cell.close()
        return None

    def _renew(self) -> None:
        """Begin another where none waits."""
        with self._lock, suppress(RuntimeError):  # we are at our end
            if not self._waiting:
                self._waiting.append(self._thread.submit(self._sandbox.cell))


def _end(waiting: list[Future[Cell]]) -> None:
    for each in waiting:
        cell = None if each.cancel() else _made(each)
        if cell is not None:
            cell.close()
    waiting.clear()


def _made(future: Future[Cell]) -> Cell | None:
    try:
        return future.result()
    except SandboxGone:
        return None
