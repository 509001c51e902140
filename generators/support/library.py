"""The knowledge bases on disk: one JSON Lines file for each, replaced as a whole or not at all."""

import fcntl
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generators.support.article import Article
from generators.support.bases import (
    Ask,
    Entry,
    Import,
    Matrix,
    NoSuchBase,
    Removed,
    Report,
    Stamp,
    beside,
    checked,
    entry,
    missing,
    noted,
    now,
    searched,
)
from generators.support.fields import Skipped


class Library:
    """The folder of knowledge bases. Implements `generators.support.bases.Bases`."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is added."""
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of the bases that hold something; "demo" where nothing was added."""
        return searched(path.stem for path in self._folder.glob("*.jsonl"))

    def file(self, name: str) -> Path:
        """Return where a base is stored; raise `NoSuchBase` for what cannot be a name."""
        return self._folder / f"{checked(name)}.jsonl"

    def has(self, name: str) -> bool:
        """Say whether a base was made; the demo that comes along was not."""
        return self.file(name).exists()

    def stamp(self, name: str) -> Stamp:
        """Return a mark that changes with the base's file; zeros for the demo that comes along."""
        path = self.file(name)
        if not path.exists():
            return (0, 0)
        told = path.stat()
        return (told.st_mtime_ns, told.st_size)

    def stamps(self, name: str = "") -> Mapping[str, Stamp]:
        """Return the mark of a base, or of each."""
        return {each: self.stamp(each) for each in ([name] if name else self.names())}

    def articles(self, name: str) -> list[Article]:
        """Return a base's articles in the order in which they were first added."""
        if not self.has(name):
            return missing(name)
        return [one for one in self.entries(name) if isinstance(one, Article)]

    def removed(self, name: str) -> list[Removed]:
        """Return what is left of the documents that were taken out of a base."""
        if not self.has(name):
            return []
        return [one for one in self.entries(name) if isinstance(one, Removed)]

    def add(self, name: str, found: Iterable[Article | Skipped]) -> Report:
        """Add articles to a base; one whose id is there already is replaced in its place.

        Nothing is written before everything was read, and nothing where nothing is new.
        """
        given = Import.of(found)
        with self._alone(self.file(name), made=bool(given.taken)):
            before = self._before(name)
            written, report = given.into(before, beside(before, given.taken))
            if written:
                self._write(name, {**before, **written})
        return report

    def remove(self, name: str, ids: Sequence[str]) -> list[str]:
        """Take documents out of a base; return the ids of those that were in it.

        Raises `NoSuchBase` where there is none of this name, or only the demo that comes along.
        """
        if not self.has(name):
            raise NoSuchBase(f"There is no knowledge base named {name}.")
        with self._alone(self.file(name), made=True):
            before = self._before(name)
            out = [each for each in dict.fromkeys(ids) if isinstance(before.get(each), Article)]
            left = {each: Removed(each, before[each].version, now()) for each in out}
            if out:
                self._write(name, {**before, **left})
        return out

    def entries(self, name: str) -> list[Entry]:
        """Return all that a base's file holds; raise `NoSuchBase` where it cannot be read."""
        try:
            lines = self.file(name).read_text(encoding="utf-8").splitlines()
            return [entry(json.loads(line)) for line in lines if line]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise NoSuchBase(f"The file of the knowledge base {name} cannot be read.") from error

    def put(self, name: str, entries: Sequence[Entry]) -> bool:
        """Make a base of what another place held; do nothing and return False if it is there."""
        with self._alone(self.file(name), made=True):
            if self.has(name):
                return False
            self._write(name, {one.id: one for one in entries})
        return True

    def rows(self, name: str) -> "RowsFile":
        """Return the file of a base's vectors, which need not exist."""
        return RowsFile(self.file(name).with_suffix(".npz"))

    def asks(self, pieces: int) -> bool:
        """Return False: a folder compares nothing."""
        del pieces
        return False

    def nearest(self, names: Sequence[str], model: str, keys: Sequence[str]) -> Ask | None:
        """Return None, as `asks` says."""
        del names, model, keys

    def _before(self, name: str) -> dict[str, Entry]:
        return {one.id: one for one in self.entries(name)} if self.has(name) else {}

    def _write(self, name: str, entries: Mapping[str, Entry]) -> None:
        lines = (json.dumps(noted(one), ensure_ascii=False) for one in entries.values())
        replace_file(self.file(name), "".join(f"{_one_line(line)}\n" for line in lines).encode())

    @contextmanager
    def _alone(self, path: Path, *, made: bool) -> Iterator[None]:
        """Hold a base against other imports, which wait; the file `.NAME.lock` stays."""
        if not made:
            yield
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f".{path.stem}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True, slots=True)
class RowsFile:
    """The vectors of one base in a file. A damaged file is as good as none."""

    file: Path

    def read(self) -> dict[str, Matrix]:
        """Return every vector by its key."""
        try:
            with np.load(io.BytesIO(self.file.read_bytes()), allow_pickle=False) as stored:
                vectors = np.asarray(stored["vectors"], dtype=np.float32)
                return dict(zip(stored["keys"].tolist(), vectors, strict=True))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return {}

    def write(self, model: str, rows: Mapping[str, Matrix]) -> None:
        """Keep these vectors and no others; the key says which model's they are."""
        del model
        content = io.BytesIO()
        if rows:
            np.savez(content, keys=np.array(list(rows)), vectors=np.stack(list(rows.values())))
        replace_file(self.file, content.getvalue())


def _one_line(text: str) -> str:
    """Escape the line ends that JSON leaves alone and `str.splitlines` does not."""
    return re.sub("[\x85\u2028\u2029]", lambda mark: f"\\u{ord(mark[0]):04x}", text)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as new:
        try:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        except OSError:
            Path(new.name).unlink()
            raise
    Path(new.name).replace(path)
