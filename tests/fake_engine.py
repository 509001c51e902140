"""An engine over real HTTP without a model: its answers and its faults are what a test says."""

import asyncio
import base64
import io
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Fault = Literal[
    "", "status", "hang", "hang in stream", "broken stream", "unfinished stream", "error in stream",
    "no JSON", "no picture",
]  # fmt: skip
OURS = {"chat": "tiny-chat", "image": "tiny-image", "embed": "tiny-embed"}


@dataclass(kw_only=True)
class FakeEngine:
    """What the engine says, how it fails, and what it was asked."""

    models: dict[str, str] = field(default_factory=lambda: dict(OURS))
    """Model id by kind."""
    foreign: bool = False
    """Tells no kinds and no GPU time, and refuses fields that the OpenAI API does not have."""
    answer: Sequence[str] = ("Five ", "days", " [1].")
    """The chunks of every chat answer."""
    queue: Sequence[tuple[int, float]] = ()
    """Places in line, with seconds, that every chat is told before its answer."""
    finish: str = "stop"
    canvas: str = ""
    """The size of pictures that it tells of its model."""
    strokes: int = 2
    """Steps of every picture that is streamed."""
    unknown: dict[str, str] = field(default_factory=dict)
    revised: str | None = ""
    """What its picture model gets instead of a prompt; None: nothing is left of it."""
    """Words that its picture model does not know, and what comes nearest."""
    pictures_left: int = -1
    """After so many it is away; less than 0: never."""
    vectors: dict[str, list[float]] = field(default_factory=dict)
    fault: Fault = ""
    status: int = 503
    code: str | None = None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Path and body of every POST."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a POST has come in."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has gone before its answer was whole."""
    url: str = ""

    @property
    def prompts(self) -> str:
        """Everything that the last chat was asked, in one string."""
        return "\n".join(message["content"] for message in self.asked[-1][1]["messages"])

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/models", self._list),
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/images/generations", self._image, methods=["POST"]),
                Route("/v1/embeddings", self._embed, methods=["POST"]),
            ]
        )

    async def _list(self, _request: Request) -> Response:
        data = [self._listed(kind, name) for kind, name in self.models.items()]
        return JSONResponse({"object": "list", "data": data})

    def _listed(self, kind: str, name: str) -> dict[str, object]:
        entry: dict[str, object] = {"id": name, "object": "model", "created": 0, "owned_by": "test"}
        size = {"size": self.canvas} if kind == "image" and self.canvas else {}
        return entry if self.foreign else {**entry, "kind": kind, **size}

    async def _chat(self, request: Request) -> Response:
        await self._note(request)
        return await self._failed(request) or StreamingResponse(
            self._stream(), media_type="text/event-stream"
        )

    async def _image(self, request: Request) -> Response:
        body = await self._note(request)
        failed = await self._failed(request)
        if failed:
            return failed
        if self.foreign and "seed" in body:
            return _error(400, None)
        if self.pictures_left == 0:
            return _error(503, None)
        if self.revised is None:
            error = {"message": "None of these.", "code": "nothing_known", **self._words()}
            return JSONResponse({"error": error}, status_code=400)
        self.pictures_left -= 1
        picture = b"GIF89a" if self.fault == "no picture" else self._painted(body)
        encoded = base64.b64encode(picture).decode()
        usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0, **self._gpu_ms()}
        told = {"usage": usage, **self._words()}
        part = {"b64_json": encoded, **({"revised_prompt": self.revised} if self.revised else {})}
        if body.get("stream"):
            whole = {**part, "seed": body.get("seed"), **told}
            return StreamingResponse(self._strokes(body, whole), media_type="text/event-stream")
        return JSONResponse({"created": 0, "data": [part], **told})

    def _words(self) -> dict[str, object]:
        unknown = [{"word": word, "nearest": near} for word, near in self.unknown.items()]
        return {"vocabulary": {"things": 31, "unknown": unknown}} if unknown else {}

    async def _strokes(self, body: dict[str, Any], whole: dict[str, Any]) -> AsyncIterator[str]:
        for place, wait_s in self.queue:
            yield _painting("queued", {"ahead": place - 1, "wait_s": wait_s})
        for step in range(1, self.strokes + 1):
            yield _painting("in_progress", {"step": step, "total": self.strokes})
            if step <= body.get("partial_images", 0):
                small = base64.b64encode(png("preview", step)).decode()
                yield _painting("partial_image", {"partial_image_index": step, "b64_json": small})
        async for trouble in self._painted_ill():
            yield trouble
        if self.fault != "unfinished stream":
            yield _painting("completed", whole)
            yield "data: [DONE]\n\n"

    async def _painted_ill(self) -> AsyncIterator[str]:
        match self.fault:
            case "hang in stream":
                try:
                    await asyncio.Event().wait()
                finally:
                    self.left.set()
            case "broken stream":
                raise ConnectionResetError
            case "error in stream":
                error = {"message": "CUDA at /srv/secret", "type": "invalid_request_error"}
                yield f"data: {json.dumps({'error': error})}\n\n"

    def _painted(self, body: dict[str, Any]) -> bytes:
        return png(body["prompt"], body.get("seed"), body.get("size", ""))

    async def _embed(self, request: Request) -> Response:
        body = await self._note(request)
        failed = await self._failed(request)
        if failed:
            return failed
        data = [
            {"object": "embedding", "index": at, "embedding": self.vectors.get(text, [3.0, 4.0])}
            for at, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1, **self._gpu_ms()}
        return JSONResponse(
            {"object": "list", "data": data[::-1], "model": body["model"], "usage": usage}
        )

    async def _note(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        self.asked.append((request.url.path, body))
        self.reached.set()
        return body

    async def _failed(self, request: Request) -> Response | None:
        match self.fault:
            case "status":
                return _error(self.status, self.code)
            case "no JSON":
                return Response("<html>", media_type="application/json")
            case "hang":
                while (await request.receive())["type"] != "http.disconnect":
                    pass
                self.left.set()
        return None

    async def _stream(self) -> AsyncIterator[str]:
        try:
            yield _event({"role": "assistant", "content": ""})
            for place, wait_s in self.queue:
                told = {"place": place, "wait_s": wait_s}
                yield f"data: {json.dumps({**_chunk(), 'choices': [], 'queue': told})}\n\n"
            for chunk in self.answer:
                yield _event({"content": chunk})
            async for event in self._ending():
                yield event
        except asyncio.CancelledError:
            self.left.set()
            raise

    async def _ending(self) -> AsyncIterator[str]:
        match self.fault:
            case "hang in stream":
                await asyncio.Event().wait()
            case "broken stream":
                raise ConnectionResetError
            case "unfinished stream":
                return
            case "error in stream":
                yield f"data: {json.dumps({'error': {'message': 'CUDA at /srv/secret'}})}\n\n"
        yield _event({}, finish=self.finish)
        tokens = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
        usage = {**tokens, **self._gpu_ms()}
        yield f"data: {json.dumps({**_chunk(), 'choices': [], 'usage': usage})}\n\n"
        yield "data: [DONE]\n\n"

    def _gpu_ms(self) -> dict[str, int]:
        return {} if self.foreign else {"gpu_ms": 4321}


@asynccontextmanager
async def running(engine: FakeEngine | None = None) -> AsyncIterator[FakeEngine]:
    """Serve an engine on a free port of this machine; its `url` ends with /v1."""
    engine = engine or FakeEngine()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        engine.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        config = uvicorn.Config(
            engine.app(), log_config=None, access_log=False, lifespan="off", loop="asyncio"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield engine
        finally:
            server.should_exit = server.force_exit = True
            await serving


def closed_url() -> str:
    """Return a URL at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as once:
        return f"http://127.0.0.1:{once.getsockname()[1]}/v1"


def png(prompt: str, seed: int | None, size: str = "") -> bytes:
    """Return a picture that depends on prompt, seed and size alone; by itself of 8 by 8 pixels."""
    width, _, height = (size or "8x8").partition("x")
    shade = (len(prompt) * 7 % 256, (seed or 0) % 256, (seed or 0) // 256 % 256)
    file = io.BytesIO()
    Image.new("RGB", (int(width), int(height)), shade).save(file, "PNG")
    return file.getvalue()


def _chunk() -> dict[str, Any]:
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny-chat"}


def _event(delta: dict[str, str], finish: str | None = None) -> str:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return f"data: {json.dumps({**_chunk(), 'choices': choices})}\n\n"


def _painting(name: str, data: dict[str, Any]) -> str:
    kind = f"image_generation.{name}"
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"


def _error(status: int, code: str | None) -> Response:
    error = {"message": "RuntimeError at /srv/secret", "type": "error", "code": code}
    return JSONResponse({"error": error}, status_code=status)
