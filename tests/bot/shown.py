"""What a person reads in a message, and how much of it Slack takes."""

from bot.views.render import Block, Page

BLOCKS = 50
"""docs.slack.dev/reference/block-kit/blocks"""
SECTION = 3000
"""docs.slack.dev/reference/block-kit/blocks/section-block"""


def said(block: Block) -> str:
    """Return the mrkdwn of a section or of small print; buttons say nothing here."""
    if block["type"] == "actions":
        return ""
    if block["type"] == "context":
        return str(block["elements"][0]["text"])
    return str(block["text"]["text"])


def reads(page: Page) -> str:
    """Return everything that a message says, but for its buttons and pictures."""
    if not page.blocks:
        return page.text
    return "\n".join(
        said(block) for block in page.blocks if block["type"] in {"section", "context"}
    )
