"""The batch and its thread, with a model that needs no torch: text comes from a hash."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from typing_extensions import override

from generators.engine.batcher import MOST_FAILURES, Batcher
from generators.engine.cache import Budget, Segment
from generators.engine.errors import Busy, ModelFailed, NotReady
from generators.engine.prompt import Answer, Draw, Prompt, Sampling, Standing
from generators.engine.worker import Call

TIMEOUT_S = 60
WORDS = ["a", "b", "c", "你", "好", "🦊", "e", "f.", "س", "g"]
END = 999
Asked = Call[str | Standing, Answer]
GREEDY = Sampling(temperature=0, top_p=1, top_k=0)


class Tokens(list[int]):
    """What a device gives back: a list that has to be asked for."""

    def tolist(self) -> list[int]:
        return list(self)


@dataclass
class Model:
    """A model that writes a word by what it has read; it fails where a test says so."""

    room_tokens: int = 100_000
    prefill_tokens: int = 8
    device: Any = field(default_factory=lambda: SimpleNamespace(type="cpu"))
    stop_tokens: frozenset[int] = frozenset({END})
    before: Callable[[Sequence[Segment]], None] = lambda _: None
    held: dict[int, list[int]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stepper = self
        self.budget = Budget(self.room_tokens)

    def open(self, tokens: int) -> object | None:
        if not self.budget.take(tokens):
            return None
        seat = SimpleNamespace(tokens=tokens)
        self.held[id(seat)] = []
        return seat

    def close(self, seat: Any) -> None:
        self.budget.give(seat.tokens)
        del self.held[id(seat)]

    def step(self, segments: Sequence[Segment]) -> list[list[int]]:
        self.before(segments)
        self.sizes.append(len(segments))
        return Scores(self._read(one) for one in segments)

    def _read(self, one: Segment) -> list[int]:
        held = self.held[id(one.seat)]
        assert one.start <= len(held)
        held[one.start :] = one.tokens
        return list(held)

    def choose(self, scores: Sequence[list[int]], draws: Sequence[Draw]) -> Tokens:
        assert [list(draw.known) for draw in draws] == list(scores)  # the cache is what is known
        return Tokens(following(read) for read in scores)

    def decode(self, ids: Sequence[int]) -> str:
        return "".join("" if one == END else WORDS[one % len(WORDS)] for one in ids)


class Scores(list[list[int]]):
    """Rows that can be picked by a list of numbers, as a tensor's."""

    @override
    def __getitem__(self, key: Any) -> Any:
        return (
            Scores(self[one] for one in key) if isinstance(key, list) else super().__getitem__(key)
        )


def following(read: Sequence[int]) -> int:
    return (sum(read) * 31 + len(read) * 7) % 97


def expected(prompt: Prompt) -> list[int]:
    known = list(prompt.token_ids)
    while len(known) < prompt.tokens:
        known.append(following(known))
    return known[len(prompt.token_ids) :]


def prompt_of(number: int, new: int = 12, **fields: Any) -> Prompt:
    ids = [number + place for place in range(3 + number % 11)]
    given: dict[str, Any] = {"sampling": GREEDY, "seed": 1, "stops": (), **fields}
    return Prompt(token_ids=ids, new_tokens=new, **given)


@pytest.fixture
async def model() -> Model:
    return Model()


@pytest.fixture
async def batcher(model: Model) -> AsyncIterator[Batcher]:
    made = Batcher("test", capacity=40, rows=4)
    await asyncio.wrap_future(made.load(lambda: model))
    yield made
    made.stop()


async def pieces_of(call: Asked) -> str:
    async with asyncio.timeout(TIMEOUT_S):
        return "".join([piece async for piece in call if isinstance(piece, str)])


async def assert_answered(call: Asked, prompt: Prompt, model: Model) -> None:
    text = await pieces_of(call)
    answer = call.result()
    tokens = expected(prompt)
    assert text == answer.text == model.decode(tokens)
    assert answer.completion_tokens == len(tokens)
    assert answer.prompt_tokens == len(prompt.token_ids)


async def settled(batcher: Batcher) -> None:
    await asyncio.wrap_future(batcher.load(lambda: None))


@pytest.mark.parametrize("device", ["cpu", "cuda"])
async def test_many_requests_get_what_each_gets_alone(
    batcher: Batcher, model: Model, device: str
) -> None:
    model.device.type = device
    prompts = [prompt_of(number, new=1 + number * 5 % 17) for number in range(30)]
    calls = [batcher.submit(prompt) for prompt in prompts]
    for call, prompt in zip(calls, prompts, strict=True):
        await assert_answered(call, prompt, model)
    assert max(model.sizes) == 4
    await settled(batcher)
    assert model.held == {}
    assert model.budget.taken == 0


