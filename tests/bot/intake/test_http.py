import asyncio
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake import http as module
from bot.intake.app import Intake, bolt
from bot.intake.events import Reader
from bot.intake.http import MAX_BODY_BYTES, MAX_DEPTH, Door, Posted, Seen, passing
from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.writer import LedgerUnavailable, Writer
from tests.bot.asgi import FORM, NOW, SECRET, Headers, call, encoded, form, signature, signed
from tests.bot.builders import LEASE_S, VERBS, keys, request
from tests.bot.payloads import BOT, click, direct, home, mention, message, slash

POST: dict[str, Any] = {"type": "http", "path": module.PATH, "method": "POST"}


@dataclass
class Clock:
    at: float = NOW

    def now(self) -> float:
        return self.at


@dataclass
class Inside:
    """What got in, and what is answered to it."""

    status: int = 200
    error: Exception | None = None
    posted: list[Posted] = field(default_factory=list)

    async def take(self, posted: Posted) -> int:
        self.posted.append(posted)
        if self.error:
            raise self.error
        return self.status


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inside() -> Inside:
    return Inside()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def door(clock: Clock, inside: Inside, told: list[str]) -> Door:
    return Door(
        secret=SECRET,
        take=inside.take,
        now=clock.now,
        seen=Seen(clock.now),
        refused=told.append,
        repeated=told.append,
    )


def without(headers: Headers, name: bytes) -> Headers:
    return [header for header in headers if header[0] != name]


def swapped(headers: Headers, name: bytes, value: bytes) -> Headers:
    return [*without(headers, name), (name, value)]


async def test_an_event_gets_in_as_it_was_signed(door: Door, inside: Inside) -> None:
    raw = encoded(mention())
    answer = await call(door, raw, signed(raw))
    assert (answer.status, answer.body) == (200, b"")
    (posted,) = inside.posted
    assert posted.body == mention()
    assert posted.raw.encode() == raw
    assert set(posted.headers) == {
        "content-type",
        "x-slack-signature",
        "x-slack-request-timestamp",
    }


async def test_the_signature_is_that_of_slacks_own_example() -> None:
    # docs.slack.dev/authentication/verifying-requests-from-slack
    raw = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F"
        b"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    told = b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature(raw, b"1531420618") == told


async def test_a_command_gets_in_also_with_an_empty_field(door: Door, inside: Inside) -> None:
    raw = form(slash("/ask", ""))
    assert (await call(door, raw, signed(raw, kind=f"{FORM}; charset=utf-8"))).status == 200
    assert inside.posted[0].body == slash("/ask", "")


async def test_a_click_gets_in_as_what_its_payload_says(door: Door, inside: Inside) -> None:
    raw = form({"payload": json.dumps(click())})
    assert (await call(door, raw, signed(raw, kind=FORM))).status == 200
    assert inside.posted[0].body == click()


@pytest.mark.parametrize("name", [b"x-slack-signature", b"x-slack-request-timestamp"])
async def test_unsigned_is_401(door: Door, inside: Inside, name: bytes) -> None:
    raw = encoded(mention())
    answer = await call(door, raw, without(signed(raw), name))
    assert (answer.status, answer.body, inside.posted) == (401, b"", [])


@pytest.mark.parametrize(
    ("timestamp", "status"),
    [
        (b"notanumber", 401),
        (b"153142061", 401),
        (b"15314206180", 401),
        (b" 531420618", 401),
        ("٠١٢٣٤٥٦٧٨٩".encode(), 400),
        (b"-531420618", 401),
        (b"", 401),
        (b"1e00000000", 401),
        (b"1_31420618", 401),
    ],
)
async def test_a_timestamp_is_ten_digits(door: Door, timestamp: bytes, status: int) -> None:
    raw = encoded(mention())
    headers = swapped(signed(raw), b"x-slack-request-timestamp", timestamp)
    headers = swapped(headers, b"x-slack-signature", signature(raw, timestamp))
    assert (await call(door, raw, headers)).status == status


@pytest.mark.parametrize(("off_s", "status"), [(-301, 401), (-300, 200), (300, 200), (301, 401)])
async def test_it_is_fresh_for_five_minutes(door: Door, off_s: int, status: int) -> None:
    raw = encoded(mention())
    assert (await call(door, raw, signed(raw, now=NOW + off_s))).status == status


