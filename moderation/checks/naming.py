"""What the name of a setting says of its value: a password, a key, or nothing secret at all.

Reads `dbPassword`, `DB_PASSWORD`, `db-password` and `数据库密码` by their words; the last decides.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[^\x00-\x7f]+")
_HARMLESS: Final = frozenset(
    {"public", "pub", "primary", "foreign", "sort", "partition", "cache", "idempotency", "object"}
    | {"next", "page", "continuation", "cursor", "translation", "design", "keyword", "keywords"}
    | {"author", "authors", "authority", "keyboard", "monkey", "hash", "sha", "checksum", "digest"}
    | {"fingerprint", "max", "min", "num", "count", "csrf", "xsrf", "host", "known", "i18n", "lock"}
    | {
        "secretsmanager",
        "secretmanager",
        "commit",
        "etag",
        "integrity",
        "compass",
        "bypass",
        "passenger",
        "passed",
        "passing",
    }
    | {"authenticated", "resource", "completion", "keyring", "keystone", "usage", "input", "output"}
)
"""Words that make of a key or token one that may be shown."""
_LABELS: Final = frozenset(
    {"id", "ids", "name", "names", "url", "uri", "path", "file", "filename", "type", "length"}
    | {"expires", "expiry", "expiration", "ttl", "version", "header", "prefix", "suffix", "arn"}
    | {"algorithm", "alg", "scope", "scopes", "kid", "index", "field", "column", "number", "label"}
    | {"issuer", "audience", "endpoint", "ref", "env", "policy", "method", "mode", "provider", "at"}
    | {"strength", "reset", "hint", "manager", "regex", "pattern", "format", "date", "time"}
    | {"usage", "rotation", "store", "alias", "domain", "server", "realm", "timeout", "rules"}
    | {"enabled", "required", "identifier", "usages", "limit", "budget", "owner", "group", "role"}
    | {"class", "code", "dir", "size"}
)
"""Last words that say something about a secret, not the secret."""
_PASSWORDS: Final = frozenset(
    {"password", "passwd", "pwd", "pass", "passphrase", "passcode", "passwort", "userpass", "pw"}
    | {"adminpass", "dbpass", "mypass", "rootpw", "bindpw", "psk", "密码", "口令"}
)
_PASSWORD_ENDINGS: Final = ("pass", "password", "passwd", "passphrase", "passwort", "authtok")
_KEYS: Final = frozenset(
    {"secret", "token", "apikey", "credential", "credentials", "authtoken", "secretkey"}
    | {"accesskey", "密钥", "秘钥", "令牌", "凭证"}
)


class Meaning(StrEnum):
    """What a name says of its value."""

    PASSWORD = "password"  # noqa: S105 - the name of a meaning
    KEY = "key"
    PERHAPS = "perhaps"
    """It has a word for a secret, but does not end with it."""
    HARMLESS = "harmless"


@lru_cache(maxsize=4096)
def meaning(name: str) -> Meaning:
    """Return what a name says of its value.

    >>> [meaning(name).value for name in ("dbPassword", "signing_key", "salt", "publicKey")]
    ['password', 'key', 'perhaps', 'harmless']
    """
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _LABELS or not _HARMLESS.isdisjoint(words):
        return Meaning.HARMLESS
    if words[-1] in _PASSWORDS or words[-1].endswith(_PASSWORD_ENDINGS):
        return Meaning.PASSWORD
    if name.isupper() and words[-1] == "secret" and len(words) > 1:
        return Meaning.PASSWORD  # JWT_SECRET, which people choose themselves
    named = words[-1] in _KEYS or (words[-1] == "key" and len(words) > 1)
    return Meaning.KEY if named else Meaning.PERHAPS
