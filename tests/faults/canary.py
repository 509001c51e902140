"""Looks for words that must not be anywhere: what was asked, what was answered, tokens.

As `strings` would: in the bytes of files, whatever they are.
"""

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults.scene import PROMPT_CANARY, TOKENS, Scene
from tests.faults.scripted import OUTPUT_CANARY

CONTENT = (PROMPT_CANARY.encode(), OUTPUT_CANARY.encode())
SECRETS = tuple(token.encode() for token in TOKENS)
ENCRYPTED = importlib.util.find_spec("bot.ledger.keys") is not None
"""Whether the ledger keeps content under keys, so that none may be read in its files."""


def leaks(scene: Scene) -> list[str]:
    """Return where something was found: a file, and a word."""
    found = list(_found((bot.log for bot in scene.bots), (*CONTENT, *SECRETS)))
    words = (*CONTENT, *SECRETS) if ENCRYPTED else SECRETS
    return found + list(_found(_database(scene), words))


def _database(scene: Scene) -> Iterator[Path]:
    """Yield the files of the ledger, of its journal and of its backups."""
    if scene.database.startswith("sqlite"):
        yield from (scene.folder / "data").rglob("*")
        return
    scene.rows("CHECKPOINT")  # what is only in memory yet shall be looked at, too
    ((folder,),) = scene.rows("SHOW data_directory")
    for part in ("base", "pg_wal"):
        yield from (Path(folder) / part).rglob("*")


def _found(files: Iterable[Path], words: tuple[bytes, ...]) -> Iterator[str]:
    for path in files:
        content = path.read_bytes() if path.is_file() else b""
        for word in words:
            if word in content:
                yield f"{word.decode()} in {path.name}"
