"""Slash commands and shortcuts, answered by a real Bolt app."""

from typing import Any

import pytest

from workspace.client import Client, ControlError


async def test_an_ack_with_text_is_shown_to_the_person(bot: Any, control: Client) -> None:
    bodies: list[dict[str, Any]] = []

    async def ask(ack: Any, body: dict[str, Any]) -> None:
        bodies.append(body)
        await ack(f"you said {body['text']}")

    bot.app.command("/ask")(ask)
    await bot.connect()
    answer = await control.slash("chen", "general", "/ask", "画一只狐狸 <b>")
    assert answer["acked"]
    assert answer["payload"] == {"text": "you said 画一只狐狸 <b>"}
    (message,) = await control.messages("general", user="chen")
    assert message["text"] == "you said 画一只狐狸 &lt;b&gt;"
    assert await control.messages("general", user="ana") == []
    assert (bodies[0]["user_name"], bodies[0]["is_enterprise_install"]) == ("chen", "false")
    assert [each["kind"] for each in await control.visible("chen")] == ["ack"]


async def test_an_ack_that_slack_would_refuse_is_said(bot: Any, control: Client) -> None:
    bot.app.command("/ask")(_answers(text="x", blocks=[{"type": "header"}]))
    await bot.connect()
    await control.slash("ana", "general", "/ask")
    (notice,) = await control.messages("general", user="ana")
    assert "invalid_blocks" in notice["text"]


async def test_an_ack_in_channel_is_for_everybody(bot: Any, control: Client) -> None:
    async def ask(ack: Any) -> None:
        await ack(text="hello", response_type="in_channel")

    bot.app.command("/ask")(ask)
    await bot.connect()
    await control.slash("ana", "general", "ask")
    assert [each["text"] for each in await control.messages("general")] == ["hello"]


async def test_a_command_without_an_ack_fails_after_three_seconds(
    bot: Any, control: Client, ws: Any
) -> None:
    async def ask() -> None:
        ws.clock.advance(3)

    bot.app.command("/ask")(ask)
    await bot.connect()
    answer = await control.slash("ana", "general", "/ask")
    assert (answer["acked"], answer["payload"]) == (False, None)
    (notice,) = await control.messages("general", user="ana")
    assert "operation_timeout" in notice["text"]
    assert [row["retry_attempt"] for row in await control.deliveries()] == [0]


async def test_a_command_that_the_manifest_lacks(control: Client) -> None:
    await control.manifest({"features": {"slash_commands": [{"command": "/ask"}]}})
    with pytest.raises(ControlError, match="unknown_command"):
        await control.slash("ana", "general", "/nope")
    assert (await control.state("ana"))["commands"] == [{"command": "/ask"}]


async def test_shortcuts(bot: Any, control: Client) -> None:
    bot.app.shortcut("create")(_remembers(bot))
    bot.app.shortcut("review")(_remembers(bot))
    bot.app.event("message")(_nothing)
    await bot.connect()
    ts = (await control.say("ana", "general", "code"))["ts"]
    assert (await control.shortcut("ana", "create"))["acked"]
    body = await bot.next()
    assert (body["type"], "channel" in body) == ("shortcut", False)
    await control.shortcut("bo", "review", "general", ts)
    body = await bot.next()
    assert (body["type"], body["message"]["text"], body["message_ts"]) == (
        "message_action",
        "code",
        ts,
    )


def _remembers(bot: Any) -> Any:
    async def remember(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await bot.bodies.put(body)

    return remember


def _answers(**answer: object) -> Any:
    async def on_submit(ack: Any) -> None:
        await ack(**answer)

    return on_submit


async def _nothing() -> None:
    """Acknowledge."""
