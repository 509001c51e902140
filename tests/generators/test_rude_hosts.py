"""However a server misbehaves, each call has one end, is noted once, and quotes nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import numpy as np
import pytest

from generators import model as module
from generators.draft import (
    AccessRefused,
    Call,
    DeadlineExceeded,
    EngineBusy,
    EngineCrashed,
    EngineUnavailable,
    GenerationError,
    PromptRejected,
)
from generators.metering import metered
from generators.model import Model, Reply
from tests.fake_engine import closed_url, running
from tests.generators.leftover import nothing_left
from tests.rude_host import CHAT, EMBED, IMAGE, SECRET, Deed, rude

pytestmark = [pytest.mark.sockets, pytest.mark.thorough]

ASKED = [{"role": "user", "content": "多久？ 🎉"}]
PATIENCE_S = 60.0
SHORT_S = 1.0
"""For servers that hang; half of it is how long a stream may be silent."""
HANGS = {"never answers", "headers then silence", "text then silence", "a slow drip"}
ANSWERS = {
    "no DONE, then close": "Five days.",
    "no DONE and no end": "Five days.",
    "text after DONE": "Five days.",
    "text after the end": "Five days.",
    "endless after DONE": "Five days.",
    "null choices": "Five days.",
    "a null delta": "Five days.",
    "missing usage": "Five days.",
    "nonsense as usage": "Five days.",
    "empty content": "",
    "only a tool call": "",
    "half a character": "Five \U0001f600 \ufffd",
    "duplicated chunks": "Five Five days.days.",
    "an endless stream": "more " * 36,
}
ERRORS: dict[str, type[GenerationError]] = {
    "never answers": DeadlineExceeded,
    "headers then silence": DeadlineExceeded,
    "text then silence": DeadlineExceeded,
    "a slow drip": DeadlineExceeded,
    "closes at once": EngineCrashed,
    "speaks no HTTP": EngineCrashed,
    "half a chunk then close": EngineCrashed,
    "half an event then close": EngineCrashed,
    "nothing but an end": EngineCrashed,
    "text without an end": EngineCrashed,
    "garbage JSON": EngineCrashed,
    "a number": EngineCrashed,
    "an error amid the stream": EngineCrashed,
    "choices that are none": EngineCrashed,
    "content that is no text": EngineCrashed,
    "a huge line": EngineCrashed,
    "an endless line": EngineCrashed,
    "an endless error": EngineCrashed,
    "invalid UTF-8": EngineCrashed,
    "a page with 200": EngineUnavailable,
    "a page with 502": EngineUnavailable,
    "the wrong content type": EngineUnavailable,
    "no content type": EngineUnavailable,
    "a gzip bomb": EngineUnavailable,
    "a redirect elsewhere": EngineUnavailable,
    "500": EngineUnavailable,
    "503": EngineUnavailable,
    "503 with Retry-After": EngineBusy,
    "429": EngineBusy,
    "429 with Retry-After": EngineBusy,
    "429, quota used up": AccessRefused,
    "401": AccessRefused,
    "403": AccessRefused,
    "400": PromptRejected,
    "400 in odd words": PromptRejected,
    "400, too long": PromptRejected,
    "404": PromptRejected,
    "413": PromptRejected,
}
REFUSED = (EngineBusy, AccessRefused, PromptRejected)
"""Where the engine did not take it up, and nothing is noted."""


@pytest.fixture(autouse=True)
def _small_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a body be endless after 4 MiB, and the usage late after half a second."""
    monkeypatch.setattr("generators.bounds.BODY_BYTES", 4 << 20)
    monkeypatch.setattr(module, "LAST_S", 0.5)


async def said(model: Model) -> list[Reply]:
    return [reply async for reply in model.chat(ASKED, max_tokens=9)]


async def painted(model: Model) -> object:
    return await model.image("猫", size="64x64", seed=1)


