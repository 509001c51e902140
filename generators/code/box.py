"""What a program in the sandbox sees: bubblewrap's arguments, and the Python that is visible.

Everything is read-only but /tmp and /dev/shm, which are memory with a limit and vanish with it.
"""

import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BOX: Final = "/box"
"""Where all files of a program lie inside."""
CODE: Final = f"{BOX}/code"
"""Where its own lie, and its tests."""
SCRATCH: Final = "/tmp"  # noqa: S108 - it is the sandbox's own
SHARED: Final = "/dev/shm"  # noqa: S108 - it is the sandbox's own
"""The two folders inside that can be written."""
_USR: Final = Path("/usr")
_OURS: Final = Path(__file__).resolve().parents[2]
_TOP: Final = ("bin", "sbin", "lib", "lib32", "lib64")
_PACKAGES: Final = ("python3*/site-packages", "python3*/dist-packages")
_HIDDEN: Final = ("src", "local/src", "local/etc")
_SMALL_BYTES: Final = 4096
_SHARED_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """An interpreter by its real path, and the folder to show for it where /usr is not enough."""

    path: str
    prefix: Path | None = None


def pythons(uid: int | None) -> Iterator[Python]:
    """Yield the interpreters that the user may run: the one that runs us first.

    `uid` is the user that the sandbox will drop to; None: it stays this one.
    """
    own = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    readable = _open_to_us if uid is None else _open_to_all
    for path in (own, _USR / "bin/python3", _USR / "local/bin/python3"):
        if os.access(path, os.X_OK) and readable(real := path.resolve()):
            prefix = None if real.is_relative_to(_USR) else Path(sys.base_prefix).resolve()
            yield Python(path=str(real), prefix=prefix)


def _open_to_all(path: Path) -> bool:
    needed = stat.S_IXOTH
    return all(each.stat().st_mode & needed for each in (path, *path.parents))


def _open_to_us(path: Path) -> bool:
    return os.access(path, os.X_OK | os.R_OK)


def arguments(python: Python | None, scratch_bytes: int) -> list[str]:
    """Return bubblewrap's arguments, but for the folder of the program and the filter.

    `--as-pid-1` and the empty environment of the caller together keep /proc/1/environ empty
    (https://github.com/containers/bubblewrap/issues/725).
    """
    apart = ["--unshare-all", "--new-session", "--die-with-parent", "--as-pid-1", "--clearenv"]
    names = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": SCRATCH, "LANG": "C.UTF-8"}
    environment = [part for name, value in names.items() for part in ("--setenv", name, value)]
    return [*apart, "--hostname", "sandbox", *environment, *_system(python), *_own(scratch_bytes)]


def sealed() -> list[str]:
    """Return the arguments that come after all mounts: nothing else can be written."""
    return ["--remount-ro", "/", "--chdir", SCRATCH]


def _system(python: Python | None) -> Iterator[str]:
    yield from ("--ro-bind", str(_USR), str(_USR))
    for name in _TOP:
        yield from _linked(Path("/", name))
    yield from ("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache")
    yield from ("--ro-bind-try", "/etc/alternatives", "/etc/alternatives")
    shown = [_USR]
    if python is not None and python.prefix is not None:
        shown.append(python.prefix)
        yield from ("--ro-bind", str(python.prefix), str(python.prefix))
    for path in sorted(_hidden(shown)):
        yield from ("--size", str(_SMALL_BYTES), "--tmpfs", str(path), "--remount-ro", str(path))


def _linked(path: Path) -> tuple[str, ...]:
    if path.is_symlink():
        return ("--symlink", str(path.readlink()), str(path))
    return ("--ro-bind-try", str(path), str(path))


def _hidden(shown: list[Path]) -> set[Path]:
    """Return the folders below what is shown that hold packages (ours among them) or settings."""
    roots = [root for top in shown for root in (top / "lib", top / "local/lib")]
    found = {path for root in roots for form in _PACKAGES for path in root.glob(form)}
    found |= {_USR / name for name in _HIDDEN if (_USR / name).is_dir()}
    found = {path for path in found if os.access(path, os.R_OK)}
    if any(_OURS.is_relative_to(top) for top in shown):
        found.add(_OURS)
    return {path.resolve() for path in found if any(path.iterdir())}


def _own(scratch_bytes: int) -> Iterator[str]:
    yield from ("--proc", "/proc", "--dev", "/dev")
    yield from ("--size", str(_SHARED_BYTES), "--tmpfs", SHARED, "--remount-ro", "/dev")
    yield from ("--size", str(scratch_bytes), "--tmpfs", SCRATCH)
