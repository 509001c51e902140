"""The engine over HTTP: OpenAI's chat, images, embeddings; scores of pictures, models, metrics.

Knows requests and answers; the models are behind the roster. Imports no torch, so that the port
listens before the models are there.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from generators.engine import reply
from generators.engine.errors import Refusal
from generators.engine.metrics import CONTENT_TYPE, Metrics
from generators.engine.prompt import Answer, Standing
from generators.engine.roster import Roster
from generators.engine.wire import ChatAsk, ClassifyAsk, EmbedAsk, ImageAsk, read
from generators.engine.worker import Call, Event, Result

if TYPE_CHECKING:  # it imports torch, which takes seconds
    from generators.engine.pictures import Pictures, Step


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
            model = self._roster.text.ready(ask.model)
            shape = None
            if ask.form is not None:  # beside the event loop, because some schemas take a while
                shape = await asyncio.to_thread(model.shape, ask.form)
            call = self._roster.text.worker.submit(model.prepare(ask, shape))
        self._metrics.follow("text", call)
        if ask.stream:
            return EventStream(call, _chat_events(ask, call))
        answer = await _finished(request, call)
        return JSONResponse(reply.Chat(model=ask.model).completion(answer))

    async def images(self, request: Request) -> Response:
        """POST /v1/images/generations."""
        with self._metrics.asked("image"):
            ask = await read(request, ImageAsk)
            model = self._roster.image.ready(ask.model)
            model.check(ask)
            call = self._roster.image.worker.submit(partial(model.paint, ask))
        self._metrics.follow("image", call)
        call.future.add_done_callback(self._drawn)
        if ask.stream:
            return EventStream(call, _image_events(call, self._metrics))
        return JSONResponse(reply.images(await _finished(request, call)))

    async def embeddings(self, request: Request) -> Response:
        """POST /v1/embeddings."""
        with self._metrics.asked("embed"):
            ask = await read(request, EmbedAsk)
            model = self._roster.embed.ready(ask.model)
            call = self._roster.embed.worker.submit(partial(model.embed, ask.texts))
        self._metrics.follow("embed", call)
        made = await _finished(request, call)
        as_base64 = ask.encoding_format == "base64"
        return JSONResponse(reply.embeddings(made, ask.model, as_base64=as_base64))

    async def classifications(self, request: Request) -> Response:
        """POST /v1/images/classifications: a score for each label of a picture."""
        ask = await read(request, ClassifyAsk)
        model = self._roster.classify.ready(ask.model)
        call = self._roster.classify.worker.submit(partial(model.look, ask))
        return JSONResponse(reply.classified(await _finished(request, call), ask.model))

    async def models(self, _request: Request) -> Response:
        """GET /v1/models: the models that are ready."""
        ready = [slot for slot in self._roster.slots if slot.state == "ready"]
        like = {"object": "model", "created": 0, "owned_by": "local"}
        data = [
            {"id": name, **like, "kind": slot.kind}
            | ({"parent": slot.id} if name != slot.id else {})
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

    def _drawn(self, made: "Future[Pictures]") -> None:
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


async def _image_events(call: "Call[Step, Pictures]", metrics: Metrics) -> AsyncIterator[str]:
    async for step in metrics.timed("image", aiter(call)):
        yield reply.image_progress(step)
    try:
        made = call.result()
    except Refusal as refusal:
        yield reply.sse(refusal.payload())
        return
    for index in range(len(made.pictures)):
        yield reply.image_completed(made, index)
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
