"""Runs programs that nobody trusts: bubblewrap, no network, an empty environment, limits.

It does not know what the programs are for. docs/code.md says what is kept apart and what is not.
"""

import json
import os
import platform
import shutil
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from generators.code.box import Python, arguments, pythons, sealed
from generators.code.cell import WAITING, Cell, line, started
from generators.code.folder import sweep
from generators.code.seccomp import filter_for, machines
from generators.code.watch import Ended, Pipe, watch

UID: Final = 62_471
"""Who runs the programs when we are root: nobody's number. The kernel counts no process of root."""
GIVEN_BYTES: Final = 60 << 10
"""What a pipe takes before anybody reads it."""
_REPORT_BYTES: Final = 1 << 20
_NEEDED: Final = ("bwrap", "prlimit", "setpriv")
_FACTS: Final = """
import importlib.util, json, os, sys
said = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
json.dump({
    "pid": os.getpid(), "uid": os.getuid(), "seccomp": said["Seccomp"].strip(),
    "gains": said["NoNewPrivs"].strip(), "powers": int(said["CapEff"], 16),
    "version": sys.version_info[:2], "magic": importlib.util.MAGIC_NUMBER.hex(),
}, sys.stdout)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a program may use; time and output end the run, the rest is refused to it."""

    wall_s: float = 10.0
    cpu_s: int = 10
    memory_bytes: int = 1 << 30
    """Of each process, and of all together."""
    processes: int = 32
    """Threads count."""
    file_bytes: int = 10 << 20
    scratch_bytes: int = 64 << 20
    open_files: int = 64
    kept_bytes: int = 64 << 10
    """Of the output; the rest is read and dropped."""
    output_bytes: int = 1 << 20
    """After so much output the run is ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A command as it is typed inside, the files it finds (path to content), and its stdin.

    At most `GIVEN_BYTES` of stdin.
    """

    command: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    given: bytes = b""
    virtual_memory: bool = True
    """Whether address space is limited, too; node reserves more than it ever uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a run ended: by itself with a status (128 and more: a signal), or at a limit."""

    ended: Ended
    status: int | None
    output: bytes
    cut: bool
    report: bytes
    seconds: float

    @property
    def why(self) -> str:
        """A sentence on why it was ended; empty when it ended by itself."""
        reasons: dict[Ended, str] = {
            "exited": "",
            "time": "It was ended: it took too long.",
            "output": "It was ended: it said too much.",
            "memory": "It was ended: it used too much memory.",
        }
        return reasons[self.ended]


class Runs(Protocol):
    """What runs programs in a sandbox, wherever that is."""

    @property
    def python(self) -> Python:
        """Its interpreter."""
        ...

    @property
    def magic(self) -> bytes:
        """Of the bytecode that its Python reads."""
        ...

    @property
    def limits(self) -> Limits:
        """What a program may use."""
        ...

    def has(self, path: str) -> bool:
        """Tell whether a program finds something there. Raises SandboxGone."""
        ...

    def run(self, program: Program) -> Ran:
        """Run a program to its end or its limit. Blocks. Raises SandboxGone."""
        ...


