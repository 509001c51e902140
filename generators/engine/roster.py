"""Which models the engine has: a slot for each, one or more for text and for pictures.

A slot loads in its own worker's thread while the server already answers.
"""

import asyncio
import logging
import pkgutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    Protocol,
    TypeVar,
    cast,
    runtime_checkable,
)

from generators.engine.arbiter import Arbiter
from generators.engine.batcher import Batcher
from generators.engine.errors import NotReady, UnknownModel
from generators.engine.footprint import declared_bytes
from generators.engine.gather import Gatherer
from generators.engine.options import EngineSettings
from generators.engine.resolve import MINILM, Absent, Kind, NoModel, model_id, resolve
from generators.logs import Told

if TYPE_CHECKING:  # these three import torch, which takes seconds
    from generators.engine.embedding import EmbeddingModel
    from generators.engine.language import LanguageModel
    from generators.engine.pictures import PictureModel

Model = TypeVar("Model")
Crew = TypeVar("Crew", Gatherer, Batcher)
State = Literal["absent", "loading", "ready", "asleep", "failed"]
"""asleep: not on the device just now; the arbiter brings it when it is asked for."""
NOUNS: dict[Kind, str] = {"text": "language", "image": "picture", "embed": "embedding"}
logger = logging.getLogger(__name__)


@runtime_checkable
class Releasing(Protocol):
    """A model that can let go of its weights while somebody still knows it."""

    def release(self) -> None:
        """Let go; it cannot be used any more."""


class Slot(Generic[Model, Crew]):
    """One kind of model: what is asked for, whether it is there, and its worker."""

    def __init__(
        self, kind: Kind, settings: EngineSettings, turn: threading.Lock, worker: Crew
    ) -> None:
        """Take what to load, the lock that lets one model load at a time, and who runs it."""
        spec: str | None = getattr(settings, kind)
        self.kind = kind
        self.id = "all-MiniLM-L6-v2" if spec == MINILM else spec and model_id(spec)
        self.worker: Crew = worker
        self.state: State = "absent" if spec is None else "loading"
        self.reason = f"No {NOUNS[kind]} model is configured (--{kind}-model)."
        self._settings = settings
        self._spec = spec
        self._turn = turn
        self._model: Model | None = None
        self.size_bytes = 0
        self.coming = False

    def start(self) -> None:
        """Begin to load, if a model is configured."""
        if self._spec is not None:
            self.reason = f"The {NOUNS[self.kind]} model {self.id} is still loading."
            self.worker.load(self._load).add_done_callback(self._loaded)

    def ready(self, asked: str) -> Model:
        """Return the model under the id asked for. Raises UnknownModel or NotReady."""
        self.check(asked)
        if self._model is None:
            raise NotReady(self.reason, param="model")
        return self._model

    def answers(self, asked: str) -> bool:
        """Whether this is the model asked for."""
        return asked in {self.id, self._spec}

    def check(self, asked: str) -> None:
        """Raise UnknownModel or NotReady unless the model is here or can be brought."""
        if self.id is not None and not self.answers(asked):
            raise UnknownModel(f"This engine has no {NOUNS[self.kind]} model of that name.")
        if self.state not in {"ready", "asleep"}:
            raise NotReady(self.reason, param="model")

    async def declare(self) -> None:
        """Look what the model will take of the device, without loading it."""
        if self._spec is not None:
            try:
                self.size_bytes = await asyncio.wrap_future(self.worker.load(self._declared))
            except Exception as error:  # noqa: BLE001 - told as that of a load
                self._failed(error)
            else:
                self.reason, self.state = "", "asleep"

    async def bring(self) -> None:
        """Load the model again. Raises NotReady."""
        self.coming = True
        try:
            self._arrived(await asyncio.wrap_future(self.worker.load(self._load)))
        except Exception as error:
            self._failed(error)
            raise NotReady(self.reason, param="model") from error
        finally:
            self.coming = False

    async def leave(self) -> None:
        """Free what the model takes; nobody uses it."""
        self.state = "asleep"
        await asyncio.wrap_future(self.worker.load(self._release))
        logger.info("the %(part)s model %(model)s left the device", self._named())

    def about(self) -> dict[str, Any]:
        """Return what /v1/models says beyond OpenAI's fields."""
        loras = sorted(getattr(getattr(self._model, "easel", None), "loras", ()))
        return {"kind": self.kind, **({"loras": loras} if loras else {})}

    def health(self) -> dict[str, Any]:
        """Return the slot as /health shows it."""
        shown = {"id": self.id, "state": self.state, "reason": self.reason or None}
        return {**shown, "active": self.worker.active, "waiting": self.worker.waiting}

    def _load(self) -> Model:
        folder = resolve(self._spec or "", self.kind, offline=self._settings.offline)
        with self._turn:
            load = pkgutil.resolve_name(f"generators.engine.loading:{self.kind}")
            taken = pkgutil.resolve_name("generators.engine.loading:taken_bytes")
            before = taken()
            model = cast("Callable[[Path, EngineSettings], Model]", load)(folder, self._settings)
            self.size_bytes = taken() - before or self.size_bytes
            return model

    def _declared(self) -> int:
        folder = resolve(self._spec or "", self.kind, offline=self._settings.offline)
        value_bytes = pkgutil.resolve_name("generators.engine.loading:value_bytes")
        return declared_bytes(folder, value_bytes=value_bytes(self.kind, self._settings))

    def _release(self) -> None:
        model, self._model = self._model, None
        if isinstance(model, Releasing):  # whoever else still knows it keeps nothing alive
            model.release()
        del model
        pkgutil.resolve_name("generators.engine.loading:emptied")()

    def _loaded(self, loaded: "Future[Model]") -> None:
        if loaded.cancelled():
            return
        error = loaded.exception()
        if error is None:
            self._arrived(loaded.result())
        else:
            self._failed(error)

    def _named(self) -> dict[str, Any]:
        return {"part": NOUNS[self.kind], "model": self.id}

    def _arrived(self, model: Model) -> None:
        self._model, self.reason, self.state = model, "", "ready"
        logger.info("the %(part)s model %(model)s is ready", self._named())

    def _failed(self, error: BaseException) -> None:
        self.reason = self._sentence(error)
        self.state = "absent" if isinstance(error, Absent) else "failed"
        details = None if isinstance(error, NoModel) else error
        reason = Told(self.reason if details is None else f"{self.reason} {details}")
        about = {"part": NOUNS[self.kind], "state": self.state, "reason": reason}
        logger.error("the %(part)s model is %(state)s: %(reason)s", about, exc_info=details)

    def _sentence(self, error: BaseException) -> str:
        if isinstance(error, NoModel):
            return error.sentence
        name = type(error).__name__
        return f"{self.id} could not be loaded ({name}); the engine's log has the details."


