"""The README's promises, each held from outside: what people see, and what the database says."""

import asyncio
import hashlib
import html
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.views.mrkdwn import mrkdwn, sections
from bot.views.notices import Notice
from generators.draft import Code, Text, fingerprint
from tests.bot.unsealing import allowed, lets
from tests.e2e.product import Json, Product, answer, commanded, final, ours, running, said
from workspace.client import Client

_FOOTER = re.compile(r"req_[0-9a-f]{8}")
_CANARY = "canary-4f1d-zebra"


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Run an Atelier with short leases, whose bot will be killed, and a model that cannot load."""
    pytest.importorskip("torch", reason="`atelier up` starts the engine, which needs torch")
    broken = tmp_path_factory.mktemp("broken-model")
    (broken / "config.json").write_text('{"model_type": "qwen3"}')
    given = {
        "ATELIER_LEASE_S": "2",
        "ATELIER_MAX_QUEUED_PER_USER": "6",
        "ATELIER_ENGINE__TEXT_MODEL": str(broken),
        "ATELIER_ENGINE__EMBED_MODEL": "",
    }
    with running(tmp_path_factory.mktemp("fragile") / "data", **given) as started:
        yield started


@pytest.fixture
async def shaky(fragile: Product) -> AsyncIterator[Client]:
    async with Client(fragile.url) as client:
        yield client


async def test_p1_one_outcome_although_the_bot_is_killed(shaky: Client, fragile: Product) -> None:
    threads = []
    for wait_s in (0.0, 0.05, 0.3):
        asked = await shaky.say("ana", "general", "@atelier How long do refunds take?")
        threads.append(asked["ts"])
        await shaky.wait_for(ours, channel="general", thread_ts=asked["ts"], timeout_s=60)
        await asyncio.sleep(wait_s)  # not to wait for anything: to be killed at another place
        os.kill(_child(fragile, "bot bot"), signal.SIGKILL)
    for thread in threads:
        await shaky.wait_for(final, channel="general", thread_ts=thread, timeout_s=60)
        written = [m for m in await shaky.messages("general", thread) if ours(m)]
        assert len(written) == 1
        assert "7 business days" in said(written[0])
    await fragile.settled(len(threads))


async def test_p2_nothing_unmoderated_was_ever_visible(slack: Client, product: Product) -> None:
    for command, text in (
        ("/ask", "How long do refunds take?"),
        ("/draft", "Where is my order? My card is 4111 1111 1111 1111, mail me: a@b.example"),
        ("/imagine", "a cat --setps 3"),
        ("/code", "```\nprint('<!channel> & <b>')\n```"),
        ("/usage", ""),
        ("/digest", ""),
    ):
        await slack.slash("ana", "random", command, text)
    await answer(slack, "random", "@atelier 退款需要多久？", user="chen")
    await product.settled()
    for person in ("ana", "bo", "chen"):
        for entry in await slack.visible(person):
            _cleared(entry, product)


async def test_p2_a_secret_in_a_prompt_does_not_come_back(slack: Client, product: Product) -> None:
    secret = "ghp_" + hashlib.sha256(b"made up here").hexdigest()[:36]
    await answer(slack, "random", f"@atelier rewrite my token is {secret}")
    await product.settled()
    assert not product.rows("SELECT id FROM request WHERE instr(prompt, ?)", secret)
    shown = [said(e["payload"]) for e in await slack.visible("bo") if ours(e["payload"])]
    assert not [text for text in shown if secret in text]


async def test_p3_the_books_agree(slack: Client, product: Product) -> None:
    await answer(slack, "general", "@atelier How long is the warranty on tents?")
    await product.settled()
    assert product.audit().returncode == 0
    done = product.rows("SELECT count(*) FROM request WHERE outcome = 'delivered'")
    billed = product.rows(
        "SELECT count(DISTINCT u.request_id) FROM usage u JOIN request r ON r.id = u.request_id "
        "WHERE r.outcome = 'delivered' AND u.outcome = 'ok'"
    )
    assert done == billed


async def test_p4_a_digest_that_slack_tells_of_thrice_is_posted_once(
    slack: Client, product: Product
) -> None:
    await slack.fault({"envelope": "slash_commands", "count": 1}, duplicate=2)
    try:
        reply = await commanded(slack, "/digest", "--hours 2", channel="general", user="bo")
    finally:
        await slack.clear_faults()
    await product.settled()
    request = _FOOTER.findall(said(reply))[0]
    posted = [m for m in await slack.messages("general") if ours(m) and request in said(m)]
    assert len(posted) == 1
    told = [d for d in await slack.deliveries() if d["type"] == "slash_commands"]
    assert len(told) >= 3, "the workspace did not tell thrice, so this proves nothing"


async def test_p5_who_floods_is_told_and_others_are_served(shaky: Client) -> None:
    await shaky.fault({"method": "chat.update"}, delay_s=1.0)  # so that no answer is quick
    asks = [shaky.say("ana", "random", f"@atelier How long is warranty {n}?") for n in range(20)]
    flood = await asyncio.gather(*asks)
    reply = await answer(shaky, "support", "@atelier 退款需要多久？", user="chen")
    assert "7个工作日" in said(reply)
    finals = [
        said(await shaky.wait_for(final, channel="random", thread_ts=asked["ts"], timeout_s=60))
        for asked in flood
    ]
    await shaky.clear_faults()
    busy = Notice.BUSY.text("en", n=6)
    assert all("req_" in text for text in finals)
    assert [text for text in finals if busy in text], "a flood was not limited"
    assert [text for text in finals if "3 years" in text], "nothing of the flood was answered"


async def test_p8_a_model_that_does_not_load_is_one_sentence_and_the_rest_goes_on(
    shaky: Client, fragile: Product
) -> None:
    words = said(await answer(shaky, "support", "@atelier Can I pay with PayPal?"))
    assert "no language model" in words
    about = [line for line in fragile.log.read_text().splitlines() if "the language model" in line]
    assert len(about) == 1
    assert "broken-model" in about[0]


async def test_p6_no_prompt_in_a_log_and_no_connection_but_our_own(
    slack: Client, product: Product
) -> None:
    await answer(slack, "random", f"@atelier rewrite {_CANARY}")
    await slack.slash("ana", "random", "/imagine", f"{_CANARY} --size 1x1")
    await product.settled()
    assert _CANARY not in product.log.read_text()
    for process in ("bot bot", "generators.engine"):
        peers = _peers(_child(product, process))
        assert peers, f"{process} has no connection at all, so this proves nothing"
        assert {peer for peer in peers if not peer.startswith("127.")} == set()


async def test_p7_acks_do_not_wait_for_the_work(slack: Client, product: Product) -> None:
    people, places = ["ana", "bo", "chen"], ["general", "random", "support"]
    done = await asyncio.gather(
        *(
            slack.slash(people[n % 3], places[n // 3 % 3], "/ask", f"How long {n}?")
            for n in range(60)
        )
    )
    assert all(one["acked"] for one in done), "Slack would have shown an error after 3 s"
    await product.settled(timeout_s=120)


async def test_p8_a_built_in_answer_says_so_and_cites_what_exists(slack: Client) -> None:
    words = said(await answer(slack, "general", "@atelier Can I pay with PayPal?"))
    assert "no language model" in words
    cited = re.findall(r"\(([a-z-]+)\)$", words, re.MULTILINE)
    demo = Path("generators/support/demo")
    assert cited
    assert all((demo / f"{doc}.md").exists() for doc in cited)


def _cleared(entry: Json, product: Product) -> None:
    """Fail unless all words that were shown are ours, or have a verdict that lets them."""
    payload = entry["payload"]
    if not (entry["kind"] in {"message", "ephemeral"} and ours(payload)):
        return
    blocks = payload.get("blocks", [])
    assert {task["title"] for task in blocks if task["type"] == "task_card"} <= _notices()
    streamed = "".join(str(b["text"]) for b in blocks if b["type"] == "markdown")
    assert not streamed or _hash_is_cleared(streamed, product), f"streamed: {streamed!r}"
    shown = [b["text"]["text"] for b in blocks if b["type"] == "section"]
    if not shown and any(b["type"] == "task_card" for b in blocks):
        return  # a stream, which says nothing beside that
    body = "\n".join(shown)
    if body in _notices() or _hash_is_cleared(body, product) or body in _outputs(product):
        return
    pytest.fail(f"shown without a verdict: {body!r}")


def _notices() -> set[str]:
    other = ("{whose}", "{seconds}", "{of}", "{first}")  # budgets, a busy model, repairs, the form
    fixed = [item for item in Notice if not any(blank in item.value[0] for blank in other)]
    return {i.text(s, n=n) for i in fixed for s in ("en", "zh") for n in range(300)}


def _hash_is_cleared(body: str, product: Product) -> bool:
    plain = html.unescape(body)
    code = plain.removeprefix("```\n").removesuffix("\n```")
    hashes = [fingerprint(Text(plain)), fingerprint(Code(code, "python"))]
    return lets(product.data / "atelier.db", hashes, product.keys())


def _outputs(product: Product) -> set[str]:
    texts = allowed(product.data / "atelier.db", product.keys())
    return {"\n".join(sections(mrkdwn(text))) for text in texts}


def _child(product: Product, command: str) -> int:
    parent = product.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for child in children:
        line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        if command in line:
            return int(child)
    raise AssertionError(f"no {command} among the children of {parent}")


def _peers(process: int) -> set[str]:
    """Return the remote IPv4 addresses of a process's connections, and `other` for IPv6."""
    opened = Path(f"/proc/{process}/fd").iterdir()
    links = [str(link.readlink()) for link in opened if link.is_symlink()]
    own = {link[8:-1] for link in links if link.startswith("socket:[")}
    peers = set()
    for row in Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]:
        _, _, remote, _, *rest = row.split()
        if rest[5] in own and not remote.startswith("00000000"):
            peers.add(".".join(str(byte) for byte in reversed(bytes.fromhex(remote[:8]))))
        elif rest[5] in own:
            peers.add("127.listening")
    return peers
