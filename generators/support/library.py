"""The knowledge bases on disk: one JSON Lines file for each, replaced as a whole or not at all."""

import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from generators.draft import PromptRejected
from generators.support.article import Article
from generators.support.reading import Skipped, markdown

DEMO = "demo"
"""The knowledge base that comes with the program, until one of this name is made."""

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


class NoSuchBase(PromptRejected):
    """There is no knowledge base of this name, or its name or file is not one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import did: ids that are new, ids whose text was replaced, and what was skipped."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    skipped: tuple[Skipped, ...]


class Library:
    """The folder of knowledge bases. Its methods read and write files and block."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is added."""
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of the bases that hold something; just "demo" when nothing was added."""
        found = sorted(path.stem for path in self._folder.glob("*.jsonl"))
        return [name for name in found if _NAME.fullmatch(name)] or [DEMO]

    def file(self, name: str) -> Path:
        """Return where a base is stored; raise `NoSuchBase` for what cannot be a name."""
        if not _NAME.fullmatch(name):
            raise NoSuchBase("A knowledge base's name is letters, digits, - and _.")
        return self._folder / f"{name}.jsonl"

    def stamp(self, name: str) -> tuple[int, int]:
        """Return a mark that changes with the base's file; zeros for the demo that comes along."""
        path = self.file(name)
        if not path.exists():
            return (0, 0)
        told = path.stat()
        return (told.st_mtime_ns, told.st_size)

    def articles(self, name: str) -> list[Article]:
        """Return a base's articles in the order in which they were first added."""
        path = self.file(name)
        if not path.exists():
            if name == DEMO:
                return demo()
            raise NoSuchBase(f"There is no knowledge base named {name}.")
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            return [Article(**json.loads(line)) for line in lines if line]
        except (OSError, ValueError, TypeError) as error:
            raise NoSuchBase(f"The file of the knowledge base {name} cannot be read.") from error

    def add(self, name: str, found: Iterable[Article | Skipped]) -> Report:
        """Add articles to a base; one whose id is there already is replaced in its place."""
        path = self.file(name)
        before = {one.id: one for one in self.articles(name)} if path.exists() else {}
        taken: dict[str, Article] = {}
        skipped: list[Skipped] = []
        for one in found:
            if isinstance(one, Skipped):
                skipped.append(one)
            elif one.id in taken:
                skipped.append(Skipped(one.id, "the same id stood earlier in this import"))
            else:
                taken[one.id] = one
        if taken:
            self._write(path, list({**before, **taken}.values()))
        return _report(before.keys(), taken, skipped)

    def _write(self, path: Path, articles: Sequence[Article]) -> None:
        lines = (json.dumps(asdict(one), ensure_ascii=False) for one in articles)
        replace_file(path, "".join(f"{_one_line(line)}\n" for line in lines).encode())


def _report(before: Iterable[str], taken: Iterable[str], skipped: Sequence[Skipped]) -> Report:
    known = set(before)
    return Report(
        added=tuple(name for name in taken if name not in known),
        replaced=tuple(name for name in taken if name in known),
        skipped=tuple(skipped),
    )


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


def demo() -> list[Article]:
    """Return the articles of the invented shop Lanternfish Outdoor, in English and Chinese."""
    pages = sorted(
        files("generators.support").joinpath("demo").iterdir(), key=lambda page: page.name
    )
    return [markdown(page.read_text(encoding="utf-8"), stem=page.name[:-3]) for page in pages]
