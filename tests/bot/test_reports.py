from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.budgets import Budget, Price, Prices, month_span
from bot.intake.grammar import Misunderstood, parse
from bot.ledger.accounts import Accounts
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from bot.reports import BotTools, Help, UsageReport
from bot.roles import Granted
from bot.settings import load
from generators.draft import Cost, Destination, PromptRejected, Request
from generators.model import Model
from moderation.checks import standard
from moderation.gate import Cleared, Gate
from tests.asking import body, drafts
from tests.bot.builders import (
    ANA,
    BO,
    CHEN,
    LEASE_S,
    VERBS,
    assessment,
    draft,
    execute,
    keys,
    request,
)
from tests.bot.people import Town, roles
from tests.fake_knowledge import Shelf

PRICES = Prices(currency="EUR", models={"tiny": Price(output_1k_micro=2_000_000)})
BUDGETS = (
    Budget(scope="user", window="day", tz="Asia/Shanghai", requests=10),
    Budget(scope="channel", window="month", tokens=2000),
    Budget(scope="team", id="T1", window="month", money_micro=5_000_000),
    Budget(scope="workspace", window="month", images=100, gpu_ms=60_000),
)
COST = Cost(model="tiny", prompt_tokens=1234, output_tokens=5, gpu_ms=1500)
NOW = f"{datetime.now(UTC):%Y-%m}"


def with_books(ledger: Ledger, granted: Granted | None = None) -> BotTools:
    model = Model("http://127.0.0.1:9/v1", "none")
    return BotTools(
        model=model,
        knowledge=Shelf(),
        ledger=ledger,
        verbs=VERBS,
        roles=roles(granted=granted),
        currency="EUR",
    )


@pytest.fixture
def books(writer: Writer) -> Ledger:
    return Ledger(writer, LEASE_S, keys(), Accounts(prices=PRICES, budgets=BUDGETS))


@pytest.fixture
async def tools(ledger: Ledger) -> BotTools:
    return with_books(ledger)


async def used(ledger: Ledger, asked: Request, cost: Cost) -> None:
    await ledger.accept(asked)
    lease = await ledger.claim()
    assert lease is not None
    await ledger.settle(lease, draft(asked, cost=cost), assessment(), "delivered")
    await ledger.done(lease, "delivered")


async def test_usage_is_ones_own(tools: BotTools, ledger: Ledger) -> None:
    await used(ledger, request(), COST)
    await used(ledger, request(user=BO), Cost(model="secret-model", images=3))
    said = await body(UsageReport(tools), request("", user=ANA))
    assert said.splitlines() == [
        f"**What you have used in {NOW} (UTC)**",
        "- 1 request, 1,239 tokens, 0 pictures, 1.5 GPU seconds, 0.00 EUR",
        "- tiny: 1 call, 1,234 tokens in, 5 tokens out, 0 pictures, 1.5 GPU seconds",
    ]


async def test_usage_shows_every_budget_that_counts_ones_requests(books: Ledger) -> None:
    asked = request("me", team="T1")
    await used(books, asked, COST)
    said = await body(UsageReport(with_books(books)), asked)
    bars = said.partition("**Budgets**\n")[2].splitlines()
    assert [one.partition(";")[0] for one in bars] == [
        "- ▰▱▱▱▱▱▱▱▱▱ your own for today: 1 of 10 requests used, 0 set aside",
        "- ▰▰▰▰▰▰▱▱▱▱ this channel's for this month: 1,239 of 2,000 tokens used, 0 set aside",
        "- ▱▱▱▱▱▱▱▱▱▱ the team's for this month: 0.0100 of 5.00 EUR used, 0.00 set aside",
        "- ▱▱▱▱▱▱▱▱▱▱ everybody's for this month: 0 of 100 pictures used, 0 set aside",
        "- ▱▱▱▱▱▱▱▱▱▱ everybody's for this month: 1.5 of 60.0 GPU seconds used, 0.0 set aside",
    ]
    assert bars[0].endswith(" 00:00 (Asia/Shanghai)")
    assert bars[1].endswith("-01 00:00 (UTC)")