class SandboxGone(Exception):  # noqa: N818 - reads as the state it names
    """A sandbox that was there is not any more; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """There is no sandbox here; `why` is a sentence."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A sandbox that was seen to work; made by `probe`, and safe to use from several threads."""

    bwrap: str
    python: Python
    uid: int | None
    shown: tuple[str, ...] = ()
    """bubblewrap's arguments for what every program sees."""
    rules: bytes = b""
    """The kernel's filter."""
    magic: bytes = b""
    """Of the bytecode that its Python reads."""
    limits: Limits = field(default_factory=Limits)

    def has(self, path: str) -> bool:
        """Tell whether a program finds something there: below /usr, as /bin is, too."""
        return Path(path).resolve().is_relative_to("/usr") and Path(path).exists()

    def run(self, program: Program) -> Ran:
        """Run a program to its end or its limit. Blocks. Raises SandboxGone."""
        began = time.monotonic()
        return self.used(self.cell(), program, began)

    def cell(self) -> Cell:
        """Begin a sandbox that waits for its program. Raises SandboxGone."""
        before = [*_dropping(self.uid), self.bwrap, *self.shown]
        after = [*sealed(), "--", *_limited(self.limits), *WAITING]
        try:
            return started(before, after, self.rules, self.uid)
        except OSError as error:
            raise SandboxGone(f"Nothing can be run here: {error.strerror or error}.") from error

    def used(self, cell: Cell, program: Program, began: float) -> Ran:
        """Run a program in a sandbox that waits, and end it. Raises SandboxGone.

        `began` is since when it is waited for, by the monotonic clock.
        """
        limits = self.limits
        said = Pipe(cell.output.fileno(), limits.kept_bytes, limits.output_bytes)
        told = Pipe(cell.report.fileno(), _REPORT_BYTES, _REPORT_BYTES)
        address_bytes = limits.memory_bytes if program.virtual_memory else None
        with closing(cell):
            try:
                cell.begin(line(program.command, address_bytes), program.files, program.given)
            except (OSError, ValueError) as error:
                raise SandboxGone(f"Nothing can be run here: {error}.") from error
            bounds = {"wall_s": limits.wall_s, "memory_bytes": limits.memory_bytes}
            ended = watch(cell.child, [said, told], **bounds)
        return Ran(
            ended=ended,
            status=cell.child.returncode if ended == "exited" else None,
            output=bytes(said.kept),
            cut=said.seen_bytes > len(said.kept),
            report=bytes(told.kept),
            seconds=time.monotonic() - began,
        )


def probe(limits: Limits | None = None, uid: int = UID) -> Sandbox | Unavailable:
    """Run a tiny program in a sandbox here, and look at it; `uid` counts only when we are root."""
    missing = [name for name in _NEEDED if not shutil.which(name)]
    if missing:
        return Unavailable(f"Nothing can be run here: install {' and '.join(missing)} (Linux).")
    if platform.machine() not in machines():
        return Unavailable(f"Nothing can be run here: no filter for {platform.machine()}.")
    sweep()
    drop = uid if os.geteuid() == 0 else None
    why = "Nothing can be run here: no Python that the sandbox's user may read."
    for python in pythons(drop):
        tried = _tried(_sandbox(python, drop, limits or Limits()))
        if isinstance(tried, Sandbox):
            return tried
        why = tried.why
    return Unavailable(why)


def _sandbox(python: Python, uid: int | None, limits: Limits) -> Sandbox:
    return Sandbox(
        bwrap=shutil.which("bwrap") or "bwrap",
        python=python,
        uid=uid,
        shown=tuple(arguments(python, limits.scratch_bytes)),
        rules=filter_for(platform.machine()),
        limits=limits,
    )


def _tried(sandbox: Sandbox) -> Sandbox | Unavailable:
    try:
        ran = sandbox.run(Program(command=(sandbox.python.path, "-I", "-c", _FACTS)))
    except SandboxGone as gone:
        return Unavailable(str(gone))
    try:
        facts: dict[str, Any] = json.loads(ran.output)
    except ValueError:
        said = ran.output.decode(errors="replace").strip().partition("\n")[0] or ran.ended
        return Unavailable(f"Nothing can be run here: the system refuses a sandbox ({said}).")
    kept = (facts["pid"], facts["seccomp"], facts["gains"], facts["powers"]) == (1, "2", "1", 0)
    if not kept or facts["uid"] == 0:
        return Unavailable("Nothing can be run here: a program in the sandbox has too much power.")
    if tuple(facts["version"]) < (3, 11):
        return Unavailable("Nothing can be run here: the sandbox needs Python 3.11 or newer.")
    return replace(sandbox, magic=bytes.fromhex(facts["magic"]))


def _dropping(uid: int | None) -> list[str]:
    """Return what goes before bubblewrap to become a user; `Popen(user=)` would copy our memory."""
    if uid is None:
        return []
    return ["/usr/bin/setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"]


def _limited(limits: Limits) -> list[str]:
    """Put limits before a command. They are set inside, where only its own processes count."""
    values = {
        "data": limits.memory_bytes,
        "cpu": limits.cpu_s,
        "nproc": limits.processes,
        "fsize": limits.file_bytes,
        "nofile": limits.open_files,
        "core": 0,
    }
    given = [f"--{name}={value}:{value}" for name, value in values.items()]
    return ["/usr/bin/prlimit", *given, "--"]