@pytest.mark.parametrize(
    "forged",
    [
        signature(encoded(mention()), b"1531420618", "another secret"),
        signature(encoded(mention()) + b" ", b"1531420618"),
        signature(encoded(mention()), b"1531420617"),
        signature(encoded(mention()), b"1531420618").replace(b"v0=", b"v1="),
        signature(encoded(mention()), b"1531420618").upper(),
        signature(encoded(mention()), b"1531420618")[:-1],
        b"v0=",
    ],
)
async def test_forged_is_401(door: Door, inside: Inside, forged: bytes) -> None:
    raw = encoded(mention())
    answer = await call(door, raw, swapped(signed(raw), b"x-slack-signature", forged))
    assert (answer.status, answer.body, inside.posted) == (401, b"", [])


@pytest.mark.parametrize("name", [b"x-slack-signature", b"user-agent", b"x-\xc3\xa9"])
async def test_headers_are_ascii(door: Door, name: bytes) -> None:
    raw = encoded(mention())
    assert (await call(door, raw, swapped(signed(raw), name, "v0=é".encode()))).status == 400


@pytest.mark.parametrize(
    "name",
    [b"x-slack-signature", b"x-slack-request-timestamp", b"content-type", b"content-length"],
)
async def test_a_header_that_counts_is_there_once(door: Door, name: bytes) -> None:
    raw = encoded(mention())
    twice = [*signed(raw), *(one for one in signed(raw) if one[0] == name)]
    assert (await call(door, raw, twice)).status == 400


async def test_a_replay_is_refused(door: Door, inside: Inside, clock: Clock) -> None:
    raw = form(slash())
    headers = signed(raw, kind=FORM)
    assert (await call(door, raw, headers)).status == 200
    clock.at += 299
    assert (await call(door, raw, headers)).status == 401
    assert len(inside.posted) == 1


async def test_a_redelivery_has_a_signature_of_its_own_and_gets_in(
    door: Door, inside: Inside, told: list[str]
) -> None:
    raw = encoded(mention())
    await call(door, raw, signed(raw))
    again = [
        *signed(raw, now=NOW + 60),
        (b"x-slack-retry-num", b"1"),
        (b"x-slack-retry-reason", b"http_timeout"),
    ]
    answer = await call(door, raw, again)
    assert (answer.status, len(inside.posted), told) == (200, 2, ["http_timeout"])
    assert b"x-slack-no-retry" not in answer.headers


async def test_a_reason_that_slack_does_not_have_is_no_label(door: Door, told: list[str]) -> None:
    raw = encoded(mention())
    odd = [(b"x-slack-retry-num", b"1"), (b"x-slack-retry-reason", b"U0123")]
    await call(door, raw, [*signed(raw), *odd])
    assert told == ["other"]


async def test_what_was_not_taken_may_come_again(door: Door, inside: Inside) -> None:
    raw = encoded(mention())
    inside.status = 503
    refused = await call(door, raw, signed(raw))
    assert (refused.status, refused.body) == (503, b"")
    assert b"x-slack-no-retry" not in refused.headers
    inside.status = 200
    assert (await call(door, raw, signed(raw))).status == 200


async def test_so_may_what_broke_off(door: Door, inside: Inside) -> None:
    raw = encoded(mention())
    inside.error = ConnectionResetError()
    with pytest.raises(ConnectionResetError):
        await call(door, raw, signed(raw))
    inside.error = None
    assert (await call(door, raw, signed(raw))).status == 200


async def test_the_url_is_verified_only_if_it_was_slack_that_asked(
    door: Door, inside: Inside
) -> None:
    raw = encoded({"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"})
    forged = swapped(signed(raw), b"x-slack-signature", b"v0=" + b"0" * 64)
    assert (await call(door, raw, forged)).body == b""
    answer = await call(door, raw, signed(raw))
    assert (answer.status, json.loads(answer.body)) == (200, {"challenge": "3eZbrw1aB"})
    assert inside.posted == []


async def test_what_is_to_be_mended_in_a_form_is_said_and_goes_no_further(
    door: Door, inside: Inside
) -> None:
    told = {"response_action": "errors", "errors": {"when": "?"}}
    strict = replace(door, checked=lambda body: told if body.get("type") == "form" else None)
    raw = encoded({"type": "form"})
    answer = await call(strict, raw, signed(raw))
    assert (answer.status, json.loads(answer.body)) == (200, told)
    assert inside.posted == []


@pytest.mark.parametrize("challenge", [None, 3, ["x"], "\ud800", "a\nb"])
async def test_a_challenge_is_a_word(door: Door, challenge: object) -> None:
    raw = encoded({"type": "url_verification", "challenge": challenge})
    assert (await call(door, raw, signed(raw))).status == 400


