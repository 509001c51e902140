import pytest

from bot.intake.grammar import Misunderstood, parse
from bot.ledger.ledger import Ledger
from bot.reports import BotTools, Help, UsageReport
from bot.settings import load
from generators.draft import Cost, Request
from generators.model import Model
from tests.asking import body, drafts
from tests.bot.builders import ANA, BO, VERBS, assessment, draft, request
from tests.fake_knowledge import Shelf


@pytest.fixture
async def tools(ledger: Ledger) -> BotTools:
    model = Model("http://127.0.0.1:9/v1", "none")
    return BotTools(model=model, knowledge=Shelf(), ledger=ledger, verbs=VERBS)


async def used(ledger: Ledger, asked: Request, cost: Cost) -> None:
    await ledger.accept(asked)
    lease = await ledger.claim()
    assert lease is not None
    await ledger.settle(lease, draft(asked, cost=cost), assessment(), "delivered")
    await ledger.done(lease, "delivered")


async def test_usage_is_ones_own(tools: BotTools, ledger: Ledger) -> None:
    cost = Cost(model="tiny", prompt_tokens=1234, output_tokens=5, gpu_ms=1500)
    await used(ledger, request(), cost)
    await used(ledger, request(user=BO), Cost(model="secret-model", images=3))
    said = await body(UsageReport(tools), request(user=ANA))
    assert "tiny: 1 requests, 1,234 tokens in, 5 tokens out, 0 pictures, 1.5 s" in said
    assert "secret-model" not in said


async def test_usage_of_somebody_new_says_so(tools: BotTools) -> None:
    assert "nothing yet" in await body(UsageReport(tools), request())


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