async def test_a_request_joins_those_that_run(batcher: Batcher, model: Model) -> None:
    gate, reached = threading.Event(), threading.Event()

    def hold(_segments: Sequence[Segment]) -> None:
        if len(model.sizes) == 5:
            reached.set()
            assert gate.wait(TIMEOUT_S)

    model.before = hold
    first = batcher.submit(prompt_of(1, new=40))
    assert await asyncio.to_thread(reached.wait, TIMEOUT_S)
    second = batcher.submit(prompt_of(2, new=3))
    gate.set()
    await assert_answered(second, prompt_of(2, new=3), model)
    assert not first.future.done() or model.sizes.count(2) > 0
    await assert_answered(first, prompt_of(1, new=40), model)
    assert 2 in model.sizes


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("error", [RuntimeError, MemoryError, SystemExit, KeyboardInterrupt])
async def test_a_request_that_breaks_the_model_fails_alone(
    batcher: Batcher, model: Model, error: type[BaseException], device: str
) -> None:
    model.device.type = device
    bad = prompt_of(50, new=20)

    def breaks(segments: Sequence[Segment]) -> None:
        if any(50 in one.tokens and one.start == 0 for one in segments):
            raise error("秘密")

    model.before = breaks
    prompts = [prompt_of(number, new=25) for number in range(6)]
    calls = [batcher.submit(prompt) for prompt in prompts[:3]]
    culprit = batcher.submit(bad)
    calls += [batcher.submit(prompt) for prompt in prompts[3:]]
    for call, prompt in zip(calls, prompts, strict=True):
        await assert_answered(call, prompt, model)
    assert await pieces_of(culprit) == ""
    with pytest.raises(ModelFailed, match=error.__name__) as failure:
        culprit.result()
    assert "秘密" not in failure.value.message
    await settled(batcher)
    assert model.held == {}


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
@pytest.mark.parametrize("at", [1, 4, 9, 20])
async def test_a_step_that_fails_once_is_noticed_by_nobody(
    batcher: Batcher, model: Model, at: int, error: type[BaseException], device: str
) -> None:
    model.device.type = device
    failed: list[int] = []

    def breaks(_segments: Sequence[Segment]) -> None:
        if len(model.sizes) == at and not failed:
            failed.append(1)
            raise error

    model.before = breaks
    prompts = [prompt_of(number, new=15) for number in range(7)]
    calls = [batcher.submit(prompt) for prompt in prompts]
    for call, prompt in zip(calls, prompts, strict=True):
        await assert_answered(call, prompt, model)
    assert failed


async def test_a_lone_request_has_two_attempts(batcher: Batcher, model: Model) -> None:
    tries: list[int] = []

    def breaks(_segments: Sequence[Segment]) -> None:
        tries.append(1)
        raise RuntimeError

    model.before = breaks
    call = batcher.submit(prompt_of(1))
    await pieces_of(call)
    with pytest.raises(ModelFailed):
        call.result()
    assert len(tries) == MOST_FAILURES


@pytest.mark.parametrize("device", ["cpu", "cuda"])
async def test_a_cancelled_request_ends_once_and_frees_its_seat(
    batcher: Batcher, model: Model, device: str
) -> None:
    model.device.type = device
    reached, gate = threading.Event(), threading.Event()

    def hold(_segments: Sequence[Segment]) -> None:
        if len(model.sizes) == 6:
            reached.set()
            assert gate.wait(TIMEOUT_S)

    model.before = hold
    prompts = [prompt_of(number, new=30) for number in range(4)]
    calls = [batcher.submit(prompt) for prompt in prompts]
    assert await asyncio.to_thread(reached.wait, TIMEOUT_S)
    waiting = batcher.submit(prompt_of(9))
    calls[1].cancel()
    waiting.cancel()
    assert await pieces_of(waiting) == ""
    gate.set()
    await pieces_of(calls[1])
    with pytest.raises(NotReady):
        calls[1].result()
    assert calls[1]._events.empty()
    for place in (0, 2, 3):
        await assert_answered(calls[place], prompts[place], model)
    await settled(batcher)
    assert (batcher.active, batcher.waiting) == (0, 0)
    assert model.held == {}


async def test_too_many_requests_are_refused_at_once(model: Model) -> None:
    batcher = Batcher("test", capacity=2, rows=1)
    gate = threading.Event()

    def hold(_segments: Sequence[Segment]) -> None:
        assert gate.wait(TIMEOUT_S)

    model.before = hold
    await asyncio.wrap_future(batcher.load(lambda: model))
    calls = [batcher.submit(prompt_of(number)) for number in range(3)]
    with pytest.raises(Busy, match="2 requests already wait"):
        batcher.submit(prompt_of(4))
    gate.set()
    for number, call in enumerate(calls):
        await assert_answered(call, prompt_of(number), model)
    batcher.stop()


