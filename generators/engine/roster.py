"""Which models the engine has: one slot each for text, pictures, embeddings and classifying.

A slot loads in its own worker's thread while the server already answers.
"""

import contextlib
import logging
import pkgutil
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from generators.engine.batcher import Batcher
from generators.engine.errors import NotReady, Refusal, Stopping, UnknownModel
from generators.engine.fetching import Shown
from generators.engine.hub import Tell
from generators.engine.metrics import Metrics, Now
from generators.engine.options import EngineSettings
from generators.engine.pulse import Pulse
from generators.engine.resolve import (
    MINILM,
    Absent,
    Kind,
    NoModel,
    Offer,
    is_here,
    model_id,
    resolve,
)
from generators.engine.worker import Worker
from generators.logs import Told

if TYPE_CHECKING:  # these import torch, which takes seconds
    from generators.engine.classifying import Classifier
    from generators.engine.embedding import EmbeddingModel
    from generators.engine.language import LanguageModel
    from generators.engine.pictures import PictureModel

Model = TypeVar("Model")
Crew = TypeVar("Crew", Worker, Batcher)
State = Literal["absent", "loading", "ready", "failed"]
LOOK_AGAIN_S = 10.0
STALLED_S = 30.0
"""From here on /health says that a model stands still; the watchdog waits longer."""
NOUNS: dict[Kind, str] = {
    "text": "language",
    "image": "picture",
    "embed": "embedding",
    "classify": "classifying",
}
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
        self._closed: Refusal | None = None
        self._heard: Callable[[State], None] = lambda _: None

    @property
    def pulse(self) -> Pulse:
        """Return whether its thread gets on."""
        return self.worker.pulse

    def hear(self, heard: Callable[[State], None]) -> None:
        """Call this whenever a model was loaded or was not."""
        self._heard = heard

    def close(self, refusal: Refusal) -> None:
        """Refuse whatever is asked from now on; what is under way goes on."""
        self._closed = refusal

    def start(self) -> None:
        """Begin to load, if a model is configured."""
        if self._spec is not None:
            self.reason = f"The {NOUNS[self.kind]} model {self.id} is still loading."
            self.worker.load(self._load).add_done_callback(self._loaded)

    def ready(self, asked: str) -> Model:
        """Return the model under the id asked for. Raises UnknownModel or NotReady."""
        if self._closed is not None:
            raise self._closed
        if self.id is not None and asked not in {self._spec, *self.names, *self._longer}:
            raise UnknownModel(f"This engine has no {NOUNS[self.kind]} model of that name.")
        if self._model is None:
            raise NotReady(self.reason, param="model")
        return self._model

    @property
    def names(self) -> list[str]:
        """Return the id, and the adapters' names: those that are there, or else are to be."""
        if self.id is None or self.kind != "text":
            return [] if self.id is None else [self.id]
        asked = [name for name, _ in self._settings.adapters]
        return [self.id, *(asked if self._model is None else getattr(self._model, "adapters", ()))]

    @property
    def _longer(self) -> list[str]:
        return [f"{self.id}:{name}" for name in self.names[1:]]

    def health(self) -> dict[str, Any]:
        """Return the slot as /health shows it."""
        shown = {"id": self.id, "state": self.state, "reason": self.reason or None}
        at_work = {"active": self.worker.active, "waiting": self.worker.waiting}
        steps = {"steps": self.pulse.beats, "stalled_s": round(self.pulse.stalled_s, 1)}
        return {**shown, **at_work, **steps}

    def numbers(self) -> dict[str, float]:
        """Return what /metrics shows of it."""
        at_work = {"running": self.worker.active, "waiting": self.worker.waiting}
        return {"ready": self.state == "ready", "seats": self.worker.seats, **at_work}

    def _load(self) -> Model:
        offline = self._settings.offline
        folder = resolve(self._spec or "", self.kind, offline=offline, tell=self._fetching())
        with self._turn:
            load = pkgutil.resolve_name(f"generators.engine.loading:{self.kind}")
            return cast("Callable[[Path, EngineSettings], Model]", load)(folder, self._settings)

    def _look_later(self) -> None:
        timer = threading.Timer(LOOK_AGAIN_S, self._look)
        timer.daemon = True
        timer.start()

    def _look(self) -> None:
        """Load a model that has come meanwhile, by `atelier models pull` or into its folder."""
        spec = self._spec or ""
        with contextlib.suppress(NoModel):
            if self._closed is None and is_here(spec, self.kind):
                self.state = "loading"
                self.start()
                return
        if self._closed is None:
            self._look_later()

    def _fetching(self) -> Tell:
        shown = Shown()

        def tell(offer: Offer, here_bytes: int) -> None:
            self.reason = offer.sentence(here_bytes)
            shown(offer, here_bytes)

        return tell

    def _loaded(self, loaded: "Future[Model]") -> None:
        if loaded.cancelled():
            return
        error = loaded.exception()
        if error is None:
            self._model, self.reason, self.state = loaded.result(), "", "ready"
            about = {"part": NOUNS[self.kind], "model": self.id}
            logger.info("the %(part)s model %(model)s is ready", about)
            self._heard(self.state)
            return
        self.reason = self._sentence(error)
        self.state = "absent" if isinstance(error, Absent) else "failed"
        if self.state == "absent":
            self._look_later()
        details = None if isinstance(error, NoModel) else error
        reason = Told(self.reason if details is None else f"{self.reason} {details}")
        about = {"part": NOUNS[self.kind], "state": self.state, "reason": reason}
        logger.error("the %(part)s model is %(state)s: %(reason)s", about, exc_info=details)
        self._heard(self.state)

    def _sentence(self, error: BaseException) -> str:
        if isinstance(error, NoModel):
            return error.sentence
        name = type(error).__name__
        return f"{self.id} could not be loaded ({name}); the engine's log has the details."