async def test_what_the_bot_answers_itself_is_no_use(books: Ledger) -> None:
    await used(books, request(), Cost(model="atelier"))
    assert "nothing yet" in await body(UsageReport(with_books(books)), request(""))


async def test_somebody_elses_budget_is_theirs(books: Ledger) -> None:
    report = UsageReport(with_books(books, Granted(auditor=(ANA,))))
    assert "this person's for today: 0 of 10" in await body(report, request("<@U2>"))


async def test_usage_speaks_chinese_to_who_asks_in_chinese(books: Ledger) -> None:
    await used(books, request(), COST)
    said = await body(UsageReport(with_books(books)), request("频道"))
    lines = said.splitlines()
    assert lines[:3] == [
        f"**本频道的用量 {NOW} (UTC)**",
        "- 1 个请求，1,239 个词元，0 张图片，1.5 GPU 秒，0.0100 EUR",
        "- tiny: 1 次调用，1,234 个词元输入，5 个词元输出，0 张图片，1.5 GPU 秒",
    ]
    assert lines[4:6][0] == "**额度**"
    assert "本频道（本月）：2,000 个词元中已用 1,239，预留 0" in lines[5]
    assert len(lines) == 6


@pytest.mark.parametrize(
    ("asked", "title", "tokens"),
    [
        ("", "What you have used", "10 tokens"),
        ("我", "您的用量", "10 个词元"),
        ("channel", "What this channel has used", "1,010 tokens"),
        ("Team", "What your team has used", "110 tokens"),
        ("团队", "团队的用量", "110 个词元"),
        ("<@U1>", "What you have used", "10 tokens"),
        ("<@U2|bo>", "What this person has used", "1,100 tokens"),
        ("everybody", "What everybody has used", "1,110 tokens"),
    ],
)
async def test_usage_of_whom_is_asked_for(
    books: Ledger, asked: str, title: str, tokens: str
) -> None:
    for user, team, channel, read in (
        (ANA, "T1", "C1", 10),
        (BO, "T1", "C2", 100),
        (BO, "T2", "C1", 1000),
    ):
        one = request(user=user, team=team, reply_to=Destination(channel=channel))
        await used(books, one, Cost(model="tiny", prompt_tokens=read))
    report = UsageReport(with_books(books, Granted(admin=(ANA,))))
    said = await body(report, request(asked, team="T1"))
    assert title in said
    assert tokens in said.splitlines()[1]


@pytest.mark.parametrize("asked", ["<@U2>", "<@U2|bo>", "everybody", "所有人"])
async def test_only_admins_see_what_others_have_used(books: Ledger, asked: str) -> None:
    await used(books, request(user=BO), COST)
    said = await body(UsageReport(with_books(books)), request(asked))
    assert "1,239" not in said
    assert said in {
        "Only an admin or an auditor may see what somebody else has used.",
        "只有管理员或审计员可以查看他人的用量。",
    }


async def test_an_auditor_sees_what_others_have_used_and_a_former_admin_does_not(
    books: Ledger,
) -> None:
    await used(books, request(user=BO), COST)
    granted, town = Granted(auditor=(ANA,), admin=(CHEN,)), Town()
    town.is_now(CHEN, is_gone=True)
    tools = replace(with_books(books), roles=roles(town, granted))
    assert "1,239" in await body(UsageReport(tools), request("<@U2>"))
    assert "1,239" not in await body(UsageReport(tools), request("<@U2>", user=CHEN))


@pytest.mark.parametrize("asked", ["bo", "<!channel>", "<@>", "U2", "me and you", "谁"])
async def test_whoever_cannot_be_meant_is_asked_back(books: Ledger, asked: str) -> None:
    with pytest.raises(PromptRejected, match=r"@name|@某人"):
        await body(UsageReport(with_books(books)), request(asked))


