"""`atelier train gan`, `text-lora`, `image-lora`, `promote`, `back`, and what is measured of them.

Here the data are judged and adapters are promoted, without torch; the training is a process.
"""

import asyncio
import json
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer

from bot import promoting
from bot.admitting import admitted, judging
from bot.commands import Data, settings_of, tell
from bot.processes import become
from bot.settings import Settings, SettingsError
from generators import adapters
from generators.adapters import Shelf
from generators.dataset import Kind
from generators.material import SUMMARY, Material

MODULE: Final = "generators.training"
RUNS: Final = "training"
GAN: Final = "gan"
SUITE: Final = "suite.json"
_KINDS: Final[dict[str, Kind]] = {"gan": "pictures", "text-lora": "text", "image-lora": "captions"}

Name = Annotated[str, typer.Argument(help="Of the adapter: letters, digits, - and _.")]
Run = Annotated[Path | None, typer.Option(help="Folder of this training.")]
Steps = Annotated[int | None, typer.Option(help="At most; it ends earlier where nothing helps.")]
Seed = Annotated[int | None, typer.Option(help="Of all that is drawn by chance.")]
Side = Annotated[int | None, typer.Option(help="Of a picture, in pixels.")]
Threads = Annotated[int, typer.Option(help="Of the processor; 0: as many as it has.")]
Rank = Annotated[int | None, typer.Option(help="Of the adapter's matrices.")]
Folder = Annotated[Path, typer.Argument(help="Folder with DATASET.toml and the rows.")]


def train_gan(  # noqa: PLR0913 - each is an option of the command line
    folder: Folder,
    *,
    run: Run = None,
    steps: Steps = None,
    side: Side = None,
    seed: Seed = None,
    samples: Annotated[int, typer.Option(help="Draw so many, as data of their own.")] = 0,
    threads: Threads = 0,
    data: Data = None,
) -> None:
    """Train a generator of small pictures from nothing, or go on with it."""
    settings = settings_of(data)
    where = run or settings.data / RUNS / GAN
    _judge(settings, folder, where, GAN, seed)
    given = _given(steps=steps, seed=seed, side=side, samples=samples or None)
    _become(threads, [GAN, "--run", str(where), *given])


def train_text_lora(  # noqa: PLR0913 - each is an option of the command line
    name: Name,
    folder: Folder,
    *,
    base: Annotated[str, typer.Option(help="A folder or a hub id; else the settings'.")] = "",
    run: Run = None,
    steps: Steps = None,
    rank: Rank = None,
    seed: Seed = None,
    threads: Threads = 0,
    data: Data = None,
) -> None:
    """Train an adapter of a language model on conversations; it becomes a candidate."""
    settings = settings_of(data)
    options = _given(base=base or settings.engine.text_model, steps=steps, rank=rank, seed=seed)
    _adapter(settings, "text-lora", name, folder, (run, seed, threads, options))


def train_image_lora(  # noqa: PLR0913 - each is an option of the command line
    name: Name,
    folder: Folder,
    *,
    base: Annotated[str, typer.Option(help="A folder or a hub id; else the settings'.")] = "",
    run: Run = None,
    steps: Steps = None,
    rank: Rank = None,
    side: Side = None,
    seed: Seed = None,
    threads: Threads = 0,
    data: Data = None,
) -> None:
    """Train an adapter of a picture model on pictures with captions; it becomes a candidate."""
    settings = settings_of(data)
    base = base or settings.engine.image_model
    if not base:
        raise SettingsError("No picture model is configured: give --base, or engine.image_model.")
    options = _given(base=base, steps=steps, rank=rank, side=side, seed=seed)
    _adapter(settings, "image-lora", name, folder, (run, seed, threads, options))


def promote(
    name: Name,
    seen_by: Annotated[str, typer.Option(help="Who looked at the suite's pictures.")] = "",
    data: Data = None,
) -> None:
    """Put a candidate in use if it is better and the moderation suite is no worse; else exit 1."""
    decision = asyncio.run(_promote(settings_of(data), name, seen_by))
    tell(asdict(decision))
    raise typer.Exit(0 if decision.promoted else 1)


def back(name: Name, data: Data = None) -> None:
    """Use again what was in use before an adapter was promoted."""
    shelf = adapters.shelf(settings_of(data).data, name)
    left = shelf.now()
    tell({"name": name, "left": left, "in_use": shelf.back().in_use})


def evaluate_gan(run: Run = None, threads: Threads = 0, data: Data = None) -> None:
    """Measure a generator of small pictures on what was held out; one JSON line."""
    where = run or settings_of(data).data / RUNS / GAN
    _become(threads, ["evaluate-gan", "--run", str(where)])


def evaluate_text(name: Name, run: Run = None, threads: Threads = 0, data: Data = None) -> None:
    """Measure an adapter and its base on what was held out; one JSON line."""
    settings = settings_of(data)
    shelf = adapters.shelf(settings.data, name)
    state = shelf.state()
    version = shelf.version(state.candidate or state.in_use)
    where = run or settings.data / RUNS / "text-lora" / name
    _become(threads, ["evaluate-text", "--run", str(where), "--adapter", str(version)])


async def _promote(settings: Settings, name: str, seen_by: str) -> promoting.Decision:
    shelf = adapters.shelf(settings.data, name)
    pictures = shelf.state().kind == "image"
    async with judging(settings, pictures=pictures) as gate:
        return await promoting.decided(shelf, gate, seen_by)


def _adapter(
    settings: Settings,
    what: str,
    name: str,
    folder: Path,
    given: tuple[Path | None, int | None, int, list[str]],
) -> None:
    shelf: Shelf = adapters.shelf(settings.data, name)
    run, seed, threads, options = given
    where = run or settings.data / RUNS / what / name
    _judge(settings, folder, where, what, seed)
    prompts = promoting.suite("text" if what == "text-lora" else "image")
    where.joinpath(SUITE).write_text(json.dumps(prompts, ensure_ascii=False), encoding="utf-8")
    _become(threads, [what, "--run", str(where), "--shelf", str(shelf.folder), *options])


def _judge(settings: Settings, folder: Path, where: Path, what: str, seed: int | None) -> None:
    """Let the gate judge the data, and say on stderr what came of it."""
    kind = _KINDS[what]

    async def judged() -> Material:
        async with judging(settings, pictures=kind != "text") as gate:
            return await admitted(folder, where, kind, seed or 1, gate)

    _installed()
    summary = asyncio.run(judged()).summary
    reasons = ", ".join(f"{name} {count}" for name, count in summary.left_out.items())
    typer.echo(
        f"{summary.read} rows: {summary.learned} to learn, {summary.held_out} held out by "
        f"{summary.split}, {summary.redacted} redacted, {summary.duplicates} twice; "
        f"left out: {reasons or 'none'} ({where / SUMMARY})",
        err=True,
    )


def _given(**options: str | int | None) -> list[str]:
    found = ((f"--{name}", str(value)) for name, value in options.items() if value is not None)
    return [part for option in found for part in option]


def _installed() -> None:
    missing = [name for name in ("torch", "diffusers", "peft") if find_spec(name) is None]
    if missing:
        raise SettingsError(
            f"Training needs {', '.join(missing)}, which is not installed here: "
            "pip install 'atelier[train]'."
        )


def _become(threads: int, arguments: list[str]) -> None:
    _installed()
    become([MODULE, "--threads", str(threads), *arguments])