async def against(
    deeds: Mapping[str, Deed], misdeed: str, ask: Callable[[Model], Awaitable[object]]
) -> tuple[object, list[Call]]:
    """Ask a server that does a deed; return the answer, or the error, and what was noted."""
    async with running() as other, rude(deeds[misdeed], other.url.removesuffix("/v1")) as host:
        model = Model(host.url, timeout_s=SHORT_S if misdeed in HANGS else PATIENCE_S)
        with metered() as calls, nothing_left():
            try:
                end = await ask(model)
            except GenerationError as error:
                end = error.with_traceback(None)
        await model.close()
        assert other.asked == []
        assert host.posts == 1
        return end, calls


def test_every_misdeed_is_tried() -> None:
    assert CHAT.keys() == ANSWERS.keys() | ERRORS.keys()
    assert len(CHAT) >= 20


@pytest.mark.parametrize("misdeed", ANSWERS)
async def test_an_answer_that_is_whole_is_taken(misdeed: str) -> None:
    end, calls = await against(CHAT, misdeed, said)
    assert isinstance(end, list), end
    assert [reply.done for reply in end].count(True) == 1
    assert (end[-1].done, end[-1].text) == (True, ANSWERS[misdeed])
    assert [call.outcome for call in calls] == ["ok"]
    assert calls[0].output_tokens >= 0


@pytest.mark.parametrize("misdeed", ERRORS)
async def test_anything_else_is_one_error_of_ours(misdeed: str) -> None:
    end, calls = await against(CHAT, misdeed, said)
    assert type(end) is ERRORS[misdeed], end
    assert SECRET not in str(end)
    noted = [call.outcome for call in calls]
    assert noted in ([], ["error"])
    assert not (noted and isinstance(end, REFUSED))
    assert noted or not isinstance(end, (DeadlineExceeded, EngineCrashed))


async def test_nobody_there_is_told_and_not_noted() -> None:
    model = Model(closed_url(), timeout_s=PATIENCE_S)
    with metered() as calls, pytest.raises(EngineUnavailable):
        await said(model)
    await model.close()
    assert calls == []


async def test_when_to_come_again_is_what_the_server_says() -> None:
    for misdeed, after_s in {"429": 0.0, "429 with Retry-After": 7.0}.items():
        end, _ = await against(CHAT, misdeed, said)
        assert isinstance(end, EngineBusy)
        assert end.after_s == after_s


async def test_the_usage_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LAST_S", 0.05)
    async with rude(CHAT["no DONE and no end"]) as host:
        model = Model(host.url, timeout_s=600)
        assert (await said(model))[-1].done
        await model.close()


@pytest.mark.parametrize("misdeed", IMAGE)
async def test_what_is_no_picture_of_that_size_is_one_error(misdeed: str) -> None:
    end, calls = await against(IMAGE, misdeed, painted)
    assert isinstance(end, GenerationError), end
    assert "evil" not in str(end)
    assert len(calls) == (
        not isinstance(end, PromptRejected) and isinstance(end, (EngineCrashed, DeadlineExceeded))
    )


@pytest.mark.parametrize("misdeed", EMBED)
async def test_what_are_no_vectors_is_one_error(misdeed: str) -> None:
    end, calls = await against(EMBED, misdeed, lambda model: model.embed(["猫"]))
    assert isinstance(end, EngineUnavailable), end
    assert len(calls) == isinstance(end, EngineCrashed)


async def test_a_server_that_hangs_at_its_list_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generators.host.LIST_S", 0.3)
    silent = asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    model = Model(f"http://127.0.0.1:{port}/v1", timeout_s=600)
    with pytest.raises(EngineUnavailable):
        await model.installed()
    silent.set()
    await model.close()
    server.close()


def test_a_vector_is_of_length_one_whatever_comes() -> None:
    rows = module.answers.unit([[3.0, 4.0], [0.0, 0.0]], 2)
    assert np.allclose(rows, [[0.6, 0.8], [0.0, 0.0]])
