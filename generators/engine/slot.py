"""A model's place in the engine: what is asked for, whether it is there, and who runs it."""

import asyncio
import contextlib
import logging
import pkgutil
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar, cast, runtime_checkable

from generators.engine.batcher import Batcher
from generators.engine.errors import NotReady, Refusal, UnknownModel
from generators.engine.fetching import Shown
from generators.engine.footprint import declared_bytes
from generators.engine.gather import Gatherer
from generators.engine.hub import Tell
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
from generators.logs import Told

Model = TypeVar("Model")
Crew = TypeVar("Crew", Gatherer, Batcher)
State = Literal["absent", "loading", "ready", "asleep", "failed"]
"""asleep: not on the device just now; the arbiter brings it when it is asked for."""
LOOK_AGAIN_S = 10.0
NOUNS: dict[Kind, str] = {
    "text": "language",
    "image": "picture",
    "embed": "embedding",
    "classify": "classifying",
    "restore": "restoring",
}
logger = logging.getLogger(__name__)


@runtime_checkable
class Releasing(Protocol):
    """A model that can let go of its weights while somebody still knows it."""

    def release(self) -> None:
        """Let go; it cannot be used any more."""


class Slot(Generic[Model, Crew]):
    """One kind of model: what is asked for, whether it is there, and its worker."""

    def __init__(
        self,
        kind: Kind,
        settings: EngineSettings,
        turn: threading.Lock,
        worker: Crew,
        *,
        further: bool = False,
    ) -> None:
        """Take what to load, the lock that lets one model load at a time, and who runs it.

        `further`: it is not the first of its kind.
        """
        spec: str | None = getattr(settings, kind)
        self.kind = kind
        self.further = further
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
        self._closed: Refusal | None = None
        self._heard: Callable[[State], None] = lambda _: None

    @property
    def part(self) -> str:
        """Return the kind, and of a further model of its kind the id too."""
        return f"{self.kind}:{self.id}" if self.further else self.kind

    @property
    def noun(self) -> str:
        """Return the part in words."""
        return f"{NOUNS[self.kind]} {self.id}" if self.further else NOUNS[self.kind]

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
        """Begin to load, if a model is configured; where models take turns, look what it takes."""
        if self._spec is None:
            return
        self.reason = f"The {NOUNS[self.kind]} model {self.id} is still loading."
        if self._settings.memory_bytes is None:
            self.worker.load(self._load).add_done_callback(self._loaded)
        else:
            self.worker.load(self._declared).add_done_callback(self._sized)

    def ready(self, asked: str) -> Model:
        """Return the model under the id asked for. Raises UnknownModel or NotReady."""
        self.check(asked)
        if self._model is None:
            raise NotReady(self.reason, param="model")
        return self._model

    def answers(self, asked: str) -> bool:
        """Whether this is the model asked for, or one of its adapters."""
        return asked in {self._spec, *self.names, *self._longer}

    def check(self, asked: str) -> None:
        """Raise a Refusal unless the model is here, or can be brought."""
        if self._closed is not None:
            raise self._closed
        if self.id is not None and not self.answers(asked):
            raise UnknownModel(f"This engine has no {NOUNS[self.kind]} model of that name.")
        if self.state not in {"ready", "asleep"}:
            raise NotReady(self.reason, param="model")

    async def declare(self) -> None:
        """Look what the model will take of the device, without loading it."""
        if self._spec is not None:
            sizing = self.worker.load(self._declared)
            with contextlib.suppress(Exception):  # told as that of a load
                await asyncio.wrap_future(sizing)
            self._sized(sizing)

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
        easel = getattr(self._model, "easel", None)
        loras = sorted(getattr(easel, "loras", ()))
        side = getattr(self._model, "own_px", None)
        size = {"size": "x".join(map(str, side))} if side else {}
        return {"kind": self.kind, **size, **({"loras": loras} if loras else {})}

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
        if self.kind == "restore":  # small, and without torch before its first picture
            made = pkgutil.resolve_name("generators.engine.restoring:restore")
            return cast("Model", made(folder, self._settings))
        with self._turn:
            load = pkgutil.resolve_name(f"generators.engine.loading:{self.kind}")
            taken = pkgutil.resolve_name("generators.engine.loading:taken_bytes")
            before = taken()
            model = cast("Callable[[Path, EngineSettings], Model]", load)(folder, self._settings)
            self.size_bytes = taken() - before or self.size_bytes
            return model

    def _declared(self) -> int:
        offline = self._settings.offline
        folder = resolve(self._spec or "", self.kind, offline=offline, tell=self._fetching())
        value_bytes = pkgutil.resolve_name("generators.engine.loading:value_bytes")
        return declared_bytes(folder, value_bytes=value_bytes(self.kind, self._settings))

    def _release(self) -> None:
        model, self._model = self._model, None
        if isinstance(model, Releasing):  # whoever else still knows it keeps nothing alive
            model.release()
        del model
        pkgutil.resolve_name("generators.engine.loading:emptied")()

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
            self._arrived(loaded.result())
        else:
            self._failed(error)

    def _sized(self, sizing: "Future[int]") -> None:
        if sizing.cancelled():
            return
        error = sizing.exception()
        if error is None:
            self.size_bytes, self.reason, self.state = sizing.result(), "", "asleep"
        else:
            self._failed(error)

    def _named(self) -> dict[str, Any]:
        return {"part": NOUNS[self.kind], "model": self.id}

    def _arrived(self, model: Model) -> None:
        self._model, self.reason, self.state = model, "", "ready"
        logger.info("the %(part)s model %(model)s is ready", self._named())
        self._heard(self.state)

    def _failed(self, error: BaseException) -> None:
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
