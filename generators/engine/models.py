"""`python -m generators.engine.models`: which models are on this machine, and fetching one.

`list` asks nobody; `pull` asks the hub that HF_ENDPOINT names, or huggingface.co.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from huggingface_hub import CachedRepoInfo, CachedRevisionInfo, constants, scan_cache_dir
from huggingface_hub.errors import CacheNotFound

from generators.engine.fetching import Shown
from generators.engine.hub import Kind, NoModel, fetch, kind_of, look_up, size
from generators.engine.resolve import MINILM, cached, check_weights, resolve
from generators.logs import Lines, configure

KINDS: tuple[Kind, ...] = get_args(Kind)
_LICENCE = re.compile(r"^license:\s*([\w.-]+)\s*$", re.MULTILINE)
_HEAD_CHARS = 4096
"""Where a model card has its licence: https://huggingface.co/docs/hub/model-cards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model as `list` shows it."""

    id: str
    kind: Kind
    size_bytes: int
    licence: str
    revision: str
    used: str
    """The setting that names it, if one does."""
    usable: bool
    why_not: str


def main(arguments: Sequence[str] | None = None) -> int:
    """List or pull; returns the exit status."""
    options = _parser().parse_args(arguments)
    configure("auto", Lines(ours=("generators",)), "generators")
    try:
        return options.run(options)
    except NoModel as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2


def listed(configured: Mapping[Kind, Sequence[str]]) -> list[Model]:
    """Return what is configured, then whatever else the local cache has."""
    first = [
        _configured(kind, spec, f"more_{kind}_models" if at else f"{kind}_model")
        for kind, specs in configured.items()
        for at, spec in enumerate(specs)
        if spec
    ]
    named = {model.id for model in first}
    others = (_cached(repo) for repo in _repos() if repo.repo_id not in named)
    return [*first, *sorted((model for model in others if model), key=lambda model: model.id)]


def _configured(kind: Kind, spec: str, used: str) -> Model:
    try:
        folder = resolve(spec, kind, offline=True)
    except NoModel as error:
        sentence = f"{error.sentence} `atelier models pull {spec}` fetches it."
        why = sentence if _is_id(spec) else error.sentence
        return Model(
            id=spec, kind=kind, size_bytes=0, licence="", revision="", used=used, usable=False,
            why_not=why,
        )  # fmt: skip
    revision = folder.name if folder.parent.name == "snapshots" else ""
    return Model(
        id=spec, kind=kind, size_bytes=_size_bytes(folder), licence=_licence(folder),
        revision=revision, used=used, usable=True, why_not="",
    )  # fmt: skip


def _cached(repo: CachedRepoInfo) -> Model | None:
    revision = _current(repo)
    if revision is None:
        return None
    folder = revision.snapshot_path
    kind = kind_of({path.relative_to(folder).as_posix() for path in folder.rglob("*")})
    return Model(
        id=repo.repo_id, kind=kind, size_bytes=revision.size_on_disk, licence=_licence(folder),
        revision=revision.commit_hash, used="", usable=not (why := _why_not(repo.repo_id, kind)),
        why_not=why,
    )  # fmt: skip


def _current(repo: CachedRepoInfo) -> CachedRevisionInfo | None:
    """Return the revision that is loaded: the one that `main` was last seen at."""
    main = (one for one in repo.revisions if "main" in one.refs)
    return next(main, next(iter(repo.revisions), None))


def _why_not(spec: str, kind: Kind) -> str:
    try:
        folder = cached(spec, kind)
        if folder is None:
            return f"Not all of it is here; `atelier models pull {spec}` fetches the rest."
        check_weights(folder, kind, spec)
    except NoModel as error:
        return error.sentence
    return ""


def _repos() -> Iterator[CachedRepoInfo]:
    try:
        found = scan_cache_dir(constants.HF_HUB_CACHE)
    except CacheNotFound:
        return
    yield from (repo for repo in found.repos if repo.repo_type == "model")


def _is_id(spec: str) -> bool:
    return spec != MINILM and "/" in spec and not spec.startswith(("/", ".", "~"))


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _licence(folder: Path) -> str:
    card = folder / "README.md"
    if not card.is_file():
        return ""
    head = card.read_text(encoding="utf-8", errors="replace")[:_HEAD_CHARS]
    found = _LICENCE.search(head)
    return found[1] if found else ""


def _list(options: argparse.Namespace) -> int:
    models = listed({kind: getattr(options, f"{kind}_model") for kind in KINDS})
    if options.json:
        for model in models:
            print(json.dumps(asdict(model), ensure_ascii=False))  # noqa: T201 - what was asked for
    elif models:
        print("\n".join(_lines(models)))  # noqa: T201 - as above
    else:
        print("No model is configured, and none is in the cache.")  # noqa: T201 - as above
    return 0


def _lines(models: Sequence[Model]) -> Iterator[str]:
    """Yield a table, and below it why some of them cannot be used."""
    rows = [("MODEL", "KIND", "SIZE", "LICENCE", "REVISION", "SETTING", "USABLE")]
    rows += [
        (
            model.id,
            model.kind,
            size(model.size_bytes) if model.size_bytes else "-",
            model.licence or "-",
            model.revision[:8] or "-",
            model.used or "-",
            "yes" if model.usable else "no",
        )
        for model in models
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        told = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(told).rstrip()
    yield from (model.why_not for model in models if not model.usable)


def _pull(options: argparse.Namespace) -> int:
    if options.offline:
        raise NoModel("Downloads are off (`offline = true`), so nothing was fetched.")
    offer = look_up(options.id, options.kind)
    here = offer.here_bytes
    missing = size(offer.size_bytes - here)
    licence = offer.licence or "no licence named; read its page"
    sys.stderr.write(
        f"{offer.id}: {offer.kind} model, {size(offer.size_bytes)}, {missing} to fetch, "
        f"revision {offer.revision[:8]}, licence: {licence}\n"
    )
    folder = fetch(offer, Shown())
    check_weights(folder, offer.kind, offer.id)
    print(folder)  # noqa: T201 - what was asked for
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="atelier models", description=__doc__)
    commands = parser.add_subparsers(required=True)
    shows = commands.add_parser("list", help="what is configured and what is in the cache")
    for kind in KINDS:
        told = "what the settings name; several times for several models"
        shows.add_argument(f"--{kind}-model", action="append", default=[], help=told)
    shows.add_argument("--json", action="store_true", help="JSON Lines")
    shows.set_defaults(run=_list)
    pulls = commands.add_parser("pull", help="fetch a model from the hub")
    pulls.add_argument("id", help="its id on the hub, such as Qwen/Qwen3-0.6B")
    pulls.add_argument("--kind", choices=KINDS, help="if its files do not say it")
    pulls.add_argument("--offline", action="store_true", help="fetch nothing and say so")
    pulls.set_defaults(run=_pull)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
