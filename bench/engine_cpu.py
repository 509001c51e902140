"""The engine on a CPU, over HTTP, beside other ways to run the same random model of 10 million.

`naive` is `generate` for one request after the other, `static` for all that wait at once, `cb` the
continuous batching of transformers used directly, `serve` its own server, `llamacpp` llama.cpp's
with a model of 95 million in 8 bits. All with one thread. What counts on a machine that does other
things is the CPU time of the process that has the model. The last two need the extra peers.
"""

import asyncio
import importlib.util
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
from transformers.generation import ContinuousBatchingConfig
from transformers.utils import logging as transformers_logging

from bench import engine_mishaps, roofline, texts
from bench.figures import Figure, percentile
from bench.load import Job, Run, Server, Told, burst, log, play, poisson, running
from bench.models import SHAPES, saved

SHAPE, LARGE = "10m", "95m"
ROUNDS = 3
CROWD = 16
PEERS = ("naive", "cb", "serve", "llamacpp")
ABSENT = {"serve": ("fastapi",), "llamacpp": ("xllamacpp", "gguf")}
"""Packages without which a peer is left out."""
LEAST = {"naive": 4.0, "serve": 1.25, "llamacpp": 1.0}
"""How many times a peer's rate ours is to reach."""
BUSY = 0.5
"""Of what the machine can write, how much is asked for when requests arrive at random."""
SERVE_PORT = 18231
SOONER = 40
"""How many times earlier than a static batch's the first text is to come."""
CACHE_BLOCKS, BLOCK_TOKENS, STEP_TOKENS = 256, 32, 512
_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a way took for a round: tokens, seconds, and CPU seconds of whoever has the model."""

    tokens: int
    wall_s: float
    cpu_s: float


Way = Callable[[Sequence[Job]], Awaitable[Cost]]


def figures(scale: float = 1.0, against: Sequence[str] = ()) -> Iterator[Figure]:
    """Measure ours beside the named peers, or all of them."""
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = saved(SHAPES[SHAPE], Path(name) / SHAPE)
        yield from asyncio.run(_measured(folder, scale, against or PEERS))


async def _measured(folder: Path, scale: float, against: Sequence[str]) -> list[Figure]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(_ours(folder))
        ways: dict[str, Way] = {"ours": _http(server)}
        local, peers = Local(folder), [name for name in against if _is_there(name)]
        for name in peers:
            if name != "llamacpp":
                ways[name] = await _way(name, folder, local, stack)
        jobs = crowd(max(4, round(CROWD * scale)))
        found, rate = await _compared(ways, jobs)
        found.append(_share(found, jobs, local))
        found += await _arrivals(server, local, rate, scale)
        found += await _fairness(server, scale)
        found += [await _exactness(server, local, jobs), _memory(server)]
        found += [await engine_mishaps.cancelled(server), *await _mishaps()]
    if "llamacpp" in peers:
        found += await _large(folder.with_name(LARGE), scale)
    return found


async def _mishaps() -> list[Figure]:
    command = [sys.executable, "-m", "bench.served", SHAPE, "--device", "cpu"]
    command += ["--room-tokens", str(CACHE_BLOCKS * BLOCK_TOKENS), "--crack", engine_mishaps.CRACK]
    async with running(command, _environment()) as server:
        return await engine_mishaps.figures(server)


async def _large(folder: Path, scale: float) -> list[Figure]:
    """Compare with llama.cpp, whose weights have 8 bits; ours have 32, and are exact."""
    saved(SHAPES[LARGE], folder)
    command = [sys.executable, "-m", "bench.llamacpp", str(folder)]
    async with _ours(folder) as ours, running(command, _environment()) as llama:
        ways = {"ours": _http(ours), "llamacpp": _http(llama)}
        found, _ = await _compared(ways, crowd(max(4, round(CROWD * scale))))
        return [replace(one, what=f"{one.what}, {LARGE}") for one in found]


def _share(found: Sequence[Figure], jobs: Sequence[Job], local: "Local") -> Figure:
    """Return how much of the processor's limit the burst came to, prompts counted as if free."""
    limit = roofline.probed()
    context = sum(len(local.ids(job)) + job.tokens / 2 for job in jobs) / len(jobs)
    most = limit.tokens_s(SHAPES[SHAPE], len(jobs), context)
    log(
        f"one thread reads {limit.bytes_s / 1e9:.1f} GB/s and does "
        f"{limit.flops_s / 1e9:.0f} GFLOP/s: at most {most:.0f} tokens/s for {len(jobs)} at once"
    )
    ours = found[0].ours if found else 0.0
    return _figure("burst, of the limit", "%", (100 * ours / most, 100), "the probe of this run")