async def test_the_certificate_check_is_answered_and_goes_no_further(
    door: Door, inside: Inside
) -> None:
    raw = form({"ssl_check": "1", "token": "x"})
    assert (await call(door, raw, signed(raw, kind=FORM))).status == 200
    assert (await call(door, raw, [])).status == 401
    assert inside.posted == []


async def test_too_large_is_413_before_it_is_read(door: Door, told: list[str]) -> None:
    length = [(b"content-length", str(MAX_BODY_BYTES + 1).encode())]

    async def never() -> dict[str, Any]:
        raise AssertionError("it was read")

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = POST | {"headers": length}
    await door(scope, never, send)
    assert (sent[0]["status"], sent[1]["body"], told) == (413, b"", ["413"])


async def test_too_large_is_413_also_without_a_length(door: Door) -> None:
    taken = 0

    def pieces() -> Any:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield b"x" * (MAX_BODY_BYTES // 4)

    messages = pieces()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(messages), "more_body": True}

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = POST | {"headers": Headers()}
    await door(scope, receive, send)
    assert (sent[0]["status"], taken) == (413, 5)


async def test_as_large_as_may_be_gets_in(door: Door) -> None:
    body = {"type": "event_callback", "pad": ""}
    body["pad"] = "x" * (MAX_BODY_BYTES - len(encoded(body)))
    raw = encoded(body)
    assert len(raw) == MAX_BODY_BYTES
    assert (await call(door, raw, signed(raw))).status == 200


async def test_a_body_that_does_not_come_is_408(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_S", 0.0)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = POST | {"headers": Headers()}
    await door(scope, receive, send)
    assert sent[0]["status"] == 408


async def test_who_hangs_up_is_answered_nothing(door: Door, inside: Inside) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        raise AssertionError(message)

    scope = POST | {"headers": Headers()}
    await door(scope, receive, send)
    assert inside.posted == []


def nested(depth: int) -> bytes:
    """Return an object of so many levels."""
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (nested(MAX_DEPTH), 200),
        (nested(MAX_DEPTH + 1), 400),
        (nested(20_000), 400),
        (b'{"a":' + b"[" * 63 + b"]" * 63 + b"}", 200),
        (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", 400),
        (b"[" * 20_000, 400),
        (encoded({"wide": [{}] * 500}), 200),
        (b'{"text": "' + b"[" * 500 + b'"}', 200),
        (b'{"a":', 400),
        (b"", 400),
        (b"[1, 2]", 400),
        (b"3", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b'{"a": \xff}', 400),
        (b'\xef\xbb\xbf{"a": 1}', 400),
        (b'{"a": ' + b"9" * 5000 + b"}", 400),
    ],
)
async def test_only_a_shallow_object_gets_in(door: Door, raw: bytes, status: int) -> None:
    answer = await call(door, raw, signed(raw))
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"payload",
        b"payload=3",
        b"payload=",
        b"payload=%5B1%5D",
        b"payload=%7B%22a%22%3A",
        b'{"command": "/ask"}',
        b"a=%FF",
        b"\xff=1",
        b"&".join(b"a=1" for _ in range(65)),
        b"payload=" + b"%5B" * 20_000,
    ],
)
async def test_a_form_is_a_form(door: Door, raw: bytes) -> None:
    assert (await call(door, raw, signed(raw, kind=FORM))).status == 400


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "application/xml"])
async def test_no_other_kind_of_body_gets_in(door: Door, kind: str) -> None:
    raw = encoded(mention())
    assert (await call(door, raw, signed(raw, kind=kind))).status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", module.PATH, 405),
        ("PUT", module.PATH, 405),
        ("POST", "/", 404),
        ("POST", "/slack/events/", 404),
        ("GET", "/.env", 404),
    ],
)
async def test_there_is_one_place(door: Door, method: str, path: str, status: int) -> None:
    raw = encoded(mention())
    answer = await call(door, raw, signed(raw), method=method, path=path)
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize("length", [b"-1", b"ten", b"1, 1", b"", b"\xb2"])
async def test_a_length_is_a_number(door: Door, length: bytes) -> None:
    assert (await call(door, b"{}", [(b"content-length", length)])).status == 400


def test_only_so_many_signatures_are_remembered(clock: Clock) -> None:
    seen = Seen(clock.now, most=3)
    assert all(seen.add(bytes([n])) for n in range(4))
    assert len(seen._until) == 3
    assert not seen.add(b"\x03")
    assert seen.add(b"\x00")


