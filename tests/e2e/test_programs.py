"""Programs in Slack: a scripted model, a real sandbox, buttons, files and the shortcut."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from generators.code.sandbox import Unavailable, probe
from tests.e2e.alone import alone
from tests.e2e.product import Json, atelier, commanded, final, ours, said
from tests.fake_engine import running
from tests.generators.code.scripted import Scripted, fenced
from workspace.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x ** 2"
TESTS = "from solution import double\n\ndef test_it():\n    assert double(3) == 6\n"
LONG = RIGHT + "\n" + "".join(f"\ndef same_{n}(x):\n    return x\n" for n in range(40))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[Scripted]:
    if isinstance(found := probe(), Unavailable):
        pytest.skip(found.why)
    async with running(Scripted()) as started:
        assert isinstance(started, Scripted)
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack(engine: Scripted, folder: Path) -> AsyncIterator[Client]:
    """Run a bot with that model; at its end all that it showed must have been judged."""
    config = folder / "atelier.toml"
    config.write_text("slack_pacing = false\n", encoding="utf-8")
    more = {"ATELIER_CONFIG": str(config), "ATELIER_ENGINE__URL": engine.url}
    async with alone(folder, **more) as started:
        yield started.slack


def scripted(engine: Scripted, **script: str) -> None:
    engine.script = {role: [text] for role, text in script.items()}
    engine.roles.clear()
    engine.asked.clear()


async def written(slack: Client, engine: Scripted, prompt: str = "double a number") -> Json:
    scripted(engine, write=fenced(RIGHT, "It doubles."), tests=fenced(TESTS))
    return await commanded(slack, "/code", prompt)


async def thread(slack: Client, message: Json, count: int) -> list[Json]:
    """Return what is in the thread under a message, once the bot has put so much there."""
    async with asyncio.timeout(30):
        while True:
            replies = await slack.messages("general", message["ts"])
            replies = [m for m in replies if ours(m) and m["ts"] != message["ts"]]
            if len(replies) >= count:
                return replies
            await asyncio.sleep(0.05)


def names(message: Json) -> set[str]:
    """Return the requests that a message is of, as it names them."""
    return set(re.findall(r"req_[0-9a-f]{8}", said(message)))


async def pressed(slack: Client, message: Json, action_id: str, **more: object) -> Json:
    """Press a button; return the first answer of a request that nothing there is of so far."""
    thread_ts = message.get("thread_ts") or message["ts"]
    there = [message, *await slack.messages("general", thread_ts, user="ana")]
    known = set().union(*map(names, there))
    done = await slack.click("ana", action_id, channel="general", ts=message["ts"], **more)
    assert done["acked"]
    return await slack.wait_for(
        lambda m: final(m) and bool(names(m) - known),
        channel="general",
        thread_ts=thread_ts,
        user="ana",
    )


def labels(message: Json) -> list[str]:
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [str((e.get("text") or e["placeholder"])["text"]) for row in rows for e in row]


async def test_a_program_comes_with_its_state_its_tests_and_buttons(
    slack: Client, engine: Scripted
) -> None:
    answer = await written(slack, engine)
    assert "Its 1 test was run in the sandbox and passed, in " in said(answer)
    assert "```\ndef double(x):" in said(answer)
    assert labels(answer) == ["Run again", "Show tests", "Fix", "Explain", "Port to…", "Report"]
    replies = await thread(slack, answer, 2)
    files = [file["name"] for reply in replies for file in reply.get("files", [])]
    assert files == ["test_solution.py"]
    assert any("It doubles." in said(reply) for reply in replies)


async def test_chinese_is_answered_in_chinese(slack: Client, engine: Scripted) -> None:
    scripted(engine, write=fenced(RIGHT, "它翻倍。"), tests=fenced(TESTS))
    answer = await commanded(slack, "/code", "写一个把数字翻倍的函数")
    assert "1 个测试已在沙箱中运行并通过，用时 " in said(answer)
    assert labels(answer)[:4] == ["再次运行", "查看测试", "修复", "解释"]


async def test_a_repair_is_counted_and_a_failure_is_said(slack: Client, engine: Scripted) -> None:
    scripted(engine, write=fenced(WRONG), tests=fenced(TESTS), repair=fenced(RIGHT))
    answer = await commanded(slack, "/code", "double a number")
    assert "passed" in said(answer)
    assert "Repairs: 1." in said(answer)
    shown = [
        one["payload"]["text"] for one in await slack.visible("ana") if one["ts"] == answer["ts"]
    ]
    assert "Running its tests, 1…" in shown
    scripted(engine, write=fenced(WRONG), tests=fenced(TESTS))
    answer = await commanded(slack, "/code", "double a number")
    assert "1 of its 1 tests failed in the sandbox." in said(answer)


async def test_every_attempt_is_a_row_of_usage(
    slack: Client, engine: Scripted, folder: Path
) -> None:
    scripted(engine, write=fenced(WRONG), tests=fenced(TESTS), repair=fenced(RIGHT))
    answer = await commanded(slack, "/code", "double a number, once more")
    name = next(part for part in said(answer).split() if part.startswith("req_"))
    with closing(sqlite3.connect(folder / "data/atelier.db", timeout=30)) as database:
        query = "SELECT stage, outcome FROM usage WHERE request_id LIKE ? ORDER BY id"
        rows = database.execute(query, (f"{name.removeprefix('req_')}%",)).fetchall()
    assert [outcome for _, outcome in rows] == ["ok"] * 3, rows
    audited = atelier("audit", "--data", str(folder / "data"))
    assert audited.returncode == 0, audited.stdout + audited.stderr


async def test_a_long_program_is_a_file_of_its_type(slack: Client, engine: Scripted) -> None:
    scripted(engine, write=fenced(LONG), tests=fenced(TESTS))
    answer = await commanded(slack, "/code", "double a number, at length")
    assert "The program is in the file." in said(answer)
    replies = await thread(slack, answer, 2)
    files = {f["name"]: f["filetype"] for reply in replies for f in reply.get("files", [])}
    assert files == {"solution.py": "python", "test_solution.py": "python"}


async def test_run_again_runs_it(slack: Client, engine: Scripted) -> None:
    answer = await written(slack, engine)
    engine.roles.clear()
    again = await pressed(slack, answer, "code_check")
    assert "*Passed.* 1 test passed in the sandbox." in said(again)
    assert not engine.roles, "no model is needed for it"


async def test_show_tests_is_for_who_asks(slack: Client, engine: Scripted) -> None:
    answer = await written(slack, engine)
    await thread(slack, answer, 1)  # what one person sees begins none
    shown = await pressed(slack, answer, "code_show")
    assert shown["is_ephemeral"]
    assert "def test_it():" in said(shown)


async def test_fix_shows_what_changed(slack: Client, engine: Scripted) -> None:
    scripted(engine, write=fenced(WRONG), tests=fenced(TESTS))
    answer = await commanded(slack, "/code", "double a number")
    scripted(engine, repair=fenced(RIGHT, "It squared."))
    fixed = await pressed(slack, answer, "code_fix")
    assert "passed" in said(fixed)
    assert "double a number" in engine.told("repair")
    replies = await thread(slack, answer, 5)
    assert any("+    return 2 * x" in said(reply) for reply in replies)


async def test_explain_and_port(slack: Client, engine: Scripted) -> None:
    answer = await written(slack, engine)
    scripted(engine, explain="It doubles what it is given.")
    assert "It doubles what it is given." in said(await pressed(slack, answer, "code_explain"))
    assert "def double(x):" in engine.told("explain")
    scripted(engine, port=fenced("func Double(x int) int { return 2 * x }", tag="go"))
    select = next(e for b in answer["blocks"] for e in b.get("elements", []) if "options" in e)
    option = next(o for o in select["options"] if o["text"]["text"] == "Port to Go")
    ported = await pressed(slack, answer, "code_port", selected_option=option)
    assert "func Double" in said(ported)
    assert "It parses; it was not run." in said(ported)


async def test_a_press_that_is_told_twice_is_one_request(slack: Client, engine: Scripted) -> None:
    answer = await written(slack, engine)
    before = {m["ts"] for m in await thread(slack, answer, 2)}
    await slack.fault({"envelope": "interactive", "count": 1}, duplicate=2)
    await pressed(slack, answer, "code_check")
    await slack.clear_faults()
    await written(slack, engine)  # whatever came of the second telling is there by now
    assert len({m["ts"] for m in await thread(slack, answer, 3)} - before) == 1


async def test_a_file_in_the_message_is_read(slack: Client, engine: Scripted) -> None:
    scripted(engine)
    source = "import os\n\ndef 面积(x):\n    return x * x\n\nprint(面积(3))\n"
    asked = await slack.upload(
        "ana", "general", "area.py", source.encode(), text="@atelier code run"
    )
    reply = await slack.wait_for(final, channel="general", thread_ts=asked["ts"], user="ana")
    assert "`F401` `os` imported but unused" in said(reply)
    assert "```\n9\n```" in said(reply)


async def test_a_file_in_a_direct_message_is_read(slack: Client) -> None:
    asked = await slack.upload("ana", "D0ANA", "a.sh", b"echo hello", text="code run")
    reply = await slack.wait_for(
        lambda m: float(m["ts"]) > float(asked["ts"]) and final(m), channel="D0ANA", user="ana"
    )
    assert "hello" in said(reply)


async def test_the_thread_is_read(slack: Client) -> None:
    parent = await slack.say("bo", "general", "```print('from the thread')```")
    await slack.say("ana", "general", "@atelier code run this", thread_ts=parent["ts"])
    reply = await slack.wait_for(final, channel="general", thread_ts=parent["ts"], user="ana")
    assert "from the thread" in said(reply)


async def test_the_shortcut_reviews_a_message(slack: Client, engine: Scripted) -> None:
    scripted(engine, review="- line 1: say what it is for.")
    for parent in (
        await slack.say("bo", "general", "```import os\nx = 1```"),
        await slack.upload("bo", "general", "x.py", b"import os\nx = 1\n"),
    ):
        done = await slack.shortcut("ana", "review_code", "general", parent["ts"])
        assert done["acked"]
        reply = await slack.wait_for(final, channel="general", thread_ts=parent["ts"], user="ana")
        assert "`F401`" in said(reply)
        assert "say what it is for" in said(reply)


async def test_dangerous_code_is_not_run(slack: Client, engine: Scripted) -> None:
    scripted(engine)
    source = "import subprocess\nsubprocess.call(input(), shell=True)\n"
    answer = await commanded(slack, "/code", f"run ```{source}```")
    assert "It was not run: the checks do not let it be." in said(answer)
    assert "`code.high.b602`" in said(answer)


async def test_what_is_printed_is_judged_too(slack: Client, engine: Scripted) -> None:
    scripted(engine)
    source = "print('AKIA' + 'Q3EGRMXRTVW5ZB2N')\n"
    answer = await commanded(slack, "/code", f"run ```{source}```")
    assert "Q3EGRMXRTVW5ZB2N" not in said(answer)