def crowd(count: int) -> list[Job]:
    """Return requests of mixed lengths that all come at once."""
    prompts = [texts.english(80 + 23 * number) for number in range(count)]
    return burst(prompts, [16 + 3 * number for number in range(count)])


def _is_there(name: str) -> bool:
    absent = [one for one in ABSENT.get(name, ()) if importlib.util.find_spec(one) is None]
    if absent:
        log(f"{name} is left out: {absent[0]} is not installed; `pip install '.[peers]'` does it")
    return not absent


async def _way(name: str, folder: Path, local: "Local", stack: AsyncExitStack) -> Way:
    if name == "serve":
        return _http(await stack.enter_async_context(_serve(folder)))
    if name == "cb":
        return local.together
    if name == "naive":
        return local.one_by_one
    raise ValueError(f"There is no way to run {name} here.")


async def _compared(ways: Mapping[str, Way], jobs: Sequence[Job]) -> tuple[list[Figure], float]:
    """Return the figures, and the tokens a second that ours wrote in the median round."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 1):  # the first round warms up
        for name, way in ways.items():
            costs[name].append(await way(jobs))
    best = {name: max(_rate(cost) for cost in found[1:]) for name, found in costs.items()}
    for name, found in costs.items():
        walls = ", ".join(f"{cost.tokens / cost.wall_s:.0f}" for cost in found[1:])
        log(f"{name}: {best[name]:.0f} tokens a CPU second; tokens a second by round: {walls}")
    what = f"burst of {len(jobs)}"
    shown = [
        replace(
            _figure(what, "tokens/CPU s", (best["ours"], rate), name),
            least=LEAST[name] * rate if name in LEAST else None,
        )
        for name, rate in best.items()
        if name != "ours"
    ]
    return shown, percentile([cost.tokens / cost.wall_s for cost in costs["ours"][1:]], 50)


def _rate(cost: Cost) -> float:
    return cost.tokens / cost.cpu_s


def _http(server: Server) -> Way:
    process = psutil.Process(server.pid)

    def used_s() -> float:
        times = process.cpu_times()
        return times.user + times.system

    async def way(jobs: Sequence[Job]) -> Cost:
        before = used_s()
        run = await play(server, jobs)
        return Cost(
            tokens=sum(one.tokens for one in run.told),
            wall_s=run.seconds,
            cpu_s=used_s() - before,
        )

    return way


class Local:
    """The same model in this process, run by transformers."""

    def __init__(self, folder: Path) -> None:
        """Load it."""
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder).eval()
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)

    def ids(self, job: Job) -> list[int]:
        """Return the tokens of a request."""
        turns = [{"role": "user", "content": job.text}]
        text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def generated(self, job: Job) -> list[int]:
        """Return the tokens that `generate` answers a request with."""
        tokens = torch.tensor([self.ids(job)])
        given = {"max_new_tokens": job.tokens, "do_sample": False}
        output = self.model.generate(tokens, attention_mask=torch.ones_like(tokens), **given)
        return output[0, tokens.shape[1] :].tolist()

    async def one_by_one(self, jobs: Sequence[Job]) -> Cost:
        """Answer one request after the other."""
        return _local(lambda: sum(len(self.generated(job)) for job in jobs))

    async def together(self, jobs: Sequence[Job]) -> Cost:
        """Answer all by the continuous batching of transformers."""
        return _local(lambda: self._batched(jobs))

    def _batched(self, jobs: Sequence[Job]) -> int:
        settings = GenerationConfig(do_sample=False, eos_token_id=-1, pad_token_id=0)
        cache = ContinuousBatchingConfig(
            num_blocks=CACHE_BLOCKS, page_size=BLOCK_TOKENS, max_batch_tokens=STEP_TOKENS
        )
        manager = self.model.init_continuous_batching(
            generation_config=settings, continuous_batching_config=cache
        )
        manager.start()
        try:
            for job in jobs:
                manager.add_request(self.ids(job), max_new_tokens=job.tokens)
            results = [manager.get_result() for _ in jobs]
        finally:
            manager.stop(block=True)
        return sum(len(result.generated_tokens) for result in results)

    def window(self, jobs: Sequence[Job]) -> tuple[float, float]:
        """Answer a batch by one `generate`; return seconds to the first token, and in all."""
        rows = [self.ids(job) for job in jobs]
        longest = max(len(row) for row in rows)
        tokens = torch.tensor([[0] * (longest - len(row)) + row for row in rows])
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
        firsts: list[float] = []
        begin = time.perf_counter()

        def noted(given: Any, _scores: object, **_more: object) -> Any:  # noqa: ANN401 - tensors
            firsts.append(time.perf_counter() - begin)
            return torch.zeros(len(given), dtype=torch.bool)

        most = max(job.tokens for job in jobs)
        self.model.generate(
            tokens,
            attention_mask=mask,
            max_new_tokens=most,
            do_sample=False,
            stopping_criteria=[noted],
        )
        return firsts[0], time.perf_counter() - begin


def _local(work: Callable[[], int]) -> Cost:
    begin, used = time.perf_counter(), time.process_time()
    tokens = work()
    return Cost(tokens=tokens, wall_s=time.perf_counter() - begin, cpu_s=time.process_time() - used)


async def _arrivals(server: Server, local: Local, rate: float, scale: float) -> list[Figure]:
    """Send requests at random moments, half as many as the machine can answer just now."""
    count = max(6, round(32 * scale))
    prompts = [texts.english(100 + 17 * number) for number in range(count)]
    tokens = [8 + number * 37 % 120 for number in range(count)]
    jobs = poisson(prompts, tokens, a_second=BUSY * rate * count / sum(tokens))
    ours, static = await play(server, jobs), await asyncio.to_thread(_windows, local, jobs)
    soon = [(ours.first_s(percent), static.first_s(percent)) for percent in (50, 95)]
    late = _figure("first text p95, arrivals", "s", soon[1], "static")
    whole = [(ours.whole_s(percent), static.whole_s(percent)) for percent in (50, 95)]
    return [
        _figure("first text p50, arrivals", "s", soon[0], "static"),
        replace(late, goal=static.first_s(95) / SOONER),
        _figure("whole answer p50, arrivals", "s", whole[0], "static"),
        _figure("whole answer p95, arrivals", "s", whole[1], "static"),
    ]


def _windows(local: Local, jobs: Sequence[Job]) -> Run:
    """Answer what waits, at most a crowd at once, then what has come meanwhile."""
    told: list[Told] = []
    begin, waiting = time.perf_counter(), list(jobs)
    while waiting:
        time.sleep(max(0.0, waiting[0].at_s - (time.perf_counter() - begin)))
        now = time.perf_counter() - begin
        batch = [job for job in waiting if job.at_s <= now][:CROWD]
        waiting = waiting[len(batch) :]
        first, whole = local.window(batch)
        told += [
            Told(
                first_s=now + first - job.at_s,
                whole_s=now + whole - job.at_s,
                ended_s=now + whole,
                tokens=job.tokens,
                text="",
            )
            for job in batch
        ]
    return Run(seconds=time.perf_counter() - begin, told=told)


async def _fairness(server: Server, scale: float) -> list[Figure]:
    """One person floods; another asks now and then; then three ask for the same much."""
    light = [
        Job(text=texts.english(120), tokens=16, at_s=0.5 * number, more={"user": "light"})
        for number in range(max(3, round(10 * scale)))
    ]
    flood = [
        Job(text=texts.english(200), tokens=64, more={"user": "heavy"})
        for _ in range(max(8, round(40 * scale)))
    ]
    alone = await play(server, light)
    run = await play(server, [*flood, *light])
    beside = percentile([one.whole_s for one in run.told[len(flood) :]], 95)
    people = [
        Job(text=texts.english(100), tokens=32, more={"user": f"u{number % 3}"})
        for number in range(max(6, round(36 * scale)))
    ]
    shares = await _shares(server, people)
    return [
        replace(
            _figure("light user's p95 under a flood", "s", (beside, alone.whole_s(95)), "alone"),
            goal=2 * alone.whole_s(95),
        ),
        _figure("Jain's index of three users half-way", "of 1", (shares, 1.0), "all the same"),
    ]


async def _shares(server: Server, jobs: Sequence[Job]) -> float:
    """Jain's index of the tokens that each had when half of the answers were there."""
    run = await play(server, jobs)
    half = percentile([one.ended_s for one in run.told], 50)
    had: dict[str, int] = {}
    for job, one in zip(jobs, run.told, strict=True):
        person = str((job.more or {})["user"])
        had[person] = had.get(person, 0) + (one.tokens if one.ended_s <= half else 0)
    values = list(had.values())
    return sum(values) ** 2 / (len(values) * sum(value**2 for value in values))


