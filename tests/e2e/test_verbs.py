"""Every verb, said in every way, through real HTTP and sockets."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.e2e.product import BOT, Product, answer, commanded, final, ours, said
from workspace.client import Client


async def test_a_mention_leads_to_exactly_one_message_in_its_thread(slack: Client) -> None:
    asked = await slack.say("ana", "general", "@atelier How long do refunds take?")
    reply = await slack.wait_for(final, channel="general", thread_ts=asked["ts"])
    written = [m for m in await slack.messages("general", asked["ts"]) if ours(m)]
    assert [m["ts"] for m in written] == [reply["ts"]]
    assert reply.get("edited"), "the placeholder was not updated"


@pytest.mark.parametrize(
    ("question", "fact", "source"),
    [
        ("How long do refunds take?", "7 business days", "refunds"),
        ("How long is the warranty on tents?", "3 years", "warranty"),
        ("Can I pay with PayPal?", "PayPal", "payment-methods"),
        ("退款需要多久？", "7个工作日", "zh-returns"),
        ("可以用支付宝付款吗？", "支付宝", "zh-payment"),
    ],
)
async def test_a_covered_question_is_answered_and_cited(
    slack: Client, question: str, fact: str, source: str
) -> None:
    words = said(await answer(slack, "support", f"@atelier {question}"))
    assert fact in words
    assert f"({source})" in words


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Who won the world cup in 1998?", "does not cover"),
        ("你们卖汽车吗？", "没有这个问题"),
    ],
)
async def test_a_question_that_is_not_covered_is_not_answered(
    slack: Client, question: str, told: str
) -> None:
    words = said(await answer(slack, "random", f"@atelier {question}"))
    assert told in words
    assert "[1]" not in words


async def test_ask_by_its_command(slack: Client) -> None:
    words = said(await commanded(slack, "/ask", "How long do refunds take?"))
    assert "7 business days" in words
    assert "<@U0ANA>" in words, "nobody could tell who asked"


async def test_without_a_picture_model_imagine_says_how_to_get_one(slack: Client) -> None:
    words = said(await commanded(slack, "/imagine", "a red heart --seed 7"))
    assert "image_model" in words


async def test_without_a_language_model_code_is_checked_or_refused_honestly(slack: Client) -> None:
    assert "models pull" in said(await commanded(slack, "/code", "a fizzbuzz"))
    checked = said(await commanded(slack, "/code", "```\ndef f(:\n    pass\n```"))
    assert "line 1" in checked.lower()


async def test_a_draft_comes_as_a_direct_message(slack: Client) -> None:
    before = {m["ts"] for m in await slack.messages("D0ANA", user="ana")}
    done = await slack.slash("ana", "support", "/draft", "My parcel arrived damaged, what now?")
    assert done["acked"]
    reply = await slack.wait_for(
        lambda m: m["ts"] not in before and final(m), channel="D0ANA", user="ana"
    )
    assert "damaged-parcel" in said(reply)
    pointer = await slack.wait_for(
        lambda m: m.get("is_ephemeral", False) and "direct messages" in said(m), channel="support"
    )
    assert pointer["user"] == BOT
    others = [entry for entry in await slack.visible("chen") if reply["ts"] == entry.get("ts")]
    assert not others, "somebody else saw a private draft"


async def test_a_digest_names_who_decided_what_where(slack: Client) -> None:
    await slack.say("bo", "random", "We decided to ship version 2 on Friday 27 November.")
    await slack.say("chen", "random", "The deadline for the translation is Wednesday 25 November.")
    await slack.say("ana", "random", "Who takes the release notes? I have no time this week.")
    words = said(await commanded(slack, "/digest", "", channel="random"))
    assert "version 2 on Friday 27 November" in words
    assert "/archives/C0RANDOM/p" in words


async def test_usage_is_for_the_eyes_of_who_asks(slack: Client) -> None:
    reply = await commanded(slack, "/usage", "")
    assert reply["is_ephemeral"]
    assert "built-in" in said(reply)


async def test_help_lists_the_verbs_and_one_of_them(slack: Client) -> None:
    everything = said(await commanded(slack, "/atelier", "help"))
    for verb in ("ask", "imagine", "code", "draft", "digest", "translate"):
        assert f"*{verb}*" in everything
    assert "--seed" in said(await commanded(slack, "/atelier", "help imagine"))


@pytest.mark.parametrize(
    ("command", "text", "told"),
    [
        ("/imagine", "a cat --setps 3", "Did you mean `--steps`?"),
        ("/imagine", "a cat －－size", "`--size` needs a value"),
        ("/campaign", "", "without a text"),
        ("/atelier", "sumarise this", "Did you mean `summarise`?"),
        ("/imagine", "a cat --size 9999x9999", "req_"),
    ],
)
async def test_bad_input_gets_a_clear_sentence(
    slack: Client, command: str, text: str, told: str
) -> None:
    words = said(await commanded(slack, command, text))
    assert told in words
    assert "req_" in words


async def test_a_bang_verb_in_a_thread_and_silence_otherwise(slack: Client) -> None:
    parent = await slack.say("bo", "general", "Customers ask about refunds again.")
    await slack.say("ana", "general", "!nice", thread_ts=parent["ts"])
    await slack.say("ana", "general", "!ask How long do refunds take?", thread_ts=parent["ts"])
    reply = await slack.wait_for(final, channel="general", thread_ts=parent["ts"])
    assert "7 business days" in said(reply)
    assert len([m for m in await slack.messages("general", parent["ts"]) if ours(m)]) == 1


async def test_a_direct_message_needs_no_mention(slack: Client) -> None:
    asked = await slack.say("chen", "D0CHEN", "退款需要多久？")
    reply = await slack.wait_for(
        lambda m: float(m["ts"]) > float(asked["ts"]) and final(m), channel="D0CHEN", user="chen"
    )
    assert "7个工作日" in said(reply)


async def test_a_thread_is_summed_up(slack: Client) -> None:
    parent = await slack.say("bo", "random", "The build server is down since 9:00.")
    await slack.say("chen", "random", "I decided to move it to the new host.", parent["ts"])
    await slack.say("ana", "random", "@atelier summarise", parent["ts"])
    reply = await slack.wait_for(final, channel="random", thread_ts=parent["ts"])
    assert "new host" in said(reply)


@pytest.mark.parametrize("text", ["rewrite we was late", "translate 你好 --to English"])
async def test_what_needs_a_language_model_says_so(slack: Client, text: str) -> None:
    assert "models pull" in said(await answer(slack, "random", f"@atelier {text}"))


async def test_hostile_words_stay_words(slack: Client) -> None:
    reply = await answer(slack, "random", "@atelier rewrite <!channel> *hi* <script>alert(1)")
    assert "<!channel>" not in said(reply)


async def test_the_app_home_shows_verbs_and_usage(slack: Client, product: Product) -> None:
    assert (await slack.home("ana"))["acked"]

    async def shown() -> bool:
        return bool((await slack.state("ana")).get("home"))

    await product.until(shown, 15)
    assert "Make up to four pictures" in said((await slack.state("ana"))["home"])


async def test_the_ledger_agrees_and_notices_a_lost_row(
    slack: Client, product: Product, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await answer(slack, "general", "@atelier How long do refunds take?")
    await product.settled()
    audited = product.audit()
    assert audited.returncode == 0, audited.stderr
    assert audited.stdout.endswith("Everything agrees.\n")
    copy = tmp_path_factory.mktemp("copy")
    product.rows("VACUUM INTO ?", str(copy / "atelier.db"))
    tampered = Product(product.url, copy, product.process, product.log)
    with_usage = "SELECT max(id) FROM usage"
    assert tampered.rows(with_usage) == product.rows(with_usage)
    shutil.copy(product.data / "master.key", copy)
    assert tampered.audit().returncode == 0
    _remove_one(tampered)
    audited = tampered.audit()
    assert audited.returncode == 1
    assert "usage rows, and should have" in audited.stdout + audited.stderr


def _remove_one(product: Product) -> None:
    with closing(sqlite3.connect(product.data / "atelier.db")) as database, database:
        last = "DELETE FROM usage WHERE id = (SELECT max(id) FROM usage)"
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            database.execute(last)
        database.execute("DROP TRIGGER usage_no_delete")
        database.execute(last)
