"""Where processes come from that have their imports done: `python -m tests.faults.nursery SOCKET`.

A bot takes two seconds to import and a fifth of one to start, and hundreds are started here. So one
process imports everything once, and forks whoever is asked for. Whoever asks keeps a connection to
it, and what was started over a connection ends with it: nothing outlives its tests.
"""

import ctypes
import gc
import importlib
import inspect
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, Self

ROOT = Path(__file__).parents[2]
WARM = (
    "anyio._backends._asyncio",
    "bot.books",
    "bot.erasing",
    "bot.running",
    "cryptography.x509",
    "generators.code.write",
    "generators.digest",
    "generators.image",
    "generators.support.draft",
    "generators.support.ticket",
    "generators.text",
    "httpcore2",
    "psycopg",
    "tests.faults.lives",
    "tests.faults.play",
    "tests.faults.scripted",
)
"""What is imported before anybody is born."""
CRASHED = 70
ANSWER_S = 60.0
"""How long the nursery may take to answer."""
_LINE = 1 << 20
_PR_SET_PDEATHSIG = 1


class Nursery:
    """A connection to the nursery, for one thread; what was started over it ends with the block."""

    def __init__(self, address: str) -> None:
        """Connect. Raises OSError."""
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        self._socket.connect(address)
        self._answers = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what is left."""
        self._answers.close()
        self._socket.close()

    def start(self, target: str, *given: object) -> int:
        """Start `module:function` with arguments that JSON can hold; return the process id."""
        return int(self._asked(do="start", target=target, given=given))

    def ended(self, pid: int) -> int | None:
        """Return the exit status of what was started, below zero for a signal; None before."""
        status: int | None = self._asked(do="ended", pid=pid)
        return status

    def used_s(self) -> float:
        """Return the CPU seconds of what was started over this connection and has ended."""
        return float(self._asked(do="used"))

    def _asked(self, **given: object) -> Any:
        self._socket.sendall(json.dumps(given).encode() + b"\n")
        answer = self._answers.readline(_LINE)
        assert answer, "the nursery is gone"
        return json.loads(answer)


@contextmanager
def nursery() -> Iterator[str]:
    """Run a nursery until the end of the block; yield its address."""
    with tempfile.TemporaryDirectory(prefix="nursery-") as folder:
        address = str(Path(folder) / "s")
        command = [sys.executable, "-m", "tests.faults.nursery", address]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as process:  # noqa: S603 - ours
            assert process.stdout is not None
            assert process.stdout.readline(), "the nursery did not start"
            try:
                yield address
            finally:
                process.kill()  # and all that it has borne goes with it


@dataclass(slots=True)
class _Guest:
    """Whoever asks, and what was started for them."""

    connection: socket.socket
    lines: bytes = b""
    children: set[int] = field(default_factory=set)
    ended: dict[int, int] = field(default_factory=dict)
    used_s: float = 0.0

    def reap(self, pid: int, options: int) -> None:
        """Note the end of a child, if it has ended."""
        if pid not in self.children:
            return
        ended, status, usage = os.wait4(pid, options)
        if ended:
            self.children.remove(pid)
            self.ended[pid] = os.waitstatus_to_exitcode(status)
            self.used_s += usage.ru_utime + usage.ru_stime


class _Serving:
    """The nursery itself: one thread, which forks."""

    def __init__(self, address: str) -> None:
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen(64)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)

    def serve(self) -> None:
        """Serve until nobody holds the other end of our input any more."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    return
                if isinstance(key.data, _Guest):
                    self._hear(key.data)
                else:
                    self._welcome()

    def _welcome(self) -> None:
        connection, _ = self._listener.accept()
        self._selector.register(connection, selectors.EVENT_READ, _Guest(connection))

    def _hear(self, guest: _Guest) -> None:
        heard = b""
        with suppress(OSError):
            heard = guest.connection.recv(_LINE)
        if not heard:
            self._dismiss(guest)
            return
        *lines, guest.lines = (guest.lines + heard).split(b"\n")
        for line in lines:
            answer = json.dumps(self._answer(guest, json.loads(line))).encode() + b"\n"
            with suppress(OSError):
                guest.connection.sendall(answer)

    def _answer(self, guest: _Guest, asked: dict[str, Any]) -> float | None:
        match asked["do"]:
            case "start":
                pid = self._born(asked["target"], asked["given"])
                guest.children.add(pid)
                return pid
            case "ended":
                guest.reap(asked["pid"], os.WNOHANG)
                return guest.ended.get(asked["pid"])
            case _:
                return guest.used_s

    def _dismiss(self, guest: _Guest) -> None:
        self._selector.unregister(guest.connection)
        guest.connection.close()
        for pid in tuple(guest.children):
            os.kill(pid, signal.SIGKILL)
            guest.reap(pid, 0)

    def _born(self, target: str, given: Sequence[object]) -> int:
        pid = os.fork()
        if pid == 0:
            self._live(target, given)
        return pid

    def _live(self, target: str, given: Sequence[object]) -> NoReturn:
        status = _status(partial(self._run, target, given))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)

    def _run(self, target: str, given: Sequence[object]) -> None:
        self._forget()
        module, _, name = target.partition(":")
        getattr(importlib.import_module(module), name)(*given)

    def _forget(self) -> None:
        """Let go of what only the nursery needs, and of life where it ends."""
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()
        os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _status(run: Callable[[], None]) -> int:
    """Run something, and return what its process ends with."""
    try:
        run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - told, and no further: above is the nursery's own stack
        traceback.print_exc()
        return CRASHED
    return 0


def main(address: str) -> None:
    """Import everything, say so, and serve."""
    for name in WARM:
        importlib.import_module(name)
    inspect.stack()  # Bolt calls it for each app, and the first time takes long
    gc.collect()
    gc.freeze()
    serving = _Serving(address)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    serving.serve()


if __name__ == "__main__":
    main(sys.argv[1])
