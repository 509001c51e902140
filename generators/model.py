"""The one way to models: chat, pictures and embeddings over the OpenAI API, whatever serves it.

Our own engine, vLLM, Ray Serve or a hosted API differ only in the URL; each kind of model may have
one of its own. What our engine has beyond it is used where it is there: `kind` and `size` of a
model in /v1/models, `usage.gpu_ms`, and how far a picture is. Knows nothing of torch, nor of
requests beyond what a call is given.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final, Self

import httpx2
import numpy as np
from numpy.typing import NDArray

from generators import answers
from generators.change import SEEDED, Change
from generators.draft import (
    Cost,
    DeadlineExceeded,
    EngineCrashed,
    EngineUnavailable,
)
from generators.events import Event, events
from generators.failures import told
from generators.host import KINDS, Host, Kind, Stopwatch
from generators.metering import Running, Turn, noted, turned
from generators.painting import Brief, Canvas, Preview, heard
from generators.urgency import priority
from generators.vocabulary import HEEDED, Heeded

TEXTS_PER_CALL = 256
"""Texts embedded by one call; the OpenAI API takes 2,048."""
LAST_S: Final = 5.0
"""How long the usage may come after the end of an answer; then the answer goes without it."""
SPILL: Final = 4
"""So many times the tokens that were asked for are taken from a server that does not count them."""

_STREAMED: Final[Mapping[bool, Mapping[str, bool]]] = {
    False: {"include_usage": True},
    True: {"include_usage": True, "include_queue": True},
}
"""What a stream tells beside text, by whether the engine is ours: others refuse unknown fields."""
_THOUGHT = re.compile(r"\s*<think>.*?(?:</think>\s*|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a language model has said so far; the last one holds all of it and the exact cost."""

    text: str
    cost: Cost
    cut: bool = False
    """Whether it stopped because `max_tokens` was reached."""
    done: bool = False
    """Whether this is the last."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG bytes. `seed` is 0 where the engine does not take one."""

    png: bytes
    seed: int
    cost: Cost
    heeded: Heeded = HEEDED
    """What was told of the words of the prompt."""


