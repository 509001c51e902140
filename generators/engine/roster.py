"""Which models the engine has: a slot for each, one or more for text and for pictures.

A slot loads in its own worker's thread while the server already answers.
"""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from generators.engine.arbiter import Arbiter
from generators.engine.batcher import Batcher
from generators.engine.errors import Stopping
from generators.engine.gather import Gatherer
from generators.engine.metrics import Metrics, Now
from generators.engine.options import PARTS_AT_ONCE, EngineSettings
from generators.engine.pulse import Pulse
from generators.engine.resolve import Kind
from generators.engine.slot import Slot

if TYPE_CHECKING:  # these import torch, which takes seconds
    from generators.engine.classifying import Classifier
    from generators.engine.embedding import EmbeddingModel
    from generators.engine.language import LanguageModel
    from generators.engine.pictures import PictureModel
    from generators.engine.restoring import Restorer

STALLED_S = 30.0
"""From here on /health says that a model stands still; the watchdog waits longer."""


class Roster:
    """The slots of one engine."""

    def __init__(self, settings: EngineSettings) -> None:
        """Take what to load; `start` loads it."""
        turn, waiting = threading.Lock(), settings.waiting
        self.metrics = Metrics()
        rows = settings.rows
        writers = Batcher("engine-text", capacity=waiting, rows=rows, metrics=self.metrics)
        painter = Gatherer("engine-image", capacity=waiting, seats=settings.pictures)
        reader = Gatherer("engine-embed", capacity=waiting, seats=PARTS_AT_ONCE)
        looker = Gatherer("engine-classify", capacity=waiting)
        mender = Gatherer("engine-restore", capacity=waiting)
        self.text: Slot[LanguageModel, Batcher] = Slot("text", settings, turn, writers)
        self.image: Slot[PictureModel, Gatherer] = Slot("image", settings, turn, painter)
        self.embed: Slot[EmbeddingModel, Gatherer] = Slot("embed", settings, turn, reader)
        self.classify: Slot[Classifier, Gatherer] = Slot("classify", settings, turn, looker)
        self.restore: Slot[Restorer, Gatherer] = Slot("restore", settings, turn, mender)
        self._more = tuple(_more(settings, turn, self.metrics))
        self.arbiter = Arbiter(settings.memory_bytes, waiting=waiting)
        self._settling: asyncio.Task[None] | None = None
        self.stopping = False
        self.metrics.registry.register(Now(lambda: self.slots))
        for slot in self.slots:
            slot.hear(partial(self.metrics.loaded, slot.kind))

    @property
    def slots(self) -> tuple[Slot[Any, Any], ...]:
        """All slots, the quickest to load first."""
        mender = () if self.restore.id is None else (self.restore,)
        return (*mender, self.embed, self.classify, self.image, self.text, *self._more)

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

    @property
    def under_way(self) -> int:
        """Requests that run or wait."""
        return sum(slot.worker.under_way for slot in self.slots) + self.arbiter.waiting

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
        self.arbiter.end(Stopping())
        for slot in self.slots:
            slot.worker.stop()

    def ended(self, timeout_s: float) -> bool:
        """Wait so long for each thread that writes to end after `stop`; return whether they did."""
        crews = [slot.worker for slot in self.slots]
        return all(crew.ended(timeout_s) for crew in crews if isinstance(crew, Batcher))

    def pulses(self) -> dict[str, Pulse]:
        """Return what beats while it gets on, by the model's noun."""
        return {slot.noun: slot.pulse for slot in self.slots}

    def health(self) -> dict[str, Any]:
        """Return `{"status", "models"}`: stopping, stalled, failed, loading or ok, the worst."""
        models = {slot.part: slot.health() for slot in self.slots}
        return {"status": self._status(), "models": models}

    def _status(self) -> str:
        states = {str(slot.state) for slot in self.slots}
        if self.stopping:
            states.add("stopping")
        if any(slot.pulse.stalled_s > STALLED_S for slot in self.slots):
            states.add("stalled")
        worst = ("stopping", "stalled", "failed", "loading")
        return next((name for name in worst if name in states), "ok")


def _more(
    settings: EngineSettings, turn: threading.Lock, metrics: Metrics
) -> Iterator[Slot[Any, Any]]:
    """Yield slots for further models of a kind, each with a thread of its own.

    The adapters of the language model are those of the first one.
    """
    waiting, rows = settings.waiting, settings.rows
    for spec in settings.more_images:
        painter = Gatherer("engine-image", capacity=waiting, seats=settings.pictures)
        yield Slot("image", replace(settings, image=spec), turn, painter, further=True)
    for spec in settings.more_texts:
        own = replace(settings, text=spec, adapters=())
        writers = Batcher("engine-text", capacity=waiting, rows=rows, metrics=metrics)
        yield Slot("text", own, turn, writers, further=True)
