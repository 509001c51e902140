"""What the bot itself can answer: help, and what somebody has used. They are generators too.

So that even these answers are moderated, accounted and delivered the one way there is.
"""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from bot.budgets import UNITS, Amounts, Asker, Scope, Standing, month_span
from bot.feeds import Feeds
from bot.ledger.accounts import asker_of
from bot.ledger.ledger import Ledger
from bot.ledger.reviewing import Desk
from bot.ledger.usage import NO_MODEL, Total
from bot.roles import Roles
from bot.runs import Finders
from bot.settings import Verb
from bot.sources import Sources
from bot.views.amounts import Quantity, bar, filled, told
from generators.draft import Cost, Draft, PromptRejected, Request, Text
from generators.sentences import Language, language
from generators.tools import Tools

_PERSON: Final = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
_SCOPES: Final[Mapping[Scope, frozenset[str]]] = MappingProxyType(
    {
        "user": frozenset({"", "me", "我"}),
        "channel": frozenset({"channel", "频道", "本频道"}),
        "team": frozenset({"team", "团队"}),
        "workspace": frozenset({"everybody", "workspace", "所有人"}),
    }
)
_SAY: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "you": ("What you have used in", "您的用量"),
        "user": ("What this person has used in", "该成员的用量"),
        "channel": ("What this channel has used in", "本频道的用量"),
        "team": ("What your team has used in", "团队的用量"),
        "workspace": ("What everybody has used in", "所有人的用量"),
        "nothing": ("nothing yet", "还没有使用记录"),
        "call": (" call", " 次调用"),
        "calls": (" calls", " 次调用"),
        "in": (" in", "输入"),
        "out": (" out", "输出"),
        "budgets": ("Budgets", "额度"),
        "budget": (
            " {window}: {used} of {limit} used, {reserved} set aside; anew on {reset}",
            "（{window}）：{limit}中已用 {used}，预留 {reserved}；{reset}重新计算",
        ),
        "yours": ("your own", "您的"),
        "user's": ("this person's", "该成员"),
        "channel's": ("this channel's", "本频道"),
        "team's": ("the team's", "团队"),
        "workspace's": ("everybody's", "所有人"),
        "denied": (
            "Only an admin or an auditor may see what somebody else has used.",
            "只有管理员或审计员可以查看他人的用量。",
        ),
        "whose": (
            "I can say what you have used, or `channel`, `team`, or somebody by their @name.",
            "可以查看您自己、`频道`、`团队`或 @某人 的用量。",
        ),
        "month": ("A month is written like 2026-11.", "月份请写成 2026-11 的形式。"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTools(Tools):
    """What the bot's own generators need beside what every generator gets."""

    ledger: Ledger
    verbs: Mapping[str, Verb]
    roles: Roles = field(default_factory=Roles)
    currency: str = "USD"
    feeds: Feeds = field(default_factory=Feeds)
    sources: Sources = field(default_factory=Sources)
    finders: Finders = field(default_factory=Finders)
    desk: Desk | None = None
    """What waits for reviewers."""


class UsageReport:
    """Says what a person, a channel, a team or everybody has used in a month, and what is left."""

    def __init__(self, tools: BotTools) -> None:
        """Take the ledger, and who may see what others have used."""
        self._ledger = tools.ledger
        self._roles = tools.roles
        self._currency = tools.currency

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one report. Raises PromptRejected for a month or a name that is none."""
        speak = language(request.prompt)
        now = f"{datetime.now(UTC):%Y-%m}"
        month = request.flags.get("month", now)
        about = _about(request, speak)
        if not await may_see(request, about, self._roles):
            yield _own(request, _SAY["denied"][speak == "zh"])
            return
        totals = await self._ledger.totals(about.scope, about.who, _month(month, speak))
        parts = [
            f"**{_title(about, request, speak)} {month} (UTC)**",
            sums(totals, speak, self._currency),
        ]
        standings = await self._ledger.standings(about.asker) if month == now else []
        own = about.asker.user == request.user
        shown = (one for one in standings if one.scope in about.budgets)
        bars = "\n".join(_bar(one, speak, own=own) for one in shown)
        if bars:
            parts += [f"\n**{_SAY['budgets'][speak == 'zh']}**", bars]
        yield _own(request, "\n".join(parts))


def sums(totals: Sequence[Total], speak: Language, currency: str) -> str:
    """Return what was used, all in all and by model, as a list."""
    used = [total for total in totals if total.model not in NO_MODEL]
    if not used:
        return f"- {_SAY['nothing'][speak == 'zh']}"
    every = Amounts(
        requests=sum(total.requests for total in totals),
        tokens=sum(total.prompt_tokens + total.output_tokens for total in totals),
        images=sum(total.images for total in totals),
        gpu_ms=sum(total.gpu_ms for total in totals),
        money_micro=sum(total.cost_micro for total in totals),
    )
    said = (Quantity(every.of(unit), unit, currency).text(speak) for unit in UNITS)
    rows = (_row(total, speak) for total in used)
    return "\n".join(f"- {row}" for row in (_joined(said, speak), *rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whose use is asked for, and which budgets are shown with it."""

    scope: Scope
    asker: Asker
    budgets: frozenset[Scope]

    @property
    def who(self) -> str:
        """The id of the person, channel or team."""
        return self.asker.within(self.scope)


async def may_see(request: Request, about: About, roles: Roles) -> bool:
    """Tell whether a person may see this: their own, their channel's, their team's, or all."""
    shared = about.scope in {"channel", "team"}
    if shared or about.who == request.user:
        return True
    return await roles.may(request.user, "see_usage")


class Help:
    """Says what can be asked, or what was not understood and what may have been meant."""

    def __init__(self, tools: BotTools) -> None:
        """Take the verbs."""
        self._verbs = tools.verbs

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one answer."""
        flags = request.flags
        about = flags.get("about") or request.prompt.strip()
        said = _problem(flags, self._verbs.get(about)) if "problem" in flags else ""
        verb = self._verbs.get(about)
        listed = _one(about, verb) if verb else _all(self._verbs, language(request.prompt))
        yield _own(request, f"{said}\n\n{listed}".strip())


def _problem(flags: Mapping[str, str], verb: Verb | None) -> str:
    said, meant = flags.get("said", ""), flags.get("meant", "")
    match flags["problem"]:
        case "verb":
            guess = f" Did you mean `{meant}`?" if meant else ""
            return f"I do not know `{said}`.{guess} Nothing was started."
        case "flag":
            guess = f" Did you mean `--{meant}`?" if meant else ""
            known = ", ".join(f"`--{flag}`" for flag in verb.flags) if verb else ""
            rest = f" It knows {known}." if known else " It takes no options."
            return (
                f"I do not know `--{said}`.{guess}{rest} Put it in `backticks` if it belongs to "
                "your text. Nothing was started."
            )
        case "value":
            return f"`--{said}` needs a value after it. Nothing was started."
        case _:
            return "Tell me what to do: the command came without a text. Nothing was started."


def _one(name: str, verb: Verb) -> str:
    flags = ", ".join(f"`--{flag}`" for flag in verb.flags)
    options = f"\nOptions: {flags}" if flags else ""
    return f"**{name}**: {verb.help}.\nFor example: `{verb.example}`{options}"


def _all(verbs: Mapping[str, Verb], speech: str) -> str:
    rows = "\n".join(f"- **{name}**: {verb.help}. `{verb.example}`" for name, verb in verbs.items())
    where = (
        "也可以在频道里 `@atelier`、在消息串里用 `!命令`，或发私信。"
        if speech == "zh"
        else "Say it as a slash command, after `@atelier`, as `!verb` in a thread, or in a DM. "
        "中文也可以：`@atelier 问 退款需要多久？`"
    )
    return f"{rows}\n\n{where}"


def _about(request: Request, speak: Language) -> About:
    """Read whose use is asked for. Raises PromptRejected."""
    asked = request.prompt.strip()
    mine = asker_of(request)
    named = _PERSON.fullmatch(asked)
    if named:
        asker = Asker(team=request.team, channel="", user=named[1])
        return About(scope="user", asker=asker, budgets=frozenset({"user"}))
    word = asked.casefold()
    scope = next((scope for scope, words in _SCOPES.items() if word in words), None)
    if scope is None:
        raise PromptRejected(_SAY["whose"][speak == "zh"])
    every: frozenset[Scope] = frozenset({"user", "channel", "team", "workspace"})
    only: frozenset[Scope] = frozenset({scope})
    return About(scope=scope, asker=mine, budgets=every if scope == "user" else only)


def _month(asked: str, speak: Language) -> tuple[int, int]:
    try:
        return month_span(asked)
    except ValueError as error:
        raise PromptRejected(_SAY["month"][speak == "zh"]) from error


def _title(about: About, request: Request, speak: Language) -> str:
    own = about.scope == "user" and about.who == request.user
    return _SAY["you" if own else about.scope][speak == "zh"]


def _row(total: Total, speak: Language) -> str:
    said = (
        Quantity(total.prompt_tokens, "tokens").text(speak) + _SAY["in"][speak == "zh"],
        Quantity(total.output_tokens, "tokens").text(speak) + _SAY["out"][speak == "zh"],
        Quantity(total.images, "images").text(speak),
        Quantity(total.gpu_ms, "gpu_ms").text(speak),
    )
    said_calls = _SAY["call" if total.calls == 1 else "calls"][speak == "zh"]
    calls = f"{total.calls:,}{said_calls}"
    return f"{total.model}: {_joined((calls, *said), speak)}"


def _bar(standing: Standing, speak: Language, *, own: bool) -> str:
    said = {name: filled(blank, speak) for name, blank in told(standing).items()}
    drawn, zh = bar(standing.used, standing.limit), speak == "zh"
    whose = _SAY["yours" if own and standing.scope == "user" else f"{standing.scope}'s"][zh]
    return f"- {drawn} {whose}{_SAY['budget'][zh].format(**said)}"


def _joined(parts: Iterable[str], speak: Language) -> str:
    return ("，" if speak == "zh" else ", ").join(parts)


def _own(request: Request, body: str) -> Draft:
    return Draft(request=request, content=Text(body), cost=Cost(model="atelier"))