class Roster:
    """The slots of one engine."""

    def __init__(self, settings: EngineSettings) -> None:
        """Take what to load; `start` loads it."""
        turn, waiting = threading.Lock(), settings.waiting
        self.metrics = Metrics()
        rows = settings.rows
        writers = Batcher("engine-text", capacity=waiting, rows=rows, metrics=self.metrics)
        painter = Worker("engine-image", capacity=waiting)
        reader = Worker("engine-embed", capacity=waiting)
        looker = Worker("engine-classify", capacity=waiting)
        self.text: Slot[LanguageModel, Batcher] = Slot("text", settings, turn, writers)
        self.image: Slot[PictureModel, Worker] = Slot("image", settings, turn, painter)
        self.embed: Slot[EmbeddingModel, Worker] = Slot("embed", settings, turn, reader)
        self.classify: Slot[Classifier, Worker] = Slot("classify", settings, turn, looker)
        self.stopping = False
        self.metrics.registry.register(Now(lambda: self.slots))
        for slot in self.slots:
            slot.hear(partial(self.metrics.loaded, slot.kind))

    @property
    def slots(self) -> tuple[Slot[Any, Any], ...]:
        """All slots, the quickest to load first."""
        return (self.embed, self.classify, self.image, self.text)

    @property
    def loading(self) -> bool:
        """Whether a model is still on its way."""
        return any(slot.state == "loading" for slot in self.slots)

    def start(self) -> None:
        """Begin to load every configured model."""
        for slot in self.slots:
            slot.start()

    @property
    def under_way(self) -> int:
        """Requests that run or wait."""
        return sum(slot.worker.active + slot.worker.waiting for slot in self.slots)

    def drain(self) -> None:
        """Take nothing new; what runs and waits goes on."""
        self.stopping = True
        for slot in self.slots:
            slot.close(Stopping())

    def release(self) -> None:
        """Tell everybody who waits for an answer that there will be none."""
        for slot in self.slots:
            slot.worker.release(Stopping())

    def stop(self) -> None:
        """End what runs and waits."""
        self.drain()
        for slot in self.slots:
            slot.worker.stop()

    def pulses(self) -> dict[str, Pulse]:
        """Return what beats while it gets on, by the model's noun."""
        return {NOUNS[slot.kind]: slot.pulse for slot in self.slots}

    def health(self) -> dict[str, Any]:
        """Return `{"status", "models"}`: stopping, stalled, failed, loading or ok, the worst."""
        models = {slot.kind: slot.health() for slot in self.slots}
        return {"status": self._status(), "models": models}

    def _status(self) -> str:
        states = {str(slot.state) for slot in self.slots}
        if self.stopping:
            states.add("stopping")
        if any(slot.pulse.stalled_s > STALLED_S for slot in self.slots):
            states.add("stalled")
        worst = ("stopping", "stalled", "failed", "loading")
        return next((name for name in worst if name in states), "ok")
