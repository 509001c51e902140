"""What the bot itself can answer: help, and what somebody has used. They are generators too.

So that even these answers are moderated, accounted and delivered the one way there is.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.ledger.ledger import Ledger, Total
from bot.settings import Verb
from generators.draft import Cost, Draft, Request, Text
from generators.sentences import language
from generators.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTools(Tools):
    """What the bot's own generators need beside what every generator gets."""

    ledger: Ledger
    verbs: Mapping[str, Verb]


class UsageReport:
    """Says what a person has used this month."""

    def __init__(self, tools: BotTools) -> None:
        """Take the ledger."""
        self._ledger = tools.ledger

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield one report."""
        now = datetime.now(UTC)
        start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        totals = await self._ledger.totals(request.user, int(start.timestamp() * 1000))
        rows = "\n".join(f"- {_row(total)}" for total in totals) or "- nothing yet"
        title = f"**What you have used since {start:%Y-%m-%d} (UTC)**"
        yield _own(request, f"{title}\n{rows}")


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


def _row(total: Total) -> str:
    return (
        f"{total.model}: {total.requests} requests, {total.prompt_tokens:,} tokens in, "
        f"{total.output_tokens:,} tokens out, {total.images} pictures, "
        f"{total.gpu_ms / 1000:.1f} s of model time"
    )


def _own(request: Request, body: str) -> Draft:
    return Draft(request=request, content=Text(body), cost=Cost(model="atelier"))
