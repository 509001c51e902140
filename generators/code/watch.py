"""Reads what a child says and ends it at its limits: nothing is collected without bound."""

import os
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

Ended = Literal["exited", "time", "output", "memory"]
_READ_BYTES: Final = 1 << 16
_REAPED_S: Final = 5.0
"""The kernel needs milliseconds for it; so long only where the machine stands still."""
_LOOK_S: Final = 0.05
"""How often the memory of all processes together is looked at."""
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Pipe:
    """The reading end of a pipe, and the beginning of what came through it."""

    descriptor: int
    keep_bytes: int
    most_bytes: int
    kept: bytearray = field(default_factory=bytearray)
    seen_bytes: int = 0

    def read(self) -> bool:
        """Take what is there; False at the end."""
        part = os.read(self.descriptor, _READ_BYTES)
        self.kept += part[: max(0, self.keep_bytes - len(self.kept))]
        self.seen_bytes += len(part)
        return bool(part)

    @property
    def over(self) -> bool:
        """Whether more came than may."""
        return self.seen_bytes > self.most_bytes


def watch(
    child: subprocess.Popen[bytes], pipes: list[Pipe], *, wall_s: float, memory_bytes: int
) -> Ended:
    """Read the pipes until all are at their end, or kill the child's group; reap the child."""
    deadline = time.monotonic() + wall_s
    try:
        ended = _read(child.pid, pipes, deadline, memory_bytes)
        if ended == "exited" and not _over_by(child.pid, deadline):
            ended = "time"
    finally:
        kill(child)
    return ended


def _over_by(pid: int, deadline: float) -> bool:
    """Wait for a child's end without reaping it; False when it is not over by the deadline."""
    with ExitStack() as stack:
        handle = _handle(stack, pid)
        return handle is None or _ended(handle, max(0.0, deadline - time.monotonic()))


def kill(child: subprocess.Popen[bytes]) -> None:
    """End a child with its whole group and all below it, and wait until none is left."""
    with ExitStack() as stack:
        if child.poll() is None:
            below = [_handle(stack, pid) for pid in _family(child.pid) if pid != child.pid]
            os.killpg(child.pid, signal.SIGKILL)
            for handle in below:
                _end(handle)
        child.wait()


def _handle(stack: ExitStack, pid: int) -> int | None:
    """Return a descriptor that stands for a process, whatever becomes of its number."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    stack.callback(os.close, handle)
    return handle


def _end(handle: int | None) -> None:
    """Kill a process and wait for its end; the kernel ends all below the first one with it."""
    if handle is None:
        return
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    _ended(handle, _REAPED_S)


def _ended(handle: int, wait_s: float) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(wait_s * 1000))


def _read(pid: int, pipes: list[Pipe], deadline: float, memory_bytes: int) -> Ended:
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe.descriptor, selectors.EVENT_READ, pipe)
        look_at = time.monotonic() + _LOOK_S
        while selector.get_map():
            now = time.monotonic()
            if now >= deadline:
                return "time"
            if now >= look_at:
                look_at = now + _LOOK_S
                if _memory_bytes(pid) > memory_bytes:
                    return "memory"
            if _over(selector, min(_LOOK_S, deadline - now)):
                return "output"
    return "exited"


def _over(selector: selectors.BaseSelector, wait_s: float) -> bool:
    """Read whatever is ready; tell whether some pipe has brought too much."""
    for key, _ in selector.select(wait_s):
        pipe: Pipe = key.data
        if not pipe.read():
            selector.unregister(pipe.descriptor)
        if pipe.over:
            return True
    return False


def _memory_bytes(pid: int) -> int:
    """Return the memory that is not shared with a file, of a process and all below it."""
    return sum(_own_bytes(each) for each in _family(pid))


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in _entries(Path(f"/proc/{pid}/task")):
        for child in _words(task / "children"):
            yield from _family(int(child))


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # it has ended meanwhile
        return []


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii").split()
    except OSError:  # it has ended meanwhile
        return []


def _own_bytes(pid: int) -> int:
    sizes = _words(Path(f"/proc/{pid}/statm"))
    return (int(sizes[1]) - int(sizes[2])) * _PAGE_BYTES if sizes else 0
