"""The master keys: they wrap the data keys, and each can forget one of them for good.

Kept outside the database, so that a copy of it is worth nothing without them. A master key is the
root of a binary tree of secrets (Goldreich, Goldwasser, Micali: "How to Construct Random
Functions", J. ACM 33, 1986), and a data key's id the path to its leaf. To forget a leaf is to keep,
in place of the nodes above it, their other children: everything else can be derived as before, and
that one never again, not even to read an old copy of the database.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import os
import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.ledger.sealed import ID_BYTES, NONCE_BYTES

SIZE_BYTES = 32
MARK_BYTES = 4
_MARKING = "0" * 16
"""The id of the data key that is nobody's: it is never destroyed."""
UNMARKED = bytes(MARK_BYTES)
_UNMARKED_BYTES = NONCE_BYTES + SIZE_BYTES + 16
"""Nonce, data key and tag: what was wrapped before there were marks."""
HEAD = """\
# Atelier's master keys, the first of which wraps. Without this file nobody can read the database.
# Keep one copy elsewhere, and replace that after every `atelier erase`.
"""
_SHAPE = "32 random bytes in base64, such as `openssl rand -base64 32` prints"
_URL_SAFE = str.maketrans("-_", "+/")


class KeysUnusable(Exception):  # noqa: N818 - reads as the state it names
    """The master keys are missing or do not fit; the message is one sentence for the operator."""


class Forgotten(Exception):  # noqa: N818 - reads as the state it names
    """No master key can unwrap this data key (any more)."""


class Foreign(Forgotten):
    """Another master key wrapped this data key, which is not here, or not yet."""


@dataclass(frozen=True, slots=True)
class Master:
    """One master key: what is left of its tree, as secrets by the path of bits that leads there."""

    nodes: Mapping[str, bytes] = field(repr=False)

    def leaf(self, key_id: str) -> bytes:
        """Return the secret that wraps one data key. Raises Forgotten."""
        path, top = _path(key_id), self._above(key_id)
        secret = self.nodes[top]
        for bit in path[len(top) :]:
            secret = _child(secret, bit)
        return secret

    def without(self, key_id: str) -> "Master":
        """Return the key that has forgotten one data key, and nothing else. Raises Forgotten."""
        path, top = _path(key_id), self._above(key_id)
        nodes = dict(self.nodes)
        secret = nodes.pop(top)
        for depth in range(len(top), len(path)):
            other = "1" if path[depth] == "0" else "0"
            nodes[path[:depth] + other] = _child(secret, other)
            secret = _child(secret, path[depth])
        return Master(nodes)

    @property
    def mark(self) -> bytes:
        """What stands before all that it wraps, so that one sees which master key that was.

        Of the one leaf that is never forgotten; zeros where it was.
        """
        with suppress(Forgotten):
            return hmac.digest(self.leaf(_MARKING), b"mark", hashlib.sha256)[:MARK_BYTES]
        return UNMARKED

    def knows(self, key_id: str) -> bool:
        """Tell whether it has not forgotten a data key."""
        with suppress(Forgotten):
            return self._above(key_id) is not None
        return False

    def _above(self, key_id: str) -> str:
        path = _path(key_id)
        for depth in range(len(path) + 1):
            if path[:depth] in self.nodes:
                return path[:depth]
        raise Forgotten(key_id)