async def test_usage_of_an_earlier_month_has_no_bars(books: Ledger, db: str) -> None:
    await used(books, request(), COST)
    execute(db, "UPDATE usage SET at_ms = ?", month_span("2026-02")[1] - 1)
    await books.rebuild()
    report = UsageReport(with_books(books))
    assert "nothing yet" in await body(report, request("", flags={"month": "2026-03"}))
    said = await body(report, request("", flags={"month": "2026-02"}))
    assert "1,239 tokens" in said
    assert "Budgets" not in said


@pytest.mark.parametrize("month", ["2026-13", "February", "2026"])
async def test_a_month_that_is_none_is_explained(books: Ledger, month: str) -> None:
    with pytest.raises(PromptRejected, match=r"2026-11"):
        await body(UsageReport(with_books(books)), request("", flags={"month": month}))


async def test_a_report_passes_moderation_as_it_is(books: Ledger) -> None:
    """Its numbers and dates must not be taken for somebody's telephone."""
    await used(books, request(), replace(COST, prompt_tokens=2_025_550_142, gpu_ms=10**9))
    for asked in (request("me", team="T1"), request("我", team="T1")):
        (made,) = await drafts(UsageReport(with_books(books)), asked)
        verdict = await Gate(standard(), load().policy).review(made)
        assert isinstance(verdict, Cleared)
        assert verdict.assessment.content == made.content


async def test_usage_of_somebody_new_says_so(tools: BotTools) -> None:
    assert "nothing yet" in await body(UsageReport(tools), request(""))


async def test_a_report_costs_no_model(tools: BotTools) -> None:
    for report in (UsageReport(tools), Help(tools)):
        (made,) = await drafts(report, request(""))
        assert made.cost == Cost(model="atelier")


async def test_help_names_every_verb_with_an_example(tools: BotTools) -> None:
    said = await body(Help(tools), request(""))
    assert all(f"**{name}**: {verb.help}. `{verb.example}`" in said for name, verb in VERBS.items())


async def test_help_about_one_verb_names_its_options(tools: BotTools) -> None:
    said = await body(Help(tools), request("imagine"))
    assert "**imagine**" in said
    assert "`--size`, `--seed`, `--steps`" in said
    assert "**ask**" not in said


async def test_help_speaks_chinese_to_who_asks_in_chinese(tools: BotTools) -> None:
    assert "命令" in await body(Help(tools), request("怎么用？"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "transalte: x",
            "I do not know `transalte`. Did you mean `translate`? Nothing was started.",
        ),
        ("gibberish", "I do not know `gibberish`. Nothing was started."),
        (
            "imagine a --setps 3",
            "I do not know `--setps`. Did you mean `--steps`? It knows `--size`",
        ),
        ("ask a --tone x", "I do not know `--tone`. It takes no options."),
        ("imagine a --seed", "`--seed` needs a value after it. Nothing was started."),
        ("imagine", "the command came without a text. Nothing was started."),
    ],
)
async def test_what_was_not_understood_is_explained(tools: BotTools, text: str, said: str) -> None:
    parsed = parse(text, VERBS, strict=True)
    assert isinstance(parsed, Misunderstood)
    flags = {
        "problem": parsed.problem,
        "said": parsed.said,
        "meant": parsed.suggestion,
        "about": parsed.verb,
    }
    answer = await body(Help(tools), request("", verb="help", flags=flags))
    assert said in answer
    assert "**" in answer, "and what could be asked instead"


async def test_every_verb_of_the_defaults_can_be_explained(ledger: Ledger) -> None:
    verbs = load().verbs
    model = Model("http://127.0.0.1:9/v1", "none")
    tools = BotTools(model=model, knowledge=Shelf(), ledger=ledger, verbs=verbs)
    for name in verbs:
        assert f"**{name}**" in await body(Help(tools), request(name))