async def _exactness(server: Server, local: Local, jobs: Sequence[Job]) -> Figure:
    run = await play(server, jobs)
    same = 0
    for job, one in zip(jobs, run.told, strict=True):
        expected = local.tokenizer.decode(local.generated(job), skip_special_tokens=True)
        same += one.text == expected
    told = _figure("answers that are generate's, in a burst", "of all", (same, len(jobs)), "all")
    return replace(told, least=len(jobs))


def _memory(server: Server) -> Figure:
    """Return the most that the engine held, as Linux counts it; elsewhere what it holds now."""
    status = Path(f"/proc/{server.pid}/status")
    told = status.read_text(encoding="utf-8") if status.is_file() else ""
    peak = re.search(r"^VmHWM:\s*([0-9]+) kB$", told, re.MULTILINE)
    now = psutil.Process(server.pid).memory_info().rss
    most = (int(peak[1]) << 10 if peak else now) / _MIB
    return replace(_figure("peak memory", "MiB", (most, 1024), "the limit"), goal=1024)


@asynccontextmanager
async def _ours(folder: Path) -> AsyncGenerator[Server]:
    command = [sys.executable, "-m", "generators.engine", "--json", "--port", "0", "--offline"]
    command += ["--device", "cpu", "--text-model", str(folder), "--waiting", "256"]
    async with running(command, _environment()) as server:
        yield server


@asynccontextmanager
async def _serve(folder: Path) -> AsyncGenerator[Server]:
    program = [sys.executable, "-c", "from transformers.cli.transformers import main; main()"]
    command = [*program, "serve", str(folder), "--device", "cpu", "--port", str(SERVE_PORT)]
    command += ["--continuous-batching", "--cb-num-blocks", str(CACHE_BLOCKS)]
    command += ["--cb-block-size", str(BLOCK_TOKENS), "--cb-max-batch-tokens", str(STEP_TOKENS)]
    url = f"http://127.0.0.1:{SERVE_PORT}"
    async with running(command, _environment(), url=url, model=str(folder)) as server:
        yield Server(url=url, model=str(folder), pid=server.pid, tells_usage=False)


def _environment() -> dict[str, str]:
    quiet = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    return {**os.environ, **quiet, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}


def _figure(what: str, unit: str, values: tuple[float, float], peer_is: str) -> Figure:
    return Figure(what=what, unit=unit, ours=values[0], peer=values[1], peer_is=peer_is)