@dataclass(frozen=True, slots=True)
class Masters:
    """Every master key that is in use; the first one wraps, each can unwrap."""

    keys: tuple[Master, ...]
    marks: tuple[bytes, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out once by which marks the keys are told apart."""
        object.__setattr__(self, "marks", tuple(master.mark for master in self.keys))

    def wrap(self, key_id: str, secret: bytes) -> bytes:
        """Encrypt a data key for the database, bound to its id. Raises Forgotten.

        4 bytes that say by which master key, 12 of nonce, then AES-GCM.
        """
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[0].leaf(key_id)).encrypt(nonce, secret, key_id.encode())
        return self.marks[0] + nonce + sealed

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Return a data key. Raises Forgotten, Foreign."""
        wrapping, rest = self._wrapping(wrapped), wrapped[len(_marked(wrapped)) :]
        nonce, sealed = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        for master in wrapping:
            with suppress(Forgotten, InvalidTag, ValueError):
                return AESGCM(master.leaf(key_id)).decrypt(nonce, sealed, key_id.encode())
        raise (Forgotten if wrapping else Foreign)(key_id)

    def know(self, key_id: str, wrapped: bytes = b"") -> bool:
        """Tell whether a data key has not been forgotten by what wrapped it; a foreign one is."""
        wrapping = self._wrapping(wrapped)
        return not wrapping or any(master.knows(key_id) for master in wrapping)

    def newest_wraps(self, wrapped: bytes) -> bool:
        """Tell whether it was the first key that wrapped this."""
        return _marked(wrapped) == self.marks[0] != UNMARKED

    def newest(self) -> "Masters":
        """Return only the one that wraps."""
        return Masters(self.keys[:1])

    def _wrapping(self, wrapped: bytes) -> Sequence[Master]:
        """Return the keys that may have wrapped this: without a mark that is any."""
        both, mark = zip(self.keys, self.marks, strict=True), _marked(wrapped) or UNMARKED
        return [master for master, own in both if mark == own or UNMARKED in {mark, own}]

    def without(self, key_ids: Iterable[str]) -> "Masters":
        """Return the keys that have forgotten these; those forgotten already change nothing."""
        keys = list(self.keys)
        for key_id in key_ids:
            for number, master in enumerate(keys):
                with suppress(Forgotten):
                    keys[number] = master.without(key_id)
        return replace(self, keys=tuple(keys))


def new_master() -> Master:
    """Make a master key."""
    return Master({"": os.urandom(SIZE_BYTES)})


def parsed(lines: Sequence[str], where: str) -> Masters:
    """Read master keys, one a line, first the one that wraps. Raises KeysUnusable."""
    if not lines:
        raise KeysUnusable(f"There is no master key in {where}: write one there, {_SHAPE}.")
    try:
        return Masters(tuple(Master(dict(map(_node, line.split()))) for line in lines))
    except (ValueError, binascii.Error) as error:
        raise KeysUnusable(f"{where} holds a line that is no master key: {_SHAPE}.") from error


def given(text: str) -> Masters:
    """Read master keys from a setting, with commas or spaces between. Raises KeysUnusable."""
    return parsed(re.split(r"[,\s]+", text.strip()), "the setting master_keys")


@dataclass(frozen=True, slots=True)
class MasterFile:
    """The file of the master keys: made once, readable by its owner alone."""

    path: Path

    def read(self) -> Masters | None:
        """Return its keys; None where there is no such file. Raises KeysUnusable."""
        try:
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            why = f"The master keys in {self.path} cannot be read: {type(error).__name__}."
            raise KeysUnusable(why) from error
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        return parsed(lines, str(self.path))

    def make(self) -> Masters:
        """Write a file with a new key, or return the keys of a process that was faster."""
        with self._locked():
            there = self.read()
            if there is None:
                there = Masters((new_master(),))
                self._write(there)
            return there

    def forget(self, key_ids: Sequence[str]) -> Masters | None:
        """Forget data keys for good and return what is left; None where there is no such file."""
        with self._locked():
            there = self.read()
            if there is None:
                return None
            left = there.without(key_ids)
            if left != there:
                self._write(left)
            return left

    def add(self, master: Master) -> None:
        """Put a new key first, which wraps from now on. Raises KeysUnusable."""
        with self._locked():
            there = self.read()
            if there is None:
                raise KeysUnusable(f"There is no master key in {self.path} to be replaced.")
            self._write(Masters((master, *there.keys)))

    def drop(self) -> int:
        """Remove every key but the first; return how many those were."""
        with self._locked():
            there = self.read()
            if there is None or len(there.keys) == 1:
                return 0
            self._write(there.newest())
            return len(there.keys) - 1

    def _write(self, masters: Masters) -> None:
        """Replace the file, whole and durably."""
        lines = "".join(_line(master) + "\n" for master in masters.keys)
        new = self.path.with_name(f"{self.path.name}.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(HEAD + lines)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Generator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f"{self.path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _marked(wrapped: bytes) -> bytes:
    return b"" if len(wrapped) in {0, _UNMARKED_BYTES} else wrapped[:MARK_BYTES]


def _path(key_id: str) -> str:
    return f"{int(key_id, 16):0{ID_BYTES * 8}b}"


def _child(secret: bytes, bit: str) -> bytes:
    return hmac.digest(secret, bit.encode(), hashlib.sha256)


def _line(master: Master) -> str:
    """Write a key down: `path:secret` of each node, and of a whole key just the secret."""
    parts = ((path, base64.b64encode(secret).decode()) for path, secret in master.nodes.items())
    return " ".join(f"{path}:{secret}" if path else secret for path, secret in sorted(parts))


def _node(part: str) -> tuple[str, bytes]:
    path, _, text = part.rpartition(":")
    secret = base64.b64decode(text.translate(_URL_SAFE), validate=True)
    if len(secret) != SIZE_BYTES or not set(path) <= set("01"):
        raise ValueError(path)
    return path, secret
