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

    def wrap(self, key_id: str, secret: bytes) -> bytes:
        """Encrypt a data key for the database, bound to its id. Raises Forgotten."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self.keys[0].leaf(key_id)).encrypt(nonce, secret, key_id.encode())

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Return a data key. Raises Forgotten."""
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        for master in self.keys:
            with suppress(Forgotten, InvalidTag, ValueError):
                return AESGCM(master.leaf(key_id)).decrypt(nonce, sealed, key_id.encode())
        raise Forgotten(key_id)

    def know(self, key_id: str) -> bool:
        """Tell whether a data key has not been forgotten."""
        return any(master.knows(key_id) for master in self.keys)

    def newest(self) -> "Masters":
        """Return only the one that wraps."""
        return Masters(self.keys[:1])

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
