"""The engine on a CUDA device: a random model of 8 billion parameters in bfloat16.

First in this process, step by step, beside the limit of the device's memory, which is measured
here; then over HTTP, beside `generate` for one request after the other and for a whole batch.
"""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from bench import texts
from bench.figures import Figure, Skipped
from bench.load import (
    Job,
    NotServedError,
    Run,
    Server,
    body,
    burst,
    log,
    play,
    poisson,
    running,
    session,
)
from bench.models import SHAPES, built
from generators.engine.cache import Segment
from generators.engine.options import EngineSettings
from generators.engine.steppers import stepper

SHAPE = "8b"
PROMPT_TOKENS = 256
STEPS = 96
NAIVE_TOKENS = 48
BATCH = 16
ROOM_TOKENS = 65536
PROBE_BYTES = 4 << 30
PROBE_ROUNDS = 10
TERA = 1e12


def figures(scale: float = 1.0, against: Sequence[str] = ()) -> Iterator[Figure]:
    """Measure; raises Skipped where there is no CUDA device."""
    del against  # the peers here are all in this process
    if not torch.cuda.is_available():
        raise Skipped("There is no CUDA device.")
    shape = SHAPE if scale >= 1 else "10m"
    bandwidth = _bandwidth()
    name = torch.cuda.get_device_name()
    log(f"{name}: {bandwidth / TERA:.2f} TB/s read or copied, torch {torch.__version__}")
    naive, static = _peers(shape)
    log(f"generate: {naive:.1f} tokens/s for one, {static:.1f} for {BATCH}")
    for triton in (False, True):
        yield from _steps(shape, bandwidth, (naive, static), triton=triton)
        gc.collect()
        torch.cuda.empty_cache()
    try:
        yield from asyncio.run(_served(shape, naive))
    except NotServedError as why:
        log(f"nothing is measured over HTTP: {why}")


