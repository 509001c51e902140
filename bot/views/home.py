"""The app's home: numbers and the settings' own words, nothing that a model or person wrote."""

from collections.abc import Mapping, Sequence

from bot.intake.meanings import PAUSE, RESUME
from bot.ledger.usage import Total
from bot.settings import Verb
from bot.views.mrkdwn import escape
from bot.views.notices import Notice
from bot.views.render import Block, context, section


def home(
    verbs: Mapping[str, Verb],
    totals: Sequence[Total],
    waiting: int,
    more: Sequence[Sequence[Block]] = (),
) -> dict[str, object]:
    """Return one person's home tab: what they can ask, have used, and `more` for their roles."""
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
        *(block for blocks in more if blocks for block in (*blocks, {"type": "divider"})),
        *(section(text) for text in asked),
        {"type": "divider"},
        section("*This month*\n" + ("\n".join(used) or "Nothing yet.")),
        context(f"{waiting} of your requests wait or are at work."),
    ]
    return {"type": "home", "blocks": blocks}


def switch(*, paused: bool) -> Sequence[Block]:
    """Return what pauses the work, or lets it go on."""
    said = "The work is paused: what is asked is kept." if paused else "The work goes on."
    button = {
        "type": "button",
        "action_id": RESUME if paused else PAUSE,
        "text": {"type": "plain_text", "text": "Resume" if paused else "Pause"},
    }
    return [{**section(f"*For operators*\n{said}"), "accessory": button}]