def test_what_is_ten_minutes_old_is_forgotten(clock: Clock) -> None:
    seen = Seen(clock.now)
    assert seen.add(b"a")
    clock.at += 599
    assert seen.add(b"b")
    assert not seen.add(b"a")
    clock.at += 1
    assert seen.add(b"c")
    assert len(seen._until) == 2


# With Bolt and the ledger behind it.


async def _ignored(*_given: object) -> None:
    return None


def taking(ledger: Ledger) -> Intake:
    return Intake(
        reader=Reader(VERBS, BOT),
        ledger=ledger,
        wake=lambda: None,
        decided=_ignored,
        home=_ignored,
        pointed=_ignored,
    )


def entrance(intake: Intake, bolts: str = SECRET) -> Door:
    """Return the whole way in."""
    return Door(secret=SECRET, take=passing(bolt(AsyncWebClient("xoxb-x"), intake, bolts)))


@pytest.fixture
def whole(ledger: Ledger) -> Door:
    return entrance(taking(ledger))


@pytest.fixture
def lone(file: Path) -> Iterator[Door]:
    """The whole way in, on SQLite only."""
    writer = Writer(connect(f"sqlite:///{file}"))
    yield entrance(taking(Ledger(writer, LEASE_S, keys())))
    writer.close()


def now_signed(raw: bytes, kind: str = "application/json") -> Headers:
    return signed(raw, now=time.time(), kind=kind)


def as_posted(body: dict[str, Any]) -> tuple[bytes, str]:
    """Return a payload as Slack posts it."""
    if "command" in body:
        return form(body), FORM
    if body.get("type") == "event_callback":
        return encoded(body), "application/json"
    return form({"payload": json.dumps(body)}), FORM


@pytest.mark.parametrize("body", [slash(), mention(), direct(), click(), home(), message("x")])
async def test_bolt_takes_what_passed(whole: Door, body: dict[str, Any]) -> None:
    raw, kind = as_posted(body)
    assert (await call(whole, raw, now_signed(raw, kind))).status == 200


async def test_a_command_about_a_payload_is_no_interaction(whole: Door, ledger: Ledger) -> None:
    # Bolt's own parser loses every form that has the word in it.
    raw = form(slash("/ask", "what is a payload?"))
    assert (await call(whole, raw, now_signed(raw, FORM))).status == 200
    lease = await ledger.claim("greet")
    assert lease is not None
    assert lease.request.prompt == "what is a payload?"


async def test_bolt_verifies_it_too(ledger: Ledger) -> None:
    raw = form(slash())
    other = entrance(taking(ledger), "another secret")
    assert (await call(other, raw, now_signed(raw, FORM))).status == 401


async def test_503_where_it_cannot_be_kept(
    whole: Door, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_request: object) -> bool:
        raise LedgerUnavailable("down")

    monkeypatch.setattr(ledger, "accept", down)
    raw = form(slash())
    answer = await call(whole, raw, now_signed(raw, FORM))
    assert (answer.status, answer.body) == (503, b"")
    monkeypatch.undo()
    assert (await call(whole, raw, now_signed(raw, FORM))).status == 200
    assert (await ledger.load(request().user)).all == 1


@pytest.mark.parametrize(
    "body",
    [
        {"authorizations": 3},
        {"authorizations": [3]},
        {"team": 3, "enterprise": [], "event": 3},
        {"event": {"type": "app_home_opened", "tab": "home"}},
        {"event": {"type": "message", "text": 3, "user": {}, "channel": [], "ts": None}},
        {"event": []},
        {"command": 3},
        {"command": "/ask", "text": {}},
        {"type": "block_actions", "actions": 3},
        {"type": "block_actions", "actions": [{"action_id": "review_approve"}], "user": 3},
        {"type": "url_verification"},
        {"type": 3, "event": {"type": []}},
    ],
)
async def test_what_slack_never_sends_is_no_exception(whole: Door, body: dict[str, Any]) -> None:
    raw = encoded(body)
    assert (await call(whole, raw, now_signed(raw))).status in {200, 400}


# Fuzz: whatever comes, the answer is 200 or 4xx and nothing raises.