class Model:
    """The engines. Every method raises a `GenerationError`, and no text of an engine's in it."""

    def __init__(
        self,
        base_url: str,
        api_key: str = "local",
        *,
        timeout_s: float = 120.0,
        fresh_s: float = 3.0,
        chosen: Mapping[str, str] | None = None,
    ) -> None:
        """Take the URL and the rest of `generators.host:Host`, which serves every kind."""
        host = Host(base_url, api_key, timeout_s=timeout_s, fresh_s=fresh_s, chosen=chosen)
        self._hosts: dict[Kind, Host] = dict.fromkeys(KINDS, host)
        self._timeout_s = timeout_s

    def apart(self, hosts: Mapping[Kind, Host]) -> Self:
        """Have other servers for some kinds, and return this model."""
        self._hosts |= hosts
        return self

    async def close(self) -> None:
        """Close the connections."""
        for host in {*self._hosts.values()}:
            await host.close()

    async def installed(self) -> Mapping[str, str]:
        """Return the model id for each kind ("chat", "image", "embed") that can be used now.

        Raises EngineUnavailable where no server answers; of several, the others still count.
        """
        hosts = list(dict.fromkeys(self._hosts.values()))
        told_by = await asyncio.gather(
            *(host.installed() for host in hosts), return_exceptions=True
        )
        known = dict(zip(hosts, told_by, strict=True))
        silent = [said for said in told_by if isinstance(said, BaseException)]
        if len(silent) == len(hosts):
            raise silent[0]
        of_kinds = ((kind, known[host]) for kind, host in self._hosts.items())
        return {
            k: said[k] for k, said in of_kinds if not isinstance(said, BaseException) and k in said
        }

    async def has(self, kind: Kind) -> bool:
        """Tell whether there is a model of a kind; no server of another kind is asked."""
        return kind in await self._hosts[kind].installed()

    async def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
        user: str = "",
    ) -> AsyncGenerator[Reply, None]:
        """Yield ever longer replies to `messages` (role and content). Closing it cancels the call.

        `user` goes to the engine as it is, for fair shares between people.
        """
        host = self._hosts["chat"]
        model = await host.named("chat")
        started = Stopwatch(self._timeout_s)
        fields = {
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream_options": _STREAMED[host.ours],
            **({} if seed is None else {"seed": seed}),
            **({"user": user} if user else {}),
            **({"priority": priority()} if priority() else {}),
        }
        with noted("chat", model) as call:
            with told():
                async with asyncio.timeout_at(started.deadline):
                    response = await host.chat(model, messages, fields)
            call.cost = Cost(model=model)
            async with (
                aclosing(response),  # the engine sees the disconnect, and stops
                aclosing(_replies(response, call, started, SPILL * max_tokens)) as replies,
            ):
                async for reply in replies:
                    yield reply

    async def image(
        self, prompt: str, *, size: str, seed: int, steps: int | None = None, user: str = ""
    ) -> Picture:
        """Return one picture. `size` is WIDTHxHEIGHT in pixels, or empty for the model's own."""
        host = self._hosts["image"]
        model = await host.named("image")
        fields = {
            "response_format": "b64_json",
            "seed": seed,
            **({} if steps is None else {"steps": steps}),
            **({"size": size} if size else {}),
            **({"user": user} if user else {}),
        }
        started = Stopwatch(self._timeout_s)
        with noted("image", model) as call:
            with told(EngineCrashed):
                async with asyncio.timeout_at(started.deadline):
                    answer, sent = await host.image(model, prompt, fields)
            cost = _charged(Cost(model=model, images=1), answers.usage(answer), started)
            call.cost = cost
            png = answers.picture(answer, size)
            return Picture(png, seed if "seed" in sent else 0, cost, answers.heeded(answer))

    async def edit(self, change: Change, user: str = "", *, kind: Kind = "image") -> Picture:
        """Return a picture that was made of another one, by a model of a kind."""
        host = self._hosts[kind]
        model = await host.named(kind)
        started = Stopwatch(self._timeout_s)
        with noted("image", model) as call:
            with told(EngineCrashed):
                async with asyncio.timeout_at(started.deadline):
                    answer, sent = await host.edit(model, change, user)
            cost = _charged(Cost(model=model, images=1), answers.usage(answer), started)
            call.cost = cost
            png = answers.picture(answer, change.size)
            return Picture(png, change.seed if SEEDED in sent else 0, cost, answers.heeded(answer))

    async def canvas(self) -> Canvas:
        """Return which sizes of pictures there are."""
        host = self._hosts["image"]
        model = await host.named("image")
        only = () if host.ours else host.sizes(model)
        return Canvas(model=model, own=host.own_size(model), only=only)

    async def paint(self, brief: Brief) -> AsyncGenerator[Preview | Picture, None]:
        """Yield previews, where they are wanted and there, and then the picture.

        How far it is, is told to whoever hears it (`generators.metering`). Closing it cancels the
        call. A server that is not ours gives the picture alone, and is told in words what it
        should not show.
        """
        host = self._hosts["image"]
        model = await host.named("image")
        if not host.ours:
            yield await self._alone(brief)
            return
        started = Stopwatch(self._timeout_s)
        with noted("image", model) as call:
            with told(EngineCrashed):
                async with asyncio.timeout_at(started.deadline):
                    response = await host.paint(model, brief.prompt, brief.fields)
            call.cost = Cost(model=model)
            async with (
                aclosing(response),  # the engine sees the disconnect, and stops
                aclosing(heard(response, started, brief.size)) as coming,
            ):
                async for one in coming:
                    if isinstance(one, Preview):
                        call.cost = replace(call.cost, gpu_ms=started.ms)
                        yield one
                        continue
                    call.cost = _charged(Cost(model=model, images=1), one.usage, started)
                    seed = brief.seed if one.seed is None else one.seed
                    yield Picture(one.png, seed, call.cost, one.heeded)

    async def _alone(self, brief: Brief) -> Picture:
        return await Model.image(
            self,
            brief.worded,
            size=brief.size,
            seed=brief.seed,
            steps=brief.steps,
            user=brief.user,
        )

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row for each text, shape (n, d), each of length 1."""
        host = self._hosts["embed"]
        model = await host.named("embed")
        rows: list[list[float]] = []
        until = Stopwatch(self._timeout_s)
        for at in range(0, len(texts), TEXTS_PER_CALL):
            batch = [text or " " for text in texts[at : at + TEXTS_PER_CALL]]
            rows += await self._embedded(host, model, batch, until)
        return answers.unit(rows, len(texts))

    async def _embedded(
        self, host: Host, model: str, texts: Sequence[str], until: Stopwatch
    ) -> list[list[float]]:
        started = Stopwatch(self._timeout_s)
        with noted("embed", model) as call, told(EngineCrashed):
            async with asyncio.timeout_at(until.deadline):
                answer = await host.embed(model, texts)
            call.cost = _charged(Cost(model=model), answers.usage(answer), started)
            return answers.vectors(answer)


async def _replies(
    response: httpx2.Response, call: Running, started: Stopwatch, most: int
) -> AsyncGenerator[Reply, None]:
    """Yield replies with the cost so far; the exact cost is known at the end."""
    heard = _Heard(most)
    cost, waited = call.cost or Cost(model=""), False
    async with aclosing(_events(response, started, heard)) as coming:
        async for event in coming:
            with told(EngineCrashed):
                grew = heard.take(event)
            waited = _turned(event, grew=grew, waited=waited)
            if grew:
                tokens = cost.output_tokens + 1
                call.cost = cost = replace(cost, output_tokens=tokens, gpu_ms=started.ms)
                if text := spoken(heard.text):
                    yield Reply(text, cost)
    if heard.finish is None:
        raise EngineCrashed("The engine ended its answer half way.")
    call.cost = cost = _charged(cost, heard.usage, started)
    yield Reply(spoken(heard.text), cost, cut=heard.finish == "length", done=True)


def _turned(event: Event, *, grew: bool, waited: bool) -> bool:
    """Tell on where a call stands, and at its first text that it does no more; whether it waits."""
    place = answers.queue(event)
    if place is not None:
        turned(Turn(place.place, place.wait_s))
        return True
    if waited and grew:
        turned(Turn(0))
    return waited and not grew


@dataclass(slots=True)
class _Heard:
    """What a stream has said by now; after its end nothing but the usage counts."""

    most: int
    """Pieces of text that are taken."""
    pieces: int = 0
    raw: str = ""
    finish: str | None = None
    usage: answers.Usage | None = None

    @property
    def text(self) -> str:
        return answers.whole(self.raw)

    @property
    def ended(self) -> bool:
        return self.finish is not None and self.usage is not None

    def take(self, event: Event) -> bool:
        """Take an event; tell whether there is more text. Raises ValueError for nonsense."""
        self.usage = answers.usage(event) or self.usage
        before = self.pieces
        for choice in answers.choices(event):
            if self.finish is None and choice.delta and choice.delta.content:
                self.raw += choice.delta.content
                self.pieces += 1
            self.finish = self.finish or choice.finish_reason
        if self.pieces >= self.most:
            self.finish = self.finish or "length"
        return self.pieces > before


async def _events(
    response: httpx2.Response, started: Stopwatch, heard: _Heard
) -> AsyncGenerator[Event, None]:
    """Yield what comes until the answer is whole and its usage is told, or does not come."""
    deadline = started.deadline
    async with aclosing(events(response)) as coming:
        while not heard.ended:
            if heard.finish is not None:
                deadline = min(deadline, asyncio.get_running_loop().time() + LAST_S)
            try:
                with told(EngineCrashed):
                    async with asyncio.timeout_at(deadline):
                        event = await anext(coming, None)
            except (DeadlineExceeded, EngineUnavailable):
                if heard.finish is None:
                    raise
                return
            if event is None:
                return
            yield event


def spoken(text: str) -> str:
    r"""Return a reply without the model's thoughts before it, finished or not.

    >>> spoken("<think>Hm.</think>\n\nYes."), spoken("<think>Hm"), spoken("No.")
    ('Yes.', '', 'No.')
    """
    return _THOUGHT.sub("", text, count=1) if text.lstrip().startswith("<think>") else text


def _charged(cost: Cost, usage: answers.Usage | None, started: Stopwatch) -> Cost:
    """Return the cost with what the engine tells, and else with what was counted and timed."""
    told_of = usage or answers.Usage()
    return replace(
        cost,
        prompt_tokens=told_of.read,
        output_tokens=told_of.written or cost.output_tokens,
        gpu_ms=started.ms if told_of.gpu_ms is None else round(told_of.gpu_ms),
    )
