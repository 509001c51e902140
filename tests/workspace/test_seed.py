"""A workspace that does not begin empty."""

import json
from pathlib import Path
from typing import Any

import pytest

from workspace.client import Client
from workspace.seed import SeedError, read, sow
from workspace.server import running
from workspace.state import Workspace

SEED: dict[str, Any] = {
    "people": [
        {"name": "dana", "real_name": "Dana Osei", "locale": "en-GB", "is_admin": True},
        {"name": "ana", "real_name": "Ana R."},
    ],
    "channels": [
        {"name": "launch-计划", "topic": "Go", "is_private": True, "members": ["dana", "ana"]}
    ],
    "messages": [
        {"channel": "general", "user": "bo", "text": "later", "ago_s": 60},
        {
            "channel": "launch-计划",
            "user": "dana",
            "text": "Ready @ana? 好了吗 🚀",
            "ago_s": 3600,
            "replies": [
                {"user": "ana", "text": "almost", "ago_s": 3000},
                {"user": "dana", "text": "fine", "ago_s": 2000},
            ],
        },
        {"channel": "general", "user": "ana", "text": "earlier", "ago_s": 7200},
    ],
}


async def test_people_channels_and_history_are_there(ws: Workspace, control: Client) -> None:
    sow(ws, SEED)
    dana = await control.state("dana")
    assert {c["name"] for c in dana["channels"]} == {"general", "launch-计划", "dana"}
    assert dana["me"]["is_admin"]
    assert [m["text"] for m in await control.messages("general")] == ["earlier", "later"]
    (root,) = await control.messages("launch-计划")
    assert root["text"] == "Ready <@U0ANA>? 好了吗 🚀"
    assert root["reply_count"] == 2
    thread = await control.messages("launch-计划", root["ts"])
    assert [m["text"] for m in thread[1:]] == ["almost", "fine"]
    assert float(root["ts"]) == pytest.approx(ws.clock.now() - 3600, abs=60)
    assert next(u for u in dana["users"] if u["name"] == "ana")["real_name"] == "Ana R."


async def test_the_app_hears_nothing_of_it(ws: Workspace, control: Client) -> None:
    sow(ws, SEED)
    assert await control.deliveries() == []


async def test_what_is_said_afterwards_comes_afterwards(ws: Workspace, control: Client) -> None:
    sow(ws, SEED)
    await control.say("dana", "general", "now")
    assert [m["text"] for m in await control.messages("general")][-1] == "now"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"users": []}, "'users', which is none of"),
        ({"people": {}}, "seed.people must be a list of objects"),
        ({"people": [{"nick": "x"}]}, r"seed.people\[0\] has 'nick'"),
        ({"people": [{}]}, r"seed.people\[0\] needs a text under 'name'"),
        ({"channels": [{"name": "general"}]}, "a channel 'general' already"),
        ({"channels": [{"name": "x", "members": ["zoe"]}]}, "nobody called 'zoe'"),
        ({"messages": [{"channel": "x", "user": "ana", "text": "t"}]}, "no channel 'x'"),
        ({"messages": [{"channel": "general", "user": "zoe", "text": "t"}]}, "nobody called"),
        (
            {"messages": [{"channel": "general", "user": "bo", "text": "t", "ago_s": -1}]},
            "not before now",
        ),
    ],
)
async def test_what_is_wrong_with_a_file_is_said(wrong: dict[str, Any], said: str) -> None:
    ws = Workspace()
    async with running(ws):
        with pytest.raises(SeedError, match=said):
            sow(ws, wrong)


def test_a_file_is_read_or_named_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(SEED), encoding="utf-8")
    assert read(path) == SEED
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(SeedError, match="not a JSON object"):
        read(path)
    with pytest.raises(SeedError, match="cannot be read"):
        read(tmp_path / "none.json")
