"""A server of the OpenAI API that misbehaves, byte for byte, in every way that a test names."""

import asyncio
import base64
import gzip
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.fake_engine import png

SECRET = "RuntimeError at /srv/secret"
MODELS = {"chat": "tiny-chat", "image": "tiny-image", "embed": "tiny-embed"}
EVENTS = "text/event-stream"
MIB = 1 << 20
BOMB = gzip.compress(bytes(16 * MIB), 1)

Deed = Callable[["Talk"], Awaitable[None]]


@dataclass
class Talk:
    """One request, and the way back to whoever sent it."""

    writer: asyncio.StreamWriter
    elsewhere: str

    async def head(self, status: str = "200 OK", kind: str = EVENTS, **more: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"content-type: {kind}", "connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
        await self.say("\r\n".join([*lines, "", ""]))

    async def say(self, words: str | bytes) -> None:
        self.writer.write(words if isinstance(words, bytes) else words.encode())
        await self.writer.drain()

    async def json(self, body: object, status: str = "200 OK", **more: str) -> None:
        await self.head(status, "application/json", **more)
        await self.say(json.dumps(body))

    async def events(self, *bodies: object) -> None:
        await self.head()
        for body in bodies:
            await self.say(event(body))

    async def silence(self) -> None:
        await asyncio.Event().wait()

    async def endless(self, words: bytes) -> None:
        while True:
            await self.say(words)


def event(body: object) -> str:
    return f"data: {body if isinstance(body, str) else json.dumps(body)}\n\n"


def chunk(content: object = None, finish: str | None = None, **more: object) -> dict[str, object]:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    about = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny-chat"}
    return {**about, "choices": [choice], **more}


FIVE, DAYS, END = chunk("Five "), chunk("days."), chunk(finish="stop")
TOKENS = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
USAGE: dict[str, object] = {**chunk(), "choices": list[object](), "usage": TOKENS}
DONE = "[DONE]"


def status(code: int, error: Mapping[str, object] | None = None, **more: str) -> Deed:
    body = {"error": {"message": SECRET, "type": "error", "code": None, **(error or {})}}

    async def deed(talk: Talk) -> None:
        await talk.json(body, f"{code} Whatever", **more)

    return deed


def events(*bodies: object) -> Deed:
    async def deed(talk: Talk) -> None:
        await talk.events(*bodies)

    return deed


def body(said: object) -> Deed:
    async def deed(talk: Talk) -> None:
        await talk.json(said)

    return deed


def picture(data: bytes | str, **more: object) -> Deed:
    encoded = base64.b64encode(data).decode() if isinstance(data, bytes) else data
    return body({"created": 0, "data": [{"b64_json": encoded}], **more})


async def never_answers(talk: Talk) -> None:
    await talk.silence()


async def closes_at_once(_talk: Talk) -> None:
    return


async def speaks_no_http(talk: Talk) -> None:
    await talk.say("220 mail.example ESMTP\r\n")


async def headers_then_silence(talk: Talk) -> None:
    await talk.head()
    await talk.silence()


async def text_then_silence(talk: Talk) -> None:
    await talk.events(FIVE)
    await talk.silence()


async def half_a_chunk_then_close(talk: Talk) -> None:
    await talk.head(transfer_encoding="chunked")
    await talk.say(f"ff\r\n{event(FIVE)}")


async def half_an_event_then_close(talk: Talk) -> None:
    await talk.head()
    await talk.say(event(FIVE)[:30])


async def no_done_and_no_end(talk: Talk) -> None:
    await talk.events(FIVE, DAYS, END)
    await talk.silence()


async def endless_after_done(talk: Talk) -> None:
    await talk.events(FIVE, DAYS, END, USAGE, DONE)
    await talk.endless(event(FIVE).encode())


async def a_page_with_200(talk: Talk) -> None:
    await talk.head(kind="text/html; charset=utf-8")
    await talk.say(f"<html><h1>502 Bad Gateway</h1>{SECRET}</html>")


async def a_page_with_502(talk: Talk) -> None:
    await talk.head("502 Bad Gateway", "text/html")
    await talk.say(f"<html><h1>502 Bad Gateway</h1>{SECRET}</html>")


async def an_endless_error(talk: Talk) -> None:
    await talk.head("500 Whatever", "application/json")
    await talk.endless(b"x" * 65536)


async def plain_text(talk: Talk) -> None:
    await talk.head(kind="text/plain")
    await talk.say(event(FIVE) + event(END))


async def no_content_type(talk: Talk) -> None:
    await talk.say("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + event(FIVE) + event(END))


async def a_huge_line(talk: Talk) -> None:
    await talk.head()
    await talk.say(b"data: " + b"x" * (3 * MIB) + b"\n\n")
    await talk.silence()


async def an_endless_line(talk: Talk) -> None:
    await talk.head()
    await talk.endless(b"x" * 65536)


async def an_endless_stream(talk: Talk) -> None:
    await talk.head()
    await talk.endless(event(chunk("more ")).encode())


async def an_endless_body(talk: Talk) -> None:
    await talk.head(kind="application/json")
    await talk.say('{"data": "')
    await talk.endless(b"x" * 65536)


async def invalid_utf_8(talk: Talk) -> None:
    await talk.head()
    await talk.say(b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n')


async def a_gzip_bomb(talk: Talk) -> None:
    await talk.head(kind="application/json", content_encoding="gzip")
    await talk.say(BOMB)


async def a_slow_drip(talk: Talk) -> None:
    await talk.head()
    while True:
        await talk.say(": still at it\n\n")
        await asyncio.sleep(0.05)


async def a_redirect(talk: Talk) -> None:
    await talk.json({}, "307 Temporary Redirect", location=f"{talk.elsewhere}/v1/chat/completions")


TOOL = {"index": 0, "id": "t", "type": "function", "function": {"name": "rm", "arguments": "{}"}}
CHAT: Mapping[str, Deed] = {
    "never answers": never_answers,
    "closes at once": closes_at_once,
    "speaks no HTTP": speaks_no_http,
    "headers then silence": headers_then_silence,
    "text then silence": text_then_silence,
    "half a chunk then close": half_a_chunk_then_close,
    "half an event then close": half_an_event_then_close,
    "nothing but an end": events(DONE),
    "text without an end": events(FIVE, DAYS, DONE),
    "garbage JSON": events(FIVE, "{not JSON"),
    "a number": events(FIVE, "5"),
    "no DONE, then close": events(FIVE, DAYS, END, USAGE),
    "no DONE and no end": no_done_and_no_end,
    "text after DONE": events(FIVE, DAYS, END, USAGE, DONE, chunk(SECRET)),
    "text after the end": events(FIVE, DAYS, END, chunk(SECRET), USAGE, DONE),
    "endless after DONE": endless_after_done,
    "an error amid the stream": events(FIVE, {"error": {"message": SECRET, "code": 500}}),
    "a page with 200": a_page_with_200,
    "a page with 502": a_page_with_502,
    "400": status(400),
    "400 in odd words": status(400, {"message": {"a": 1}, "code": {"b": 2}, "param": ["c"]}),
    "400, too long": status(
        400, {"message": "This model's maximum context length is 9.", "code": 400}
    ),
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "413": status(413),
    "429": status(429),
    "429 with Retry-After": status(429, retry_after="7"),
    "429, quota used up": status(429, {"code": "insufficient_quota"}),
    "500": status(500),
    "503": status(503),
    "503 with Retry-After": status(503, retry_after="7"),
    "an endless error": an_endless_error,
    "a huge line": a_huge_line,
    "an endless line": an_endless_line,
    "an endless stream": an_endless_stream,
    "the wrong content type": plain_text,
    "no content type": no_content_type,
    "null choices": events(FIVE, {**chunk(), "choices": None}, DAYS, END, USAGE, DONE),
    "a null delta": events(
        FIVE, {**chunk(), "choices": [{"index": 0, "delta": None}]}, DAYS, END, USAGE, DONE
    ),
    "choices that are none": events(FIVE, {**chunk(), "choices": "many"}),
    "content that is no text": events(FIVE, chunk({"a": 1}), END, DONE),
    "missing usage": events(FIVE, DAYS, END, DONE),
    "nonsense as usage": events(
        FIVE,
        DAYS,
        END,
        {**USAGE, "usage": {"prompt_tokens": "many", "completion_tokens": -5, "gpu_ms": "1e999"}},
        DONE,
    ),
    "empty content": events(chunk(""), chunk(""), END, USAGE, DONE),
    "only a tool call": events(
        {**chunk(), "choices": [{"index": 0, "delta": {"tool_calls": [TOOL]}}]},
        chunk(finish="tool_calls"),
        USAGE,
        DONE,
    ),
    "invalid UTF-8": invalid_utf_8,
    "half a character": events(chunk("Five \ud83d"), chunk("\ude00 \ud83d"), END, USAGE, DONE),
    "a gzip bomb": a_gzip_bomb,
    "a redirect elsewhere": a_redirect,
    "a slow drip": a_slow_drip,
    "duplicated chunks": events(FIVE, FIVE, DAYS, DAYS, END, END, USAGE, USAGE, DONE, DONE),
}
IMAGE: Mapping[str, Deed] = {
    "never answers": never_answers,
    "closes at once": closes_at_once,
    "garbage JSON": body("nothing"),
    "a page with 200": a_page_with_200,
    "no image": picture(b"GIF89a"),
    "no Base64": picture("*not base64*"),
    "nothing in it": picture(b""),
    "another size": picture(png("a", 1, "512x512")),
    "null data": body({"created": 0, "data": None}),
    "no data": body({"created": 0, "data": []}),
    "a link": body({"created": 0, "data": [{"url": "http://evil.example/x.png"}]}),
    "a gzip bomb": a_gzip_bomb,
    "a redirect elsewhere": a_redirect,
    "an endless body": an_endless_body,
    "a refusal by policy": status(400, {"code": "content_policy_violation"}),
}
EMBED: Mapping[str, Deed] = {
    "garbage JSON": body([]),
    "null data": body({"data": None}),
    "no vectors": body({"data": []}),
    "words for numbers": body({"data": [{"index": 0, "embedding": ["a"]}]}),
    "one too many": body({"data": [{"index": n, "embedding": [1.0]} for n in range(2)]}),
    "a gzip bomb": a_gzip_bomb,
    "an endless body": an_endless_body,
}


@dataclass
class RudeHost:
    """What it does to every POST, and what it was asked."""

    deed: Deed = never_answers
    elsewhere: str = ""
    posts: int = 0
    url: str = ""
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(await _request(reader), Talk(writer, self.elsewhere))
        finally:
            self._talks.discard(talk)
            writer.close()

    async def _answer(self, method: str, talk: Talk) -> None:
        if method == "GET":
            data = [{"id": name, "object": "model", "kind": kind} for kind, name in MODELS.items()]
            await talk.json({"object": "list", "data": data})
            return
        self.posts += 1
        await self.deed(talk)

    async def stop(self) -> None:
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(
        (line.split(":")[1] for line in head.lower().split("\r\n") if "content-length" in line), "0"
    )
    await reader.readexactly(int(length))
    return head.partition(" ")[0]


@asynccontextmanager
async def rude(deed: Deed, elsewhere: str = "") -> AsyncIterator[RudeHost]:
    """Serve on a free port of this machine; its `url` ends with /v1."""
    host = RudeHost(deed, elsewhere)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        server = await asyncio.start_server(host.serve, sock=listening)
        try:
            yield host
        finally:
            server.close()
            await host.stop()