def _bandwidth() -> float:
    """Bytes a second that the device's memory gives: the better of a copy and of a sum."""
    data = torch.ones(PROBE_BYTES // 4, device="cuda", dtype=torch.float32)
    other = torch.empty_like(data)
    copied = 2 * PROBE_BYTES / _timed(lambda: other.copy_(data))
    return max(copied, PROBE_BYTES / _timed(data.sum))


def _timed(work: Callable[[], object]) -> float:
    """Seconds of one round, on the device's own clock; the best of some."""
    best = float("inf")
    for _ in range(PROBE_ROUNDS):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        end.synchronize()
        best = min(best, begin.elapsed_time(end) / 1000)
    return best


def _peers(shape: str) -> tuple[float, float]:
    """Tokens a second of transformers' `generate`, for one request and for a batch."""
    model = built(SHAPES[shape], device="cuda", dtype=torch.bfloat16)
    return _generated(model, 1), _generated(model, BATCH)


def _generated(model: Any, count: int) -> float:  # noqa: ANN401 - of transformers
    tokens = torch.randint(5, 2000, (count, PROMPT_TOKENS), device="cuda")
    given = {"attention_mask": torch.ones_like(tokens), "do_sample": False}
    rates = []
    for round_tokens in (4, NAIVE_TOKENS, NAIVE_TOKENS):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        model.generate(tokens, max_new_tokens=round_tokens, min_new_tokens=round_tokens, **given)
        torch.cuda.synchronize()
        rates.append(count * round_tokens / (time.perf_counter() - begin))
    return max(rates)


def _settings(*, triton: bool) -> EngineSettings:
    return EngineSettings(rows=BATCH, room_tokens=ROOM_TOKENS, triton=triton)


def _steps(
    shape: str, bandwidth: float, peers: tuple[float, float], *, triton: bool
) -> Iterator[Figure]:
    begin = time.perf_counter()
    model = built(SHAPES[shape], device="cuda", dtype=torch.bfloat16)

    def again() -> Any:  # noqa: ANN401 - of transformers
        return built(SHAPES[shape], device="cuda", dtype=torch.bfloat16)

    engine: Any = stepper(model, again, _settings(triton=triton))
    del model
    decoder = getattr(engine, "decoder", None)
    kind = type(engine).__name__, type(getattr(decoder, "kernels", None)).__name__
    log(f"the engine was made in {time.perf_counter() - begin:.1f} s: {kind}")
    held = torch.cuda.max_memory_allocated() / 2**30
    log(f"memory at most {held:.1f} GiB, with a cache for {ROOM_TOKENS} tokens")
    for count, peer in zip((1, BATCH), peers, strict=True):
        rate, prompt_s = _rate(engine, count)
        limit = count * bandwidth / _bytes_a_step(shape, count)
        log(f"{count} at once: {rate:.1f} tokens/s of {limit:.1f}; prompts in {prompt_s:.3f} s")
        what = f"decoding, {count} at once{', our kernels' if triton else ''}"
        yield _figure(what, "tokens/s", (rate, peer), f"generate, a batch of {count}")
        yield _figure(what, "% of the limit", (100 * rate / limit, 100), "memory read once a step")


def _bytes_a_step(shape: str, count: int) -> float:
    """Bytes that one step has to read: all weights but the embeddings, and the cache."""
    given = SHAPES[shape]
    heads = given.heads + 2 * given.groups
    layer = given.width * given.head_size * (heads + given.heads) + 3 * given.width * given.inner
    weights = given.layers * layer + given.vocabulary * given.width
    context = PROMPT_TOKENS + STEPS / 2
    cache = 2 * given.layers * given.groups * given.head_size * context * count
    return 2 * (weights + cache)


def _rate(engine: Any, count: int) -> tuple[float, float]:  # noqa: ANN401 - a stepper
    """Tokens a second of decoding, and seconds that the prompts took."""
    best, prompt_s = 0.0, float("inf")
    for _ in range(3):
        seats = [engine.open(PROMPT_TOKENS + STEPS + 1) for _ in range(count)]
        begin = time.perf_counter()
        given = [range(5, 5 + PROMPT_TOKENS)] * count
        tokens = _step(engine, seats, 0, given)
        prompt_s = min(prompt_s, time.perf_counter() - begin)
        begin = time.perf_counter()
        for place in range(STEPS):
            tokens = _step(engine, seats, PROMPT_TOKENS + place, [[token] for token in tokens])
        best = max(best, count * STEPS / (time.perf_counter() - begin))
        for seat in seats:
            engine.close(seat)
    return best, prompt_s


def _step(
    engine: Any,  # noqa: ANN401 - a stepper
    seats: Sequence[object],
    start: int,
    given: Sequence[Sequence[int]],
) -> list[int]:
    segments = [
        Segment(seat=seat, start=start, tokens=tokens)
        for seat, tokens in zip(seats, given, strict=True)
    ]
    return engine.step(segments).argmax(dim=-1).tolist()


async def _served(shape: str, naive: float) -> list[Figure]:
    command = [sys.executable, "-m", "bench.served", shape, "--device", "cuda", "--triton"]
    begin = time.perf_counter()
    async with running(command, os.environ) as server:
        log(f"the server had its model after {time.perf_counter() - begin:.1f} s")
        await play(server, burst([texts.english(200)] * 4, [16] * 4))
        found = [*await _bursts(server, naive), *await _arrivals(server)]
        return [*found, *await _mishaps(server)]


async def _bursts(server: Server, naive: float) -> list[Figure]:
    lone = await play(server, burst([texts.english(800)], [256]))
    runs = [await play(server, _crowd()) for _ in range(3)]
    best = max(runs, key=lambda run: run.rate)
    _log_run(f"burst of {BATCH}", best)
    return [
        _figure("one stream over HTTP", "tokens/s", (lone.rate, naive), "generate, one by one"),
        _figure(f"burst of {BATCH} over HTTP", "tokens/s", (best.rate, naive), "generate"),
        _figure("first text p95 in the burst", "s", (best.first_s(95), best.first_s(50)), "p50"),
    ]


def _crowd() -> list[Job]:
    prompts = [texts.english(300 + 60 * number) for number in range(BATCH)]
    return burst(prompts, [96 + 8 * number for number in range(BATCH)])


async def _arrivals(server: Server) -> list[Figure]:
    prompts = [texts.english(200 + 20 * number) for number in range(64)]
    run = await play(
        server, poisson(prompts, [16 + number * 37 % 112 for number in range(64)], a_second=12)
    )
    _log_run("64 arrivals, 12 a second", run)
    return [
        _figure("first text p95, 12 arrivals/s", "s", (run.first_s(95), run.first_s(50)), "p50"),
        _figure("whole answer p95, 12 arrivals/s", "s", (run.whole_s(95), run.whole_s(50)), "p50"),
    ]


async def _mishaps(server: Server) -> list[Figure]:
    """Send an oversized request and leave some streams, beside eight that must not notice."""
    calm = await play(server, burst([texts.english(300)] * 8, [64] * 8))
    eight = asyncio.create_task(play(server, burst([texts.english(300)] * 8, [64] * 8)))
    big = await play(server, [Job(text=texts.english(400), tokens=10**6)])
    async with session() as client:
        for _ in range(4):
            leaving = Job(text=texts.english(300), tokens=512)
            await _leave(client, server, leaving)
    found = await eight
    same = sum(one.text == other.text for one, other in zip(found.told, calm.told, strict=True))
    log(f"oversized: {big.told[0].error}; {same} of 8 neighbours have the same text as alone")
    whole = sum(not one.error and bool(one.text) for one in found.told)
    return [_figure("neighbours that got their answer", "of 8", (whole, 8), "all of them")]


async def _leave(client: Any, server: Server, job: Job) -> None:  # noqa: ANN401 - aiohttp's
    async with client.post(f"{server.url}/v1/chat/completions", json=body(server, job)) as answer:
        await answer.content.readline()


def _log_run(what: str, run: Run) -> None:
    first, whole = (run.first_s(50), run.first_s(95)), (run.whole_s(50), run.whole_s(95))
    log(
        f"{what}: {run.rate:.1f} tokens/s; first text p50 {first[0]:.3f} p95 {first[1]:.3f} s; "
        f"whole p50 {whole[0]:.2f} p95 {whole[1]:.2f} s; "
        f"{sum(bool(one.error) for one in run.told)} failed"
    )


def _figure(what: str, unit: str, values: tuple[float, float], peer_is: str) -> Figure:
    return Figure(what=what, unit=unit, ours=values[0], peer=values[1], peer_is=peer_is)
