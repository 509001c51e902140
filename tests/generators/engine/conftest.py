"""A real engine on a real port, and the real OpenAI client to it."""

import contextlib
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import uvicorn

pytest.importorskip("huggingface_hub", reason="the engine extra is not installed")

from generators.engine.__main__ import bind
from generators.engine.options import EngineSettings
from generators.engine.roster import Roster
from generators.engine.server import build_app

TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningEngine:
    """An engine that answers at `url`; `roster` is what it runs."""

    url: str
    roster: Roster

    def client(self) -> openai.OpenAI:
        return openai.OpenAI(
            base_url=f"{self.url}/v1", api_key="none", max_retries=0, timeout=TIMEOUT_S
        )

    def async_client(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            base_url=f"{self.url}/v1", api_key="none", max_retries=0, timeout=TIMEOUT_S
        )

    def decoder(self) -> Any:
        """Return the module that computes the language model's steps."""
        stepper: Any = self.roster.text.ready("writer").stepper
        return stepper.decoder

    def health(self) -> dict[str, dict[str, dict[str, object]]]:
        return httpx2.get(f"{self.url}/health", timeout=TIMEOUT_S).json()

    def settle(self) -> None:
        """Wait until every worker has done all that it was given so far."""
        for slot in self.roster.slots:
            slot.worker.load(lambda: None).result(timeout=TIMEOUT_S)


@contextlib.contextmanager
def serve(settings: EngineSettings) -> Generator[RunningEngine]:
    """Serve in a thread; when the block begins every model is ready or has failed."""
    roster, listener = Roster(settings), bind(0)
    listener.listen()
    config = uvicorn.Config(build_app(roster), log_config=None, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        engine = RunningEngine(url=f"http://127.0.0.1:{listener.getsockname()[1]}", roster=roster)
        engine.health()  # is answered once the roster has been started
        engine.settle()
        yield engine
    finally:
        server.should_exit = True
        thread.join(TIMEOUT_S)


Serve = Callable[[EngineSettings], contextlib.AbstractContextManager[RunningEngine]]


@pytest.fixture(scope="session")
def serving() -> Serve:
    """The context manager `serve`, for tests that want an engine of their own."""
    return serve


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny models `writer`, `painter` and `encoder`."""
    pytest.importorskip("torch")
    from tests import tiny  # noqa: PLC0415 - imports torch, which may be missing

    root = tmp_path_factory.mktemp("models")
    tiny.language_model(root / "writer")
    tiny.picture_model(root / "painter")
    tiny.embedding_model(root / "encoder")
    return root


@pytest.fixture(scope="session")
def engine(models: Path) -> Iterator[RunningEngine]:
    """An engine with the three tiny models; it writes two answers at once, and two may wait."""
    settings = EngineSettings(
        text=str(models / "writer"),
        image=str(models / "painter"),
        embed=str(models / "encoder"),
        device="cpu",
        offline=True,
        waiting=2,
        rows=2,
    )
    with serve(settings) as running:
        yield running


@pytest.fixture
def client(engine: RunningEngine) -> Iterator[openai.OpenAI]:
    """A client of the engine that never retries."""
    with engine.client() as client:
        yield client
