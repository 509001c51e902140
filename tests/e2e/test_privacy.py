"""What an operator does for people's privacy while a bot is at work: rotate, erase, take back."""

import subprocess
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.alone import TOKENS, Alone, alone
from tests.e2e.product import Json, answer, atelier, commanded, ours, said

ASKED = "@atelier How long do refunds take?"
BUDGETS = '[{"scope": "user", "window": "day", "requests": 10}]'


async def test_keys_are_rotated_and_messages_taken_back_while_people_ask(tmp_path: Path) -> None:
    async with alone(tmp_path, ATELIER_BUDGETS=BUDGETS) as bot:
        mine = await answer(bot.slack, "general", ASKED)
        command = await commanded(bot.slack, "/ask", "How long do refunds take?")
        theirs = await answer(bot.slack, "general", ASKED, user="bo")

        rotated = operator(bot, "rotate", "--drop")
        assert (rotated.returncode, rotated.stderr) == (0, "")
        assert rotated.stdout.startswith("A new master key wraps all 3 data keys now. 1 older rem")
        again = await answer(bot.slack, "general", ASKED)
        newcomer = await answer(bot.slack, "general", ASKED, user="chen")
        assert {"7 business days" in said(one) for one in (again, newcomer)} == {True}

        await _metrics_name_nobody(bot)
        for expected in (3, 0):
            erased = operator(bot, "erase", "--user", "U0ANA", "--slack")
            assert erased.returncode == 0, erased.stderr
            assert f"{expected} messages deleted in Slack." in erased.stdout
        left = [message for message in await _all_messages(bot) if ours(message)]
        assert {message["ts"] for message in left} == {theirs["ts"], newcomer["ts"]}
        assert {mine["ts"], command["ts"], again["ts"]}.isdisjoint(m["ts"] for m in left)
        audited = operator(bot, "audit", "verify")
        assert audited.returncode == 0, audited.stderr


def operator(bot: Alone, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command beside the bot, with its token."""
    slack = {"SLACK_API_URL": f"{bot.slack.url}/api/", "SLACK_BOT_TOKEN": TOKENS[0]}
    return atelier(*arguments, "--data", str(bot.data), **slack)


async def _all_messages(bot: Alone) -> list[Json]:
    found = list[Json]()
    for message in await bot.slack.messages("general"):
        found += [message, *(await bot.slack.messages("general", thread_ts=message["ts"]))]
    return found


async def _metrics_name_nobody(bot: Alone) -> None:
    status, text = await bot.page("/metrics")
    assert status == 200
    families = {family.name: family for family in text_string_to_metric_families(text)}
    labels = {
        value for one in families.values() for s in one.samples for value in s.labels.values()
    }
    assert not [value for value in labels if value.startswith(("U0", "C0", "D0", "T0", "req_"))]
    assert labels.isdisjoint({"ana", "bo", "chen", "general"})
    (share,) = families["atelier_budget_used_ratio"].samples
    assert (share.labels, share.value) == ({"scope": "user"}, 0.3)
    for name in ("lease_expired", "unmoderated_blocked", "usage_mismatch"):
        assert next(one.value for one in families[f"atelier_{name}"].samples) == 0