class Roster:
    """The three slots of one engine."""

    def __init__(self, settings: EngineSettings) -> None:
        """Take what to load; `start` loads it."""
        turn, waiting = threading.Lock(), settings.waiting
        writers = Batcher("engine-text", capacity=waiting, rows=settings.rows)
        painter = Gatherer("engine-image", capacity=waiting)
        reader = Gatherer("engine-embed", capacity=waiting)
        self.text: Slot[LanguageModel, Batcher] = Slot("text", settings, turn, writers)
        self.image: Slot[PictureModel, Gatherer] = Slot("image", settings, turn, painter)
        self.embed: Slot[EmbeddingModel, Gatherer] = Slot("embed", settings, turn, reader)
        self.arbiter = Arbiter(settings.memory_bytes, waiting=waiting)
        self._settling: asyncio.Task[None] | None = None
        self._more = tuple(_more(settings, turn))

    @property
    def slots(self) -> tuple[Slot[Any, Any], ...]:
        """All slots, the quickest to load first."""
        return (self.embed, self.image, self.text, *self._more)

    def find(self, kind: Kind, asked: str) -> Slot[Any, Any]:
        """Return the slot of the model asked for, or of the first one of its kind."""
        there = [slot for slot in self.slots if slot.kind == kind]
        return next((slot for slot in there if slot.answers(asked)), there[0])

    @property
    def loading(self) -> bool:
        """Whether a model is still on its way."""
        return any(slot.state == "loading" or slot.coming for slot in self.slots)

    def start(self) -> None:
        """Begin to load every configured model, or those that fit beside each other."""
        if self.arbiter.capacity_bytes is not None:
            self._settling = asyncio.create_task(self._settle())
            return
        for slot in self.slots:
            slot.start()

    async def _settle(self) -> None:
        for slot in self.slots:
            await slot.declare()
        await self.arbiter.settle([slot for slot in self.slots if slot.state == "asleep"])

    def stop(self) -> None:
        """Cancel what runs and waits."""
        for slot in self.slots:
            slot.worker.stop()

    def health(self) -> dict[str, Any]:
        """Return `{"status", "models"}`: failed if a model failed, else loading or ok."""
        states = {slot.state for slot in self.slots}
        status = next((name for name in ("failed", "loading") if name in states), "ok")
        first = {slot.kind: slot for slot in reversed(self.slots)}
        names = {
            slot: slot.kind if slot is first[slot.kind] else f"{slot.kind}:{slot.id}"
            for slot in self.slots
        }
        return {"status": status, "models": {names[slot]: slot.health() for slot in self.slots}}


def _more(settings: EngineSettings, turn: threading.Lock) -> Iterator[Slot[Any, Any]]:
    """Yield slots for further models of a kind, each with a thread of its own."""
    for spec in settings.more_images:
        painter = Gatherer("engine-image", capacity=settings.waiting)
        yield Slot("image", replace(settings, image=spec), turn, painter)
    for spec in settings.more_texts:
        writers = Batcher("engine-text", capacity=settings.waiting, rows=settings.rows)
        yield Slot("text", replace(settings, text=spec), turn, writers)
