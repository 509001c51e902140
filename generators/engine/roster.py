"""Which models the engine has: one slot each for text, pictures and embeddings.

A slot loads in its own worker's thread while the server already answers.
"""

import logging
import pkgutil
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from generators.engine.batcher import Batcher
from generators.engine.errors import NotReady, UnknownModel
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
State = Literal["absent", "loading", "ready", "failed"]
NOUNS: dict[Kind, str] = {"text": "language", "image": "picture", "embed": "embedding"}
logger = logging.getLogger(__name__)


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

    def start(self) -> None:
        """Begin to load, if a model is configured."""
        if self._spec is not None:
            self.reason = f"The {NOUNS[self.kind]} model {self.id} is still loading."
            self.worker.load(self._load).add_done_callback(self._loaded)

    def ready(self, asked: str) -> Model:
        """Return the model under the id asked for. Raises UnknownModel or NotReady."""
        if self.id is not None and asked not in {self.id, self._spec}:
            raise UnknownModel(f"This engine has no {NOUNS[self.kind]} model of that name.")
        if self._model is None:
            raise NotReady(self.reason, param="model")
        return self._model

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
            return cast("Callable[[Path, EngineSettings], Model]", load)(folder, self._settings)

    def _loaded(self, loaded: "Future[Model]") -> None:
        if loaded.cancelled():
            return
        error = loaded.exception()
        if error is None:
            self._model, self.reason, self.state = loaded.result(), "", "ready"
            about = {"part": NOUNS[self.kind], "model": self.id}
            logger.info("the %(part)s model %(model)s is ready", about)
            return
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

    @property
    def slots(self) -> tuple[Slot[Any, Any], ...]:
        """All slots, the quickest to load first."""
        return (self.embed, self.image, self.text)

    @property
    def loading(self) -> bool:
        """Whether a model is still on its way."""
        return any(slot.state == "loading" for slot in self.slots)

    def start(self) -> None:
        """Begin to load every configured model."""
        for slot in self.slots:
            slot.start()

    def stop(self) -> None:
        """Cancel what runs and waits."""
        for slot in self.slots:
            slot.worker.stop()

    def health(self) -> dict[str, Any]:
        """Return `{"status", "models"}`: failed if a model failed, else loading or ok."""
        states = {slot.state for slot in self.slots}
        status = next((name for name in ("failed", "loading") if name in states), "ok")
        return {"status": status, "models": {slot.kind: slot.health() for slot in self.slots}}