async def test_who_has_no_room_waits_and_is_not_overtaken_for_ever(model: Model) -> None:
    model.budget.tokens = 60
    batcher = Batcher("test", capacity=40, rows=4)
    await asyncio.wrap_future(batcher.load(lambda: model))
    prompts = [prompt_of(number, new=20) for number in range(4)]
    prompts.append(Prompt(token_ids=[1] * 10, new_tokens=50, sampling=GREEDY, seed=1, stops=()))
    calls = [batcher.submit(prompt) for prompt in prompts]
    for call, prompt in zip(calls, prompts, strict=True):
        await assert_answered(call, prompt, model)
    batcher.stop()


async def test_one_person_leaves_a_seat_for_others(batcher: Batcher, model: Model) -> None:
    seen: list[int] = []
    model.before = lambda segments: seen.append(len(segments))
    calls = [batcher.submit(prompt_of(number, person="heavy")) for number in range(8)]
    for call in calls:
        await pieces_of(call)
    assert max(seen) == 3


async def test_a_stop_string_ends_the_text_before_it(batcher: Batcher, model: Model) -> None:
    whole = model.decode(expected(prompt_of(3, new=30)))
    stop = whole[10:12]
    prompt = prompt_of(3, new=30, stops=(stop, "never"))
    call = batcher.submit(prompt)
    assert await pieces_of(call) == whole[: whole.index(stop)]
    assert call.result().finish_reason == "stop"
    assert call.result().completion_tokens < 30


async def test_the_end_token_ends_an_answer(batcher: Batcher, model: Model) -> None:
    tokens = expected(prompt_of(5, new=30))
    model.stop_tokens = frozenset({tokens[6]})
    call = batcher.submit(prompt_of(5, new=30))
    await pieces_of(call)
    answer = call.result()
    assert answer.finish_reason == "stop"
    assert answer.completion_tokens == tokens.index(tokens[6]) + 1


async def test_a_thread_that_is_gone_is_started_again(batcher: Batcher, model: Model) -> None:
    batcher._inbox.put(SimpleNamespace(prompt=None))  # pyrefly: ignore[bad-argument-type] - kills it
    await assert_answered(batcher.submit(prompt_of(1)), prompt_of(1), model)


async def test_who_waits_is_told_place_and_time_and_others_are_not(model: Model) -> None:
    batcher = Batcher("test", capacity=8, rows=1)
    gate, reached = threading.Event(), threading.Event()

    def hold(_segments: Sequence[Segment]) -> None:
        if len(model.sizes) == 3:
            reached.set()
            assert gate.wait(TIMEOUT_S)

    model.before = hold
    await asyncio.wrap_future(batcher.load(lambda: model))
    first = batcher.submit(prompt_of(1, new=40, standing=True))
    assert await asyncio.to_thread(reached.wait, TIMEOUT_S)
    waiting = [batcher.submit(prompt_of(2 + n, new=9, standing=True)) for n in range(2)]
    silent = batcher.submit(prompt_of(7, new=9))
    gate.set()
    told = [[one async for one in call] for call in (first, *waiting, silent)]
    places = [[one.place for one in events if isinstance(one, Standing)] for events in told]
    assert places[0] == places[3] == []
    assert places[1][0] == 1
    assert places[2][0] == 2
    assert places[2][-1] == 1
    begins = [events.index(next(one for one in events if isinstance(one, str))) for events in told]
    assert all(isinstance(one, str) for one in told[2][begins[2] :])
    waits = [one.wait_s for one in told[2] if isinstance(one, Standing)]
    assert all(wait_s >= 0 for wait_s in waits)
    batcher.stop()


async def test_stopping_ends_every_request(batcher: Batcher, model: Model) -> None:
    gate, reached = threading.Event(), threading.Event()

    def hold(_segments: Sequence[Segment]) -> None:
        reached.set()
        assert gate.wait(TIMEOUT_S)

    model.before = hold
    calls = [batcher.submit(prompt_of(number)) for number in range(6)]
    assert await asyncio.to_thread(reached.wait, TIMEOUT_S)
    batcher.stop()
    assert not batcher.ended(0)
    gate.set()
    for call in calls:
        await pieces_of(call)
        with pytest.raises(NotReady):
            call.result()
    assert batcher.ended(TIMEOUT_S)
    assert model.held == {}
