"""Looks for words that must not be anywhere: what was asked, what was answered, tokens.

As `strings` would, in the bytes of files: the ledger's, its journal's, a backup's, and all logs.
"""

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.bot.postgres import programs
from tests.faults.scene import PROMPT_CANARY, TOKENS, Scene
from tests.faults.scripted import OUTPUT_CANARY

CONTENT = (PROMPT_CANARY.encode(), OUTPUT_CANARY.encode())
SECRETS = tuple(token.encode() for token in TOKENS)


async def leaks(scene: Scene) -> list[str]:
    """Return where something was found: a word, and the name of the file."""
    if scene.on_sqlite:
        saved = await scene.atelier("db", "backup", str(scene.folder / "data" / "backup.db"))
        assert saved.status == 0, saved.logged()
        files = [*(scene.folder / "data").rglob("*")]
    else:
        _dump(scene)
        files = [*_cluster(scene), scene.folder / "backup.sql"]
    logs = [file for each in scene.processes for file in (each.out, each.log)]
    return list(_found([*files, *logs], (*CONTENT, *SECRETS)))


def _dump(scene: Scene) -> None:
    """Back the ledger up as docs/operating.md says, where the server's machine has pg_dump."""
    program = programs() / "pg_dump"
    if program.exists():
        command = [str(program), "--dbname", scene.database, "--file", "backup.sql"]
        subprocess.run(command, cwd=scene.folder, check=True)  # noqa: S603 - the server's own


def _cluster(scene: Scene) -> Iterator[Path]:
    """Yield the files of the ledger in PostgreSQL, and those of the server's journal."""
    scene.rows("CHECKPOINT")  # what is only in memory yet shall be looked at, too
    asked = "SELECT current_setting('data_directory'), oid FROM pg_database"
    ((folder, oid),) = scene.rows(f"{asked} WHERE datname = current_database()")
    yield from (Path(folder) / "base" / str(oid)).iterdir()
    yield from (Path(folder) / "pg_wal").iterdir()


def _found(files: Iterable[Path], words: tuple[bytes, ...]) -> Iterator[str]:
    for path in files:
        content = path.read_bytes() if path.is_file() else b""
        for word in words:
            if word in content:
                yield f"{word.decode()} in {path.name}"