_SHAPES = [slash(), mention(), direct(), click(), home(), message("x"), {"ssl_check": "1"}]
_KEYS = st.sampled_from(
    [
        "type", "event", "team", "team_id", "user", "channel", "actions", "authorizations",
        "command", "text", "trigger_id", "ts", "payload", "enterprise", "is_enterprise_install",
        "challenge", "ssl_check", "subtype", "tab", "view", "container", "message", "bot_id",
    ]
)  # fmt: skip
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["message", "app_mention", "event_callback", "block_actions", "/ask", "url_verification",
         "\ud800", "\x00", "<@UBOT> ask 为什么?", "home", "im", "app_home_opened", "\u202egnp"]
    )
)  # fmt: skip
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_OBJECTS = st.dictionaries(_KEYS, _VALUES, max_size=8)
_TIMES = st.sampled_from(["now", "stale", "early", "bad", "none", "wide"])
_HEADERS = st.lists(
    st.tuples(
        st.sampled_from([b"content-type", b"x-slack-signature", b"x-slack-retry-num", b"x-odd"]),
        st.binary(max_size=12),
    ),
    max_size=2,
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[bytes, Headers, bool]:
    """Draw a body, its headers, and whether it is sent twice."""
    body = draw(
        st.one_of(
            st.binary(max_size=200),
            _OBJECTS.map(encoded),
            st.sampled_from(_SHAPES).map(encoded),
            st.sampled_from(_SHAPES).map(lambda shape: as_posted(shape)[0]),
            st.tuples(st.sampled_from(_SHAPES), _OBJECTS).map(lambda two: encoded(two[0] | two[1])),
            _OBJECTS.map(lambda one: form({"payload": json.dumps(one)})),
            st.integers(1, 3000).map(nested),
        )
    )
    if draw(st.integers(0, 5)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    kind = draw(st.sampled_from(["application/json", FORM, f"{FORM};charset=utf-8", "text/plain"]))
    offset = {"stale": -301.0, "early": 400.0}.get(when := draw(_TIMES), 0.0)
    headers = signed(body, now=time.time() + offset, kind=kind)
    if when == "bad":
        headers = swapped(headers, b"x-slack-request-timestamp", draw(st.binary(max_size=12)))
    if when == "none":
        headers = without(headers, draw(st.sampled_from([name for name, _ in headers])))
    if when == "wide":
        headers = swapped(headers, b"x-slack-signature", draw(st.binary(max_size=70)))
    if draw(st.integers(0, 3)) == 0:
        headers += draw(_HEADERS)
    return body, headers, draw(st.booleans())


def fuzz(examples: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def wrapped(test: Callable[..., Any]) -> Callable[..., Any]:
        limits = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        )
        return limits(given(asked=requests())(test))

    return wrapped


async def _holds(whole: Door, asked: tuple[bytes, Headers, bool]) -> None:
    raw, headers, twice = asked
    first = await call(whole, raw, headers)
    assert first.status == 200 or 400 <= first.status < 500
    assert first.body == b"" or first.status == 200
    unsigned = re.fullmatch(rb"v0=[0-9a-f]{64}", dict(headers).get(b"x-slack-signature", b""))
    assert unsigned or first.status != 200, "it was not signed at all"
    if twice:
        assert (await call(whole, raw, headers)).status in {first.status, 401}


@fuzz(150)
async def test_whatever_is_posted_is_answered(
    lone: Door, asked: tuple[bytes, Headers, bool]
) -> None:
    await _holds(lone, asked)


@pytest.mark.thorough
@fuzz(500)
async def test_500_more_are_answered(lone: Door, asked: tuple[bytes, Headers, bool]) -> None:
    await _holds(lone, asked)


def spoiled(dice: random.Random) -> tuple[bytes, Headers, bool]:
    """Return a request of Slack's to which up to three things happened on the way."""
    raw, kind = as_posted(dice.choice(_SHAPES))
    headers = signed(raw, now=time.time() + dice.choice([0, 0, 0, -400, 400]), kind=kind)
    for _ in range(dice.randrange(4)):
        match dice.randrange(7):
            case 0:
                raw = raw[: dice.randrange(len(raw) + 1)]
            case 1:
                at = dice.randrange(len(raw) + 1)
                raw = raw[:at] + dice.randbytes(dice.randrange(1, 4)) + raw[at:]
            case 2:
                raw = raw.replace(b":", b":[" * dice.choice([1, 70, 5000]), 1)
            case 3:
                headers = signed(raw, now=time.time(), kind=kind)
            case 4:
                name, value = dice.choice(headers)
                headers = swapped(headers, name, value[: dice.randrange(len(value) + 1)])
            case 5:
                headers = [*headers, (dice.choice(headers)[0], dice.randbytes(4))]
            case _:
                headers.pop(dice.randrange(len(headers))) if len(headers) > 1 else None
    return raw, headers, dice.random() < 0.2


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(3))
async def test_20000_spoiled_requests_are_answered_and_none_raises(lone: Door, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - to be repeated
    for _ in range(6_000):
        await _holds(lone, spoiled(dice))
