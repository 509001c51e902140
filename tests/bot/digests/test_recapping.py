"""`atelier recap`, as an operator runs it."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import command_line
from bot.settings import SettingsError


def told(ts: str, text: str, **given: Any) -> dict[str, Any]:
    return {"type": "message", "user": "U1", "ts": ts, "text": text, **given}


CHANNEL = [
    told("1700000100.000100", "We decided to ship 3.2 on Friday &amp; tell Acme.", user="U2"),
    told("1700000101.000100", "<@U7> has joined the channel", subtype="channel_join"),
    told("1700000102.000100", "We decided to deploy build 9", bot_id="B1"),
    told("1700000103.000100", "登录服务从10:20开始报错", reactions=[{"name": "eyes", "count": 3}]),
    told("1700000104.000100", "截止日期是周五，最晚18:00提交", thread_ts="1700000103.000100"),
    told("1700000105.000100", "Who owns the customer survey of the Berlin office?"),
]

RECAP = command_line("recap")


def ran(*given: str, stdin: str = "") -> dict[str, Any]:
    text = stdin or "".join(json.dumps(one) + "\n" for one in CHANNEL)
    done = CliRunner().invoke(RECAP, ["recap", *given], input=text, catch_exceptions=False)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_each_bullet_names_its_source() -> None:
    found = ran("--team-url", "https://w.slack.com/", "--channel", "C1")
    by_ts = {one["ts"]: one for one in CHANNEL}
    assert [one["topic"] for one in found["bullets"]] == [
        "decision",
        "deadline",
        "incident",
        "question",
    ]
    for one in found["bullets"]:
        assert one["author"] == by_ts[one["ts"]]["user"]
        assert one["link"].startswith("https://w.slack.com/archives/C1/p17000001")
    (reply,) = (one for one in found["bullets"] if one["topic"] == "deadline")
    assert reply["link"].endswith("?thread_ts=1700000103.000100")
    assert found["bullets"][0]["text"] == "We decided to ship 3.2 on Friday & tell Acme."


def test_a_permalink_that_is_given_is_kept() -> None:
    lines = [{**one, "permalink": f"https://x.example/{n}"} for n, one in enumerate(CHANNEL)]
    found = ran(stdin="".join(json.dumps(one) + "\n" for one in lines))
    assert found["bullets"][0]["link"] == "https://x.example/0"


def test_a_quiet_channel_has_no_bullets() -> None:
    assert ran(stdin=json.dumps(CHANNEL[0])) == {"language": "en", "quiet": True, "bullets": []}


def test_the_length_is_a_choice() -> None:
    assert len(ran("--length", "short")["bullets"]) == 3


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", '{"ts": "1.0"}', '{"ts": "soon", "text": "x"}', '{"text": "x"}']
)
def test_a_line_that_is_no_message_is_named(line: str) -> None:
    good = json.dumps(CHANNEL[0])
    with pytest.raises(SettingsError, match="Line 2 of stdin"):
        ran(stdin=f"{good}\n{line}\n")


def test_a_length_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="short, normal, long"):
        ran("--length", "epic")
