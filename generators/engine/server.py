"""The engine over HTTP: OpenAI's chat, images, embeddings; scores of pictures, models, metrics.

Knows requests and answers; the models are behind the roster. Imports no torch, so that the port
listens before the models are there.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Future
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from generators.engine import reply, uploads
from generators.engine.errors import Refusal
from generators.engine.made import Pictures
from generators.engine.metrics import CONTENT_TYPE, Metrics
from generators.engine.prompt import Answer, Prompt, Standing
from generators.engine.resolve import Kind
from generators.engine.roster import Roster
from generators.engine.wire import ChatAsk, ClassifyAsk, EditAsk, EmbedAsk, ImageAsk, read
from generators.engine.worker import Call, Event, Result

if TYPE_CHECKING:  # these import torch, which takes seconds
    from generators.engine.language import LanguageModel


def build_app(roster: Roster) -> Starlette:
    """Make the ASGI application; its lifespan starts and stops the roster."""
    engine = Engine(roster)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        roster.start()
        yield
        roster.stop()  # what `python -m generators.engine` has ended already, in its own time

    routes = [
        Route("/v1/chat/completions", engine.chat, methods=["POST"]),
        Route("/v1/images/generations", engine.images, methods=["POST"]),
        Route("/v1/images/edits", engine.edits, methods=["POST"]),
        Route("/v1/images/variations", engine.edits, methods=["POST"]),
        Route("/v1/images/classifications", engine.classifications, methods=["POST"]),
        Route("/v1/embeddings", engine.embeddings, methods=["POST"]),
        Route("/v1/models", engine.models),
        Route("/health", engine.health),
        Route("/metrics", engine.metrics),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={Refusal: _refuse})


class Engine:
    """The endpoints."""

    def __init__(self, roster: Roster) -> None:
        """Take the models to serve."""
        self._roster = roster
        self._metrics = roster.metrics

    async def chat(self, request: Request) -> Response:
        """POST /v1/chat/completions."""
        with self._metrics.asked("text"):
            ask = await read(request, ChatAsk)
            call = await self._begun("text", ask.model, partial(_prompt, ask))
        if ask.stream:
            return EventStream(call, _chat_events(ask, call))
        answer = await _finished(request, call)
        return JSONResponse(reply.Chat(model=ask.model).completion(answer))

    async def images(self, request: Request) -> Response:
        """POST /v1/images/generations."""
        with self._metrics.asked("image"):
            ask = await read(request, ImageAsk)
            call = await self._painting(ask)
        return await self._painted(request, "image_generation", call, stream=ask.stream)

    async def edits(self, request: Request) -> Response:
        """POST /v1/images/edits, and /v1/images/variations, which has no prompt."""
        with self._metrics.asked("image"):
            ask, canvas = await uploads.read(request, EditAsk, mends=self._mends)
            call = await self._painting(ask, canvas)
        return await self._painted(request, "image_edit", call, stream=ask.stream)

    async def _painting(
        self, ask: ImageAsk, canvas: uploads.Canvas | None = None
    ) -> Call[Any, Pictures]:
        kind: Kind = "restore" if canvas and self._mends(ask.model) else "image"
        call = await self._begun(kind, ask.model, lambda model: model.job(ask, canvas))
        call.future.add_done_callback(self._drawn)
        return call

    def _mends(self, asked: str) -> bool:
        """Tell whether a model mends pictures, and makes none."""
        mender = self._roster.restore
        return mender.id is not None and mender.answers(asked)

    async def _painted(
        self, request: Request, name: str, call: Call[Any, Pictures], *, stream: bool
    ) -> Response:
        if stream:
            return EventStream(call, _image_events(name, call, self._metrics))
        return JSONResponse(reply.images(await _finished(request, call)))

    async def embeddings(self, request: Request) -> Response:
        """POST /v1/embeddings."""
        with self._metrics.asked("embed"):
            ask = await read(request, EmbedAsk)
            person = ask.user or ""
            call = await self._begun("embed", ask.model, lambda model: model.job(ask.texts, person))
        made = await _finished(request, call)
        as_base64 = ask.encoding_format == "base64"
        return JSONResponse(reply.embeddings(made, ask.model, as_base64=as_base64))

    async def classifications(self, request: Request) -> Response:
        """POST /v1/images/classifications: a score for each label of a picture."""
        with self._metrics.asked("classify"):
            ask = await read(request, ClassifyAsk)
            call = await self._begun("classify", ask.model, lambda model: model.job(ask))
        return JSONResponse(reply.classified(await _finished(request, call), ask.model))

    async def _begun(self, kind: Kind, asked: str, job: Callable[[Any], Any]) -> Call[Any, Any]:
        """Give a model its work, once it is on the device; it stays there until that is done.

        `job` returns the work, or what is to be awaited for it.
        """
        slot, arbiter = self._roster.find(kind, asked), self._roster.arbiter
        slot.check(asked)
        await arbiter.hold(slot)
        try:
            work = job(slot.ready(asked))
            call: Call[Any, Any] = slot.worker.submit(await work if isawaitable(work) else work)
        except BaseException:
            arbiter.release(slot)
            raise
        call.when_done(partial(arbiter.release, slot))
        self._metrics.follow(kind, call)
        return call

    async def models(self, _request: Request) -> Response:
        """GET /v1/models: the models that can be asked."""
        ready = [slot for slot in self._roster.slots if slot.state in {"ready", "asleep"}]
        like = {"object": "model", "created": 0, "owned_by": "local"}
        data = [
            {"id": name, **like, **slot.about()} | ({"parent": slot.id} if name != slot.id else {})
            for slot in ready
            for name in slot.names
        ]
        return JSONResponse({"object": "list", "data": data})

    async def health(self, _request: Request) -> Response:
        """GET /health: 200 while the process answers; the body says what each model does."""
        return JSONResponse(self._roster.health())

    async def metrics(self, _request: Request) -> Response:
        """GET /metrics, as Prometheus reads it."""
        return Response(self._metrics.text(), media_type=CONTENT_TYPE)

    def _drawn(self, made: Future[Pictures]) -> None:
        if not made.cancelled() and made.exception() is None:
            self._metrics.drew(len(made.result().pictures))


class EventStream(StreamingResponse):
    """Server-sent events of a call; the call is cancelled when the client leaves."""

    media_type = "text/event-stream"

    def __init__(self, call: Call[Any, Any], events: AsyncIterator[str]) -> None:
        """Take the call and the events that show it."""
        super().__init__(events, headers={"cache-control": "no-store"})
        self._call = call

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; a client that leaves ends the call."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._call.cancel()


async def _chat_events(ask: ChatAsk, call: Call[str | Standing, Answer]) -> AsyncIterator[str]:
    chat = reply.Chat(model=ask.model)
    yield chat.delta({"role": "assistant", "content": ""})
    async for told in call:
        yield chat.text(told) if isinstance(told, str) else chat.standing(told)
    try:
        answer = call.result()
    except Refusal as refusal:
        yield reply.sse(refusal.payload())
        return
    yield chat.delta({}, finish_reason=answer.finish_reason)
    if ask.wants_usage:
        yield chat.usage(answer)
    yield reply.DONE


async def _prompt(ask: ChatAsk, model: "LanguageModel") -> Prompt:
    shape = None
    if ask.form is not None:  # beside the event loop, because some schemas take a while
        shape = await asyncio.to_thread(model.shape, ask.form)
    return model.prepare(ask, shape)


async def _image_events(
    name: str, call: Call[Any, Pictures], metrics: Metrics
) -> AsyncIterator[str]:
    async for event in metrics.timed("image", aiter(call)):
        yield reply.image_event(name, event)
    try:
        made = call.result()
    except Refusal as refusal:
        yield reply.sse(refusal.payload())
        return
    for index in range(len(made.pictures)):
        yield reply.image_completed(name, made, index)
    yield reply.DONE


async def _finished(request: Request, call: Call[Event, Result]) -> Result:
    """Wait for a call's result; cancel the call when the client leaves."""
    leaving = asyncio.create_task(_cancel_when_gone(request, call))
    try:
        async for _ in call:
            pass
        return call.result()
    finally:
        leaving.cancel()


async def _cancel_when_gone(request: Request, call: Call[Any, Any]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    call.cancel()


def _refuse(_request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Refusal):
        raise refusal
    return JSONResponse(refusal.payload(), status_code=refusal.status)
