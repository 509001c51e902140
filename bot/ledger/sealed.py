"""A value that only one person's key opens, and only in the place that it was sealed for."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ID_BYTES = 8
"""Of a data key's id, which is random."""
NONCE_BYTES = 12
_VERSION = b"\x01"
_HEAD_BYTES = len(_VERSION) + ID_BYTES
_NONCE_END = _HEAD_BYTES + NONCE_BYTES


class Unreadable(Exception):  # noqa: N818 - reads as the state it names
    """A sealed value does not open: its key is gone, or it is not what was sealed here."""


class DataKey:
    """One person's key. A sealed value: 1 byte version, 8 of the key's id, 12 nonce, then AES-GCM.

    `place` names table, column and row, and is authenticated with the value (NIST SP 800-38D): what
    was moved to another row or column does not open.
    """

    __slots__ = ("_cipher", "_head", "_secret", "id")

    def __init__(self, key_id: str, secret: bytes) -> None:
        """Take the id, 16 hexadecimal digits, and the 32 bytes of AES-256."""
        self.id = key_id
        self._head = _VERSION + bytes.fromhex(key_id)
        self._secret = secret
        self._cipher = AESGCM(secret)

    def seal(self, place: str, plain: str | bytes) -> bytes:
        """Encrypt words or bytes for one place."""
        data = plain.encode("utf-8", "surrogatepass") if isinstance(plain, str) else plain
        nonce = os.urandom(NONCE_BYTES)
        return self._head + nonce + self._cipher.encrypt(nonce, data, place.encode())

    def open(self, place: str, sealed: bytes) -> bytes:
        """Return the bytes that were sealed for this place. Raises Unreadable."""
        try:
            if not sealed.startswith(self._head):
                raise Unreadable(place)
            nonce, rest = sealed[_HEAD_BYTES:_NONCE_END], sealed[_NONCE_END:]
            return self._cipher.decrypt(nonce, rest, place.encode())
        except (InvalidTag, TypeError, ValueError) as error:  # SQLite may hold text in its place
            raise Unreadable(place) from error

    def read(self, place: str, sealed: bytes) -> str:
        """Return the words that were sealed for this place. Raises Unreadable."""
        return self.open(place, sealed).decode("utf-8", "surrogatepass")

    def mark(self, sha256: str) -> str:
        """Return what stands for a content's hash: equal for equal contents, and not to be guessed.

        The hash itself would tell anybody who has the database whether a short text was said.
        """
        return self.derived("mark", sha256.encode()).hex()

    def derived(self, purpose: str, message: bytes) -> bytes:
        """Return 32 bytes that only this key can make from a message, for one purpose."""
        return hmac.digest(
            hmac.digest(self._secret, purpose.encode(), hashlib.sha256), message, hashlib.sha256
        )


def key_id_of(sealed: bytes) -> str:
    """Return the id of the key that a value was sealed with; empty where it was not sealed."""
    if not isinstance(sealed, bytes) or not sealed.startswith(_VERSION):
        return ""
    return sealed[len(_VERSION) : _HEAD_BYTES].hex()
