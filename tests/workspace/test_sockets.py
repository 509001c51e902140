"""Socket Mode as the Python SDK's aiohttp client sees it."""

import asyncio
import itertools
import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.state import Workspace


async def _connect(
    ws: Workspace, session: aiohttp.ClientSession
) -> aiohttp.ClientWebSocketResponse:
    app = AsyncWebClient("xapp-local", base_url=f"{ws.base_url}/api/")
    answer = await app.apps_connections_open(app_token="xapp-local")
    return await session.ws_connect(answer["url"], autoping=False)


async def _frame(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    return json.loads(await socket.receive_str(timeout=10))


async def test_hello_tells_the_number_of_connections(ws: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        first, second = await _connect(ws, session), await _connect(ws, session)
        assert (await _frame(first))["num_connections"] == 1
        hello = await _frame(second)
    assert hello["type"] == "hello"
    assert hello["num_connections"] == 2
    assert hello["connection_info"] == {"app_id": "A0ATELIER"}


async def test_a_ping_comes_back_with_its_payload(ws: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        await socket.ping(b"sdk-ping-pong:1.5")
        answer = await socket.receive(timeout=10)
    assert answer.type is aiohttp.WSMsgType.PONG
    assert bytes(answer.data) == b"sdk-ping-pong:1.5"


async def test_a_ticket_opens_one_connection(ws: Workspace) -> None:
    ticket = ws.sockets.ticket()
    url = f"{ws.base_url}/link/?ticket={ticket}"
    async with aiohttp.ClientSession() as session:
        await session.ws_connect(url)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_an_old_ticket_opens_nothing(ws: Workspace) -> None:
    url = f"{ws.base_url}/link/?ticket={ws.sockets.ticket()}"
    ws.clock.advance(31)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_the_eleventh_connection_is_told_to_go(ws: Workspace) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = [await _connect(ws, session) for _ in range(11)]
        frame = await _frame(sockets[-1])
    assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
    assert set(frame["debug_info"]) == {"host"}


async def test_connections_need_the_app_token(ws: Workspace) -> None:
    bot = AsyncWebClient("xoxb-local", base_url=f"{ws.base_url}/api/")
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await bot.apps_connections_open(app_token="xoxb-local")


async def test_an_envelope_goes_to_one_connection_in_turn(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = [await _connect(ws, session) for _ in range(2)]
        for socket in sockets:
            await _frame(socket)
        for number in range(4):
            await control.say("ana", "general", f"number {number}")
        got = [[await _frame(socket) for _ in range(2)] for socket in sockets]
    texts = [[frame["payload"]["event"]["text"] for frame in frames] for frames in got]
    assert [len(each) for each in texts] == [2, 2]
    assert sorted(itertools.chain(*texts)) == ["number 0", "number 1", "number 2", "number 3"]


async def test_an_event_envelope_has_slacks_shape(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        await control.say("ana", "general", "hello")
        frame = await _frame(socket)
    assert frame["type"] == "events_api"
    assert frame["accepts_response_payload"] is False
    assert (frame["retry_attempt"], frame["retry_reason"]) == (0, "")
    body = frame["payload"]
    assert body["type"] == "event_callback"
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0]["user_id"] == "U0ATELIER"
    assert body["event"]["channel_type"] == "channel"


async def test_an_event_without_an_ack_comes_again_at_once_then_after_one_and_five_minutes(
    ws: Workspace, control: Client
) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        await control.say("ana", "general", "hello")
        frames = [await _frame(socket)]
        for seconds in (3, 63, 303):
            await control.advance(seconds)
            frames.append(await _frame(socket))
        ids = {frame["payload"]["event_id"] for frame in frames}
    attempts = [(frame["retry_attempt"], frame["retry_reason"]) for frame in frames]
    assert attempts == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert len(ids) == 1
    assert len({frame["envelope_id"] for frame in frames}) == 4


async def test_an_acknowledged_event_does_not_come_again(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        await control.say("ana", "general", "first")
        await socket.send_json({"envelope_id": (await _frame(socket))["envelope_id"]})
        await control.say("ana", "general", "second")
        await control.advance(0)
        second = await _frame(socket)
    assert second["payload"]["event"]["text"] == "second"
    assert (await control.deliveries())[0]["outcome"] == "acked"


async def test_an_event_waits_for_a_connection(ws: Workspace, control: Client) -> None:
    await control.say("ana", "general", "is anybody there?")
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        frame = await _frame(socket)
    assert frame["payload"]["event"]["text"] == "is anybody there?"


async def test_an_ack_may_come_on_another_connection(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = [await _connect(ws, session) for _ in range(2)]
        for socket in sockets:
            await _frame(socket)
        asked = asyncio.create_task(control.slash("ana", "general", "/ask", "x"))
        arrived = [asyncio.create_task(socket.receive_json()) for socket in sockets]
        done, _ = await asyncio.wait(arrived, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        frame = done.pop().result()
        other = sockets[0] if arrived[1].done() else sockets[1]
        await other.send_json({"envelope_id": frame["envelope_id"], "payload": {"text": "hi"}})
        assert (await asked)["payload"] == {"text": "hi"}
        for task in arrived:
            task.cancel()


async def test_garbage_from_the_app_is_ignored(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        for text in ("{", "[]", '"x"', '{"envelope_id": 7}', '{"envelope_id": "unknown"}'):
            await socket.send_str(text)
        await control.say("ana", "general", "still here")
        assert (await _frame(socket))["payload"]["event"]["text"] == "still here"


async def test_a_connection_is_refreshed_after_an_hour(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        assert (await _frame(socket))["debug_info"]["approximate_connection_time"] == 3600
        await control.advance(3590)
        assert (await _frame(socket))["reason"] == "warning"
        await control.advance(10)
        assert (await _frame(socket))["reason"] == "refresh_requested"
        await control.say("ana", "general", "it still works")
        assert (await _frame(socket))["payload"]["event"]["text"] == "it still works"
        await control.advance(10)
        assert (await socket.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE


async def test_a_debugged_connection_lives_six_minutes(ws: Workspace, control: Client) -> None:
    url = f"{ws.base_url}/link/?ticket={ws.sockets.ticket()}&debug_reconnects=true"
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(url)
        assert (await _frame(socket))["debug_info"]["approximate_connection_time"] == 360
        await control.advance(350)
        assert (await _frame(socket))["reason"] == "warning"


async def test_events_go_to_the_connection_that_stays(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        old = await _connect(ws, session)
        await _frame(old)
        await control.fault(disconnect="soft")
        assert (await _frame(old))["reason"] == "refresh_requested"
        new = await _connect(ws, session)
        await _frame(new)
        for text in ("one", "two"):
            await control.say("ana", "general", text)
        texts = [(await _frame(new))["payload"]["event"]["text"] for _ in range(2)]
        await old.close()
        await control.say("ana", "general", "three")
        assert (await _frame(new))["payload"]["event"]["text"] == "three"
    assert texts == ["one", "two"]


async def test_an_ack_may_come_on_the_connection_that_leaves(
    ws: Workspace, control: Client
) -> None:
    async with aiohttp.ClientSession() as session:
        old = await _connect(ws, session)
        await _frame(old)
        await control.say("ana", "general", "hello")
        envelope = (await _frame(old))["envelope_id"]
        await control.fault(disconnect="soft")
        await _frame(old)
        await old.send_json({"envelope_id": envelope})
        while (await control.deliveries())[0]["outcome"] == "pending":
            pass
    assert (await control.deliveries())[0]["outcome"] == "acked"


async def test_a_forced_warning_is_followed_by_the_refresh(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        await control.fault(disconnect="warning")
        assert (await _frame(socket))["reason"] == "warning"
        await control.advance(10)
        assert (await _frame(socket))["reason"] == "refresh_requested"


async def test_a_disabled_link_is_announced_and_closed(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        await control.fault(disconnect="link_disabled")
        assert (await _frame(socket))["reason"] == "link_disabled"
        assert (await socket.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE


async def test_an_app_without_socket_mode_gets_no_connection(
    ws: Workspace, control: Client
) -> None:
    await control.manifest({"settings": {"socket_mode_enabled": False}})
    app = AsyncWebClient("xapp-local", base_url=f"{ws.base_url}/api/")
    with pytest.raises(SlackApiError, match="forbidden_team"):
        await app.apps_connections_open(app_token="xapp-local")
    await control.manifest({"settings": {"socket_mode_enabled": True}})
    await app.apps_connections_open(app_token="xapp-local")


async def test_pongs_stop_and_come_back(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        await control.fault(pong=False)
        await socket.ping(b"lost")
        await control.say("ana", "general", "no pong before this")
        assert (await socket.receive(timeout=10)).type is aiohttp.WSMsgType.TEXT
        await control.clear_faults()
        await socket.ping(b"found")
        answer = await socket.receive(timeout=10)
        assert (answer.type, bytes(answer.data)) == (aiohttp.WSMsgType.PONG, b"found")


async def test_a_bolt_app_survives_a_refresh(bot: Any, control: Client) -> None:
    bot.record("message")
    await bot.connect()
    await control.fault(disconnect="soft")
    await control.say("ana", "general", "after the refresh")
    for seconds in (3, 63):
        await control.advance(seconds)
    assert (await bot.next())["event"]["text"] == "after the refresh"


async def test_a_hard_disconnect_is_not(ws: Workspace, control: Client) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await _connect(ws, session)
        await _frame(socket)
        await control.fault(disconnect="hard")
        closed = await socket.receive(timeout=10)
    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 1011)


async def test_nothing_is_lost_to_drops_doubles_and_disconnects(
    ws: Workspace, control: Client
) -> None:
    some = {"envelope": "message", "probability": 0.4, "count": 12}
    await control.fault(some | {"seed": 1}, drop=True)
    await control.fault(some | {"seed": 2}, duplicate=1)
    await control.fault({"envelope": "message", "nth": 20}, disconnect="hard")
    seen: list[str] = []

    async def app(session: aiohttp.ClientSession) -> None:
        while True:
            socket = await _connect(ws, session)
            async for message in socket:
                frame = json.loads(message.data)
                if frame["type"] == "events_api":
                    seen.append(frame["payload"]["event"]["text"])
                    await socket.send_json({"envelope_id": frame["envelope_id"]})

    async with aiohttp.ClientSession() as session:
        running = asyncio.create_task(app(session))
        said = [f"number {number}" for number in range(60)]
        for text in said:
            await control.say("ana", "general", text)
        for seconds in (3, 63, 303, 3):
            await control.advance(seconds)
        await control.slash("ana", "general", "/end")
        running.cancel()
    assert set(seen) == set(said)
    assert len(seen) > len(said)
