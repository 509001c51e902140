"""What the bot and a runner say to each other over a socket: a length, and one JSON object.

Neither believes the other: lengths, types and paths are looked at before anything is made of them.
"""

import base64
import json
import socket
from collections.abc import Mapping
from typing import Any, Final, get_args

from generators.code.sandbox import GIVEN_BYTES, Program, Ran
from generators.code.watch import Ended

MOST_BYTES: Final = 32 << 20
"""Of one message: pytest, a program and its tests are some 5 MB."""
MOST_FILES: Final = 16
MOST_WORDS: Final = 32
KEPT_BYTES: Final = 1 << 20
"""Of what a run said, and of its report."""
_HEAD_BYTES: Final = 8
_PART_BYTES: Final = 1 << 20
_PATH_CHARS: Final = 512
_FOLDER: Final = "/box/"

Said = dict[str, Any]


class Unheard(Exception):  # noqa: N818 - reads as the state it names
    """What came is no message; the words say why."""


def send(to: socket.socket, said: Mapping[str, object]) -> None:
    """Send one message. Raises OSError."""
    body = json.dumps(said).encode()
    to.sendall(len(body).to_bytes(_HEAD_BYTES, "big") + body)


def receive(from_: socket.socket, most_bytes: int = MOST_BYTES) -> Said:
    """Return the next message. Raises Unheard, OSError."""
    length = int.from_bytes(_taken(from_, _HEAD_BYTES), "big")
    if length > most_bytes:
        raise Unheard(f"a message of {length:,} bytes is too long")
    try:
        said: object = json.loads(_taken(from_, length))
    except (ValueError, RecursionError) as error:
        raise Unheard("a message is no JSON") from error
    if not isinstance(said, dict):
        raise Unheard("a message is no object")
    return said


def _taken(from_: socket.socket, length: int) -> bytes:
    taken = bytearray()
    while len(taken) < length:
        part = from_.recv(min(_PART_BYTES, length - len(taken)))
        if not part:
            raise Unheard("it broke off")
        taken += part
    return bytes(taken)


def told_program(program: Program) -> Said:
    """Return a program as a message tells it."""
    return {
        "command": list(program.command),
        "files": {path: _text(content) for path, content in program.files.items()},
        "given": _text(program.given),
        "virtual_memory": program.virtual_memory,
    }


def program_of(said: Said) -> Program:
    """Return the program that a message tells of. Raises Unheard."""
    try:
        command = tuple(str(word) for word in said["command"])
        files = {str(path): _bytes(content) for path, content in said["files"].items()}
        given, virtual = _bytes(said["given"]), said["virtual_memory"] is True
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unheard("a message tells of no program") from error
    if len(given) > GIVEN_BYTES:
        raise Unheard("a program is given too much to read")
    if not command or len(command) > MOST_WORDS or len(files) > MOST_FILES:
        raise Unheard("a program has too many parts, or none")
    if not all(map(_is_inside, files)) or any("\0" in word for word in command):
        raise Unheard("a program has a file outside of its folder")
    return Program(command=command, files=files, given=given, virtual_memory=virtual)


def _is_inside(path: str) -> bool:
    parts = path.split("/")
    return path.startswith(_FOLDER) and len(path) <= _PATH_CHARS and not {".", ".."} & set(parts)


def told_run(ran: Ran) -> Said:
    """Return a run as a message tells it."""
    return {
        "ended": ran.ended,
        "status": ran.status,
        "output": _text(ran.output),
        "cut": ran.cut,
        "report": _text(ran.report),
        "seconds": ran.seconds,
    }


def run_of(said: Said) -> Ran:
    """Return the run that a message tells of. Raises Unheard."""
    try:
        ended, status = said["ended"], said["status"]
        if ended not in get_args(Ended) or not isinstance(status, int | None):
            raise Unheard("a message tells of no end")
        return Ran(
            ended=ended,
            status=status,
            output=_bytes(said["output"])[:KEPT_BYTES],
            cut=said["cut"] is True,
            report=_bytes(said["report"])[:KEPT_BYTES],
            seconds=float(said["seconds"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Unheard("a message tells of no run") from error


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: object) -> bytes:
    return base64.b64decode(str(text), validate=True)
