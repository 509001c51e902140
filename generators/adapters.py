"""The adapters that were trained here: by name, each with its versions, of which one is in use.

A version is named by its weights and never changes. What is in use, what was before it and what
waits for a decision is one small file, so that going back is one write.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

FOLDER: Final = "adapters"
CARD: Final = "card.json"
STATE: Final = "state.json"
SUITE: Final = "suite.jsonl"
Kind = Literal["text", "image"]
WEIGHTS: Final[Mapping[Kind, str]] = {
    "text": "adapter_model.safetensors",
    "image": "pytorch_lora_weights.safetensors",
}
"""As peft and as diffusers name them."""
_VERSION_CHARS: Final = 12


class ShelfError(Exception):
    """An adapter, or a version of it, is not there or not what its card says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What an adapter is and is worth, for programs; `README.md` beside it is for people."""

    kind: Kind
    base: str
    """The model that it changes, as the settings name it."""
    weights_sha256: str
    data_sha256: str
    licence: str
    source: str
    consent: str
    seed: int
    steps: int
    seconds: float
    """Of the processor, for the training that ended with it."""
    held_out: float
    """The loss on what was held out; lower is better."""
    held_out_before: float
    """The same of what it would take the place of."""
    beside: str = ""
    """The version that it was measured beside; empty: the model without an adapter."""
    more: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Versions by name; empty where there is none."""

    kind: Kind
    in_use: str = ""
    candidate: str = ""
    earlier: tuple[str, ...] = ()
    """What was in use before, the latest last; "" is the model without an adapter."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All versions of one adapter."""

    folder: Path

    def state(self) -> State:
        """Return what is in use. Raises ShelfError where there is no adapter of that name."""
        try:
            told: dict[str, Any] = json.loads(
                self.folder.joinpath(STATE).read_text(encoding="utf-8")
            )
        except FileNotFoundError as error:
            raise ShelfError(
                f"No adapter {self.folder.name} was trained here: {self.folder} has none."
            ) from error
        told["earlier"] = tuple(told["earlier"])
        return State(**told)

    def now(self) -> str:
        """Return the version in use; empty where none is, or no adapter of that name is there."""
        return self.state().in_use if self.folder.joinpath(STATE).exists() else ""

    def version(self, name: str) -> Path:
        """Return the folder of a version."""
        return self.folder / name

    def card(self, version: str) -> Card:
        """Return a version's card. Raises ShelfError where the weights are not the card's."""
        folder = self.version(version)
        try:
            card = Card(**json.loads(folder.joinpath(CARD).read_text(encoding="utf-8")))
            found = sha256(folder / WEIGHTS[card.kind])
        except OSError as error:
            raise ShelfError(f"{folder} is no adapter that was trained here: {error}.") from error
        if found != card.weights_sha256:
            raise ShelfError(f"{folder} has other weights than its card tells of; train it anew.")
        return card

    def offer(self, made: Path, card: Card) -> str:
        """Take a folder with weights as the candidate; return its version. Raises ShelfError."""
        known = self.folder.joinpath(STATE).exists()
        state = self.state() if known else State(kind=card.kind)
        if state.kind != card.kind:
            raise ShelfError(f"{self.folder.name} is an adapter for {state.kind}; take a new name.")
        version = card.weights_sha256[:_VERSION_CHARS]
        if version in {state.in_use, *state.earlier}:
            raise ShelfError(f"{version} of {self.folder.name} is or was in use; nothing is new.")
        made.joinpath(CARD).write_text(json.dumps(asdict(card), indent=1), encoding="utf-8")
        there = self.version(version)
        if there.exists():
            shutil.rmtree(there)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, there)
        self._write(replace(state, candidate=version))
        return version

    def promote(self) -> State:
        """Put the candidate in the place of what is in use. Whether it should be is not asked."""
        state = self.state()
        if not state.candidate:
            raise ShelfError(f"{self.folder.name} has no candidate; train one first.")
        if state.candidate == state.in_use:
            raise ShelfError(f"{state.candidate} of {self.folder.name} is in use already.")
        earlier = (*state.earlier, state.in_use)
        return self._write(replace(state, in_use=state.candidate, candidate="", earlier=earlier))

    def back(self) -> State:
        """Use again what was in use before; the model without an adapter at the very beginning."""
        state = self.state()
        if not state.earlier:
            raise ShelfError(f"{self.folder.name} has nothing to go back to: none was promoted.")
        *rest, last = state.earlier
        return self._write(replace(state, in_use=last, earlier=tuple(rest)))

    def _write(self, state: State) -> State:
        beside = self.folder / f"{STATE}.new"
        with beside.open("w", encoding="utf-8") as out:
            json.dump(asdict(state), out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self.folder / STATE)
        return state


def shelf(data: Path, name: str) -> Shelf:
    """Return the place of an adapter in the data folder. Raises ShelfError for a strange name."""
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise ShelfError(f"{name!r} is no name: letters, digits, - and _ make one.")
    return Shelf(data / FOLDER / name)


def in_use(data: Path, kind: Kind, bases: Collection[str]) -> dict[str, str]:
    """Return the folders of the adapters in use that are for one of these models, by name."""
    found: dict[str, str] = {}
    wanted = {_spelt(base) for base in bases}
    for state in sorted(data.joinpath(FOLDER).glob(f"*/{STATE}")):
        one = Shelf(state.parent)
        told = one.state()
        if told.in_use and told.kind == kind and _spelt(one.card(told.in_use).base) in wanted:
            found[state.parent.name] = str(one.version(told.in_use))
    return found


def sha256(file: Path) -> str:
    """Return the hash of a file."""
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _spelt(base: str) -> str:
    """Return one spelling of what names a model: a folder in full, an id as it is."""
    folder = Path(base).expanduser()
    return str(folder.resolve()) if folder.is_dir() else base


def suite(folder: Path) -> list[dict[str, Any]]:
    """Return what an adapter and what it would replace answer to the prompts of the suite."""
    lines = folder.joinpath(SUITE).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
