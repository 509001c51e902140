"""P2 from outside: everything anybody could see, judged again by who believes nobody.

The product runs by a `policy.toml` under which some answers are held and some are blocked.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.oracle import Oracle
from tests.e2e.product import Json, Product, answer, commanded, running, said
from workspace.client import Client

POLICY = """
[input]
word = "allow"

[output]
word = "allow"
"word.doubtful" = "hold"
"word.forbidden" = "block"

[words.doubtful]
words = ["PayPal", "保修"]

[words.forbidden]
words = ["lilac"]
"""
SECRET = "ghp_" + "a1B2c3D4e5F6" * 3


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    pytest.importorskip("torch", reason="`atelier up` starts the engine, which needs torch")
    folder: Path = tmp_path_factory.mktemp("strict")
    file = folder / "policy.toml"
    file.write_text(POLICY, encoding="utf-8")
    with running(folder / "data", ATELIER_POLICY_FILE=str(file)) as started:
        yield started


@pytest.fixture
async def slack(strict: Product) -> AsyncIterator[Client]:
    async with Client(strict.url) as client:
        yield client


async def everything(slack: Client) -> list[Json]:
    return [entry for who in ("ana", "bo", "chen") for entry in await slack.visible(who)]


async def test_p2_every_string_that_anybody_could_see_was_judged(
    slack: Client, strict: Product
) -> None:
    held = said(await answer(slack, "general", "@atelier Can I pay with PayPal?"))
    assert "reviewer" in held
    blocked = said(await answer(slack, "general", "@atelier echo lilac"))
    assert "lilac" not in blocked
    for command, text in (
        ("/ask", "How long do refunds take?"),
        ("/imagine", "a cat"),
        ("/code", f"```\ntoken = '{SECRET}'\nprint('<!channel> & <b>')\n```"),
        ("/usage", ""),
        ("/digest", ""),
    ):
        await commanded(slack, command, text)
    await slack.slash("ana", "random", "/draft", f"Where is my order? {SECRET} a@b.example")
    await answer(slack, "random", "@atelier 退款需要多久？", user="chen")
    await answer(slack, "random", f"@atelier rewrite my token is {SECRET}")
    await strict.settled()
    shown = await everything(slack)
    unjudged = Oracle(strict).unjudged(shown)
    assert not unjudged, "\n".join(unjudged)
    assert len([entry for entry in shown if entry["payload"].get("user") == "U0ATELIER"]) > 20


async def test_the_oracle_sees_what_nobody_judged(slack: Client, strict: Product) -> None:
    leaked = {"payload": {"user": "U0ATELIER", "blocks": [{"alt_text": "nobody judged this"}]}}
    assert Oracle(strict).unjudged([leaked]) == ["nobody judged this"]
    await slack.say("ana", "random", "people may say what they like")
    assert Oracle(strict).unjudged(await everything(slack)) == []
