"""Runs programs for a bot that cannot: a process beside it, with a sandbox, behind a Unix socket.

It knows no Slack, no settings and no secret. Whoever may open the socket may have programs run in
the sandbox, and nothing else.
"""

import os
import socket
import socketserver
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

from typing_extensions import override

from generators.code.sandbox import Runs, SandboxGone
from generators.code.wire import Said, Unheard, program_of, receive, send, told_run

Line = socket.socket | tuple[bytes, socket.socket]
"""One connection; the second kind is of datagrams, which a runner has none of."""
AT_ONCE: Final = 2
"""Programs at work at once."""
LINES: Final = 16
"""Connections at once; more are ended at once."""
PATIENCE_S: Final = 60.0
"""How long a program waits for others, and how long a connection may say nothing."""
MODE: Final = 0o660


class Runner(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves one sandbox on one socket until it is shut down."""

    daemon_threads = True
    request_queue_size = LINES

    def __init__(self, path: Path, sandbox: Runs) -> None:
        """Take the place of a socket that nobody serves any more. Raises OSError."""
        self.sandbox = sandbox
        self.turns = BoundedSemaphore(AT_ONCE)
        self._lines = BoundedSemaphore(LINES)
        with suppress(FileNotFoundError):
            if stat.S_ISSOCK(path.lstat().st_mode):
                path.unlink()
        super().__init__(str(path), socketserver.BaseRequestHandler)
        path.chmod(MODE)

    @override
    def verify_request(self, request: Line, client_address: object) -> bool:
        return self._lines.acquire(blocking=False)

    @override
    def process_request_thread(self, request: Line, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._lines.release()

    @override
    def finish_request(self, request: Line, client_address: object) -> None:
        """Take one message, and answer it."""
        if not isinstance(request, socket.socket):
            return
        request.settimeout(PATIENCE_S)
        with suppress(OSError):  # who asked is gone
            send(request, self._heard(request))

    def _heard(self, line: socket.socket) -> Said:
        try:
            return self.answer(receive(line))
        except (Unheard, SandboxGone) as error:
            return {"refused": str(error)}

    def answer(self, said: Said) -> Said:
        """Answer one message. Raises Unheard."""
        answers: dict[object, Callable[[Said], Said]] = {
            "facts": lambda _: self._facts(),
            "has": lambda asked: {"has": self.sandbox.has(str(asked.get("path", "")))},
            "run": self._run,
        }
        if said.get("ask") not in answers:
            raise Unheard("a message asks for nothing that there is")
        return answers[said["ask"]](said)

    def _facts(self) -> Said:
        sandbox = self.sandbox
        about = {"python": sandbox.python.path, "magic": sandbox.magic.hex()}
        return {**about, "limits": asdict(sandbox.limits)}

    def _run(self, said: Said) -> Said:
        program = program_of(said)
        if not self.turns.acquire(timeout=PATIENCE_S):
            raise Unheard("too much is running")
        try:
            return told_run(self.sandbox.run(program))
        finally:
            self.turns.release()


def is_free(path: Path) -> bool:
    """Tell whether nobody serves a socket."""
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(os.fspath(path))
        except OSError:
            return True
    return False
