"""Where the files of a program lie outside: a folder in memory that ends with its sandbox.

Only we write to it, and only the sandbox's user can read it. A lock tells folders in use from what
a process left that was killed.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from generators.code.box import BOX, CODE

_PREFIX: Final = "atelier-box-"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - each folder in it is new, and its user's alone
_OLD_S: Final = 60.0
"""Between a folder and its lock there is a moment in which it looks like a leftover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One program's folder, shown as `box.BOX` inside; `lock` is its open descriptor."""

    path: Path
    lock: int

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files by their paths inside. Raises ValueError for one elsewhere, OSError."""
        for inside, content in files.items():
            path = self.path / _within(inside)
            for parent in reversed(path.relative_to(self.path).parents[:-1]):
                _open_folder(self.path / parent)
            with path.open("xb") as file:
                file.write(content)
                os.fchmod(file.fileno(), 0o644)

    def close(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def made(group: int | None) -> Folder:
    """Make an empty folder that only we, and a group if there is one, can read. Raises OSError."""
    path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_place()))
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    folder = Folder(path=path, lock=lock)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if group is not None:
            os.chown(path, -1, group)
            path.chmod(0o750)
        _open_folder(path / _within(CODE))
    except OSError:
        folder.close()
        raise
    return folder


def sweep() -> None:
    """Remove folders of processes that were killed."""
    for path in Path(_place()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # somebody else's, or gone
            _sweep(path)


def _sweep(path: Path) -> None:
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if time.time() - os.fstat(lock).st_mtime > _OLD_S:
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(lock)


def _place() -> str:
    return str(_MEMORY) if os.access(_MEMORY, os.W_OK) else tempfile.gettempdir()


def _within(path: str) -> PurePosixPath:
    """Return a path inside as one below the folder. Raises ValueError."""
    given = PurePosixPath(path)
    if given == PurePosixPath(BOX) or not given.is_relative_to(BOX) or ".." in given.parts:
        raise ValueError(f"{path} is no file of a program: it is not below {BOX}")
    return given.relative_to(BOX)


def _open_folder(path: Path) -> None:
    with suppress(FileExistsError):
        path.mkdir()
        path.chmod(0o755)
