"""A sandbox somewhere else: a runner in another container, reached over a Unix socket."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from generators.code.box import Python
from generators.code.runner import PATIENCE_S
from generators.code.sandbox import Limits, Program, Ran, Runs, SandboxGone, Unavailable, probe
from generators.code.spare import Spared
from generators.code.wire import Said, Unheard, receive, run_of, send, told_program

CONNECT_S: Final = 5.0
_AWAY: Final = "Nothing can be run here: the runner does not answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """What a runner does for us; made by `reach`, and safe to use from several threads."""

    path: str
    python: Python
    magic: bytes
    limits: Limits

    def has(self, path: str) -> bool:
        """Tell whether a program finds something there. Raises SandboxGone."""
        return _asked(self.path, {"ask": "has", "path": path}, CONNECT_S).get("has") is True

    def run(self, program: Program) -> Ran:
        """Have a program run to its end or its limit. Blocks. Raises SandboxGone."""
        wait_s = self.limits.wall_s + 2 * PATIENCE_S
        said = _asked(self.path, {"ask": "run", **told_program(program)}, wait_s)
        try:
            return run_of(said)
        except Unheard as error:
            raise SandboxGone(f"{_AWAY[:-1]} as it should: {error}.") from error


def reach(path: str) -> Remote | Unavailable:
    """Ask a runner what it has, so that it is known that it answers."""
    try:
        said = _asked(path, {"ask": "facts"}, CONNECT_S)
        return Remote(
            path=path,
            python=Python(path=str(said["python"])),
            magic=bytes.fromhex(str(said["magic"])),
            limits=Limits(**said["limits"]),
        )
    except SandboxGone as gone:
        return Unavailable(str(gone))
    except (KeyError, TypeError, ValueError):
        return Unavailable(f"{_AWAY[:-1]} as one of this version does.")


def found(runner: str = "") -> Runs | Unavailable:
    """Return the sandbox of a runner where one is set, and else our own; never one for the other.

    A bot that was given a runner has reasons not to run programs beside its secrets.
    """
    if runner:
        return reach(runner)
    own = probe()
    return own if isinstance(own, Unavailable) else Spared(own)


def _asked(path: str, message: Mapping[str, object], wait_s: float) -> Said:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(CONNECT_S)
            line.connect(path)
            line.settimeout(wait_s)
            send(line, message)
            said = receive(line)
    except (OSError, Unheard) as error:
        raise SandboxGone(_AWAY) from error
    if "refused" in said:
        raise SandboxGone(f"Nothing can be run here: the runner refuses it ({said['refused']}).")
    return said
