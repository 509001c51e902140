"""One sandbox that is up and waits for its program: used once, and gone with it.

bubblewrap has done all its work by then, the limits hold and the filter is in place. What waits is
a shell inside, for a line on its standard input; then it becomes the program.
"""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from io import FileIO
from typing import Final

from generators.code.box import BOX
from generators.code.folder import Folder, made
from generators.code.watch import kill

REPORT: Final = "ATELIER_REPORT"
"""The variable that says inside which descriptor a report goes to."""
_START: Final = f"{BOX}/start"
WAITING: Final = ("/bin/sh", "-c", f"IFS= read -r go && . {_START}")
"""What is run inside at first; its standard input ends where nothing shall be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A sandbox, our ends of its pipes, and the folder that it sees."""

    child: subprocess.Popen[bytes]
    folder: Folder
    given: FileIO
    output: FileIO
    report: FileIO

    def begin(self, start: str, files: Mapping[str, bytes], given: bytes) -> None:
        """Let a line of shell run, with files and what it reads. Raises ValueError, OSError."""
        self.folder.write({**files, _START: f"{start}\n".encode(errors="surrogateescape")})
        with suppress(BrokenPipeError):  # it has ended: what it said tells why
            self.given.write(b"\n" + given)
        self.given.close()

    def close(self) -> None:
        """End whatever runs in it, and remove its folder."""
        kill(self.child)
        for pipe in (self.given, self.output, self.report):
            pipe.close()
        self.folder.close()


def started(before: Sequence[str], after: Sequence[str], rules: bytes, group: int | None) -> Cell:
    """Start a sandbox that waits. Raises OSError.

    `before` is bubblewrap with what every program sees, `after` what comes after the folder of this
    one, and `rules` the filter; `group` is who may read the folder besides us.
    """
    with ExitStack() as kept, ExitStack() as passed:
        folder = made(group)
        kept.callback(folder.close)
        output, output_end = _pipe(kept, passed)
        report, report_end = _pipe(kept, passed)
        stdin, given = _pipe(passed, kept)
        filters = _memory(passed, rules)
        told = ["--seccomp", str(filters), "--setenv", REPORT, str(report_end.fileno())]
        child = subprocess.Popen(  # noqa: S603 - the command is ours, the program is its file
            [*before, *told, "--ro-bind", str(folder.path), BOX, *after],
            stdin=stdin.fileno(),
            stdout=output_end.fileno(),
            stderr=subprocess.STDOUT,
            env={},
            cwd="/",
            pass_fds=(filters, report_end.fileno()),
            start_new_session=True,
        )
        kept.pop_all()
        return Cell(child=child, folder=folder, given=given, output=output, report=report)


def line(command: Sequence[str], address_bytes: int | None) -> str:
    """Return the line of shell by which a command takes the shell's place.

    `address_bytes` limits the address space, too.
    """
    limit = "" if address_bytes is None else f"ulimit -v {address_bytes >> 10} && "
    return f"{limit}exec {shlex.join(command)}"


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[FileIO, FileIO]:
    reading, writing = os.pipe()
    return reader.enter_context(FileIO(reading, "rb")), writer.enter_context(FileIO(writing, "wb"))


def _memory(stack: ExitStack, content: bytes) -> int:
    """Return a descriptor of a file that is in memory only, at its beginning."""
    file = stack.enter_context(FileIO(os.memfd_create("atelier"), "r+b"))
    file.write(content)
    file.seek(0)
    return file.fileno()
