"""The app's home: numbers and the settings' own words, nothing that a model or person wrote."""

from collections.abc import Mapping, Sequence

from bot.ledger.usage import Total
from bot.settings import Verb
from bot.views.mrkdwn import escape
from bot.views.notices import Notice
from bot.views.render import Block, context, section


def home(
    verbs: Mapping[str, Verb],
    totals: Sequence[Total],
    waiting: int,
    reviews: Sequence[Block] = (),
) -> dict[str, object]:
    """Return the home tab of one person: what they can ask, have used, and have to review."""
    used = [
        f"*{escape(total.model)}*: {total.requests} requests, {total.output_tokens:,} tokens, "
        f"{total.images} pictures"
        for total in totals
    ]
    asked = [
        f"*{name}* — {escape(verb.help)}\n`{escape(verb.example)}`" for name, verb in verbs.items()
    ]
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Atelier"}},
        section(Notice.HOME.text("en")),
        {"type": "divider"},
        *([*reviews, {"type": "divider"}] if reviews else []),
        *(section(text) for text in asked),
        {"type": "divider"},
        section("*This month*\n" + ("\n".join(used) or "Nothing yet.")),
        context(f"{waiting} of your requests wait or are at work."),
    ]
    return {"type": "home", "blocks": blocks}
