"""Composition objects: text, options, confirmation dialogs, filters, files, workflows.

docs.slack.dev/reference/block-kit/composition-objects.
"""

from workspace.block_kit.rules import (
    Rule,
    Shape,
    array,
    at_least_one,
    enum,
    exactly_one,
    flag,
    kinds,
    string,
    thing,
)

URL = string(3000)
OPTIONS = 100
TEXT = 3000
PLAIN, MRKDWN = "plain_text", "mrkdwn"


def text(most: int = TEXT, *types: str) -> Rule:
    """Allow a text object of one of `types` (both without any), with 1 to `most` characters."""
    of_type = {
        PLAIN: Shape({"type": string(), "text": string(most), "emoji": flag()}, ("text",)),
        MRKDWN: Shape({"type": string(), "text": string(most), "verbatim": flag()}, ("text",)),
    }
    return kinds(lambda: of_type, *types)


def plain(most: int) -> Rule:
    """Allow a `plain_text` object with 1 to `most` characters."""
    return text(most, PLAIN)


def option(*types: str, with_url: bool = False) -> Rule:
    """Allow an option: text 75, value 150, description 75; `with_url` in overflow menus."""
    fields = {"text": text(75, *types), "value": string(150), "description": text(75, *types)}
    if with_url:
        fields["url"] = URL
    return thing(Shape(fields, ("text", "value")))


OPTION = option(PLAIN)
RICH_OPTION = option(PLAIN, MRKDWN)
LINK_OPTION = option(PLAIN, with_url=True)
OPTION_GROUP = thing(
    Shape({"label": plain(75), "options": array(OPTION, 1, OPTIONS)}, ("label", "options"))
)
STYLE = enum("primary", "danger")
CONFIRM = thing(
    Shape(
        {
            "title": plain(100),
            "text": text(300),
            "confirm": plain(30),
            "deny": plain(30),
            "style": STYLE,
        },
        ("title", "text", "confirm", "deny"),
    )
)
DISPATCH = thing(
    Shape(
        {"trigger_actions_on": array(enum("on_enter_pressed", "on_character_entered"), 1, 2)},
        ("trigger_actions_on",),
    )
)
FILTER = thing(
    Shape(
        {
            "include": array(enum("im", "mpim", "private", "public"), 1),
            "exclude_external_shared_channels": flag(),
            "exclude_bot_users": flag(),
        },
        also=at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
    )
)
SLACK_FILE = thing(Shape({"id": string(), "url": URL}, also=exactly_one("id", "url")))
_PARAMETER = thing(Shape({"name": string(), "value": string(least=0)}, ("name", "value")))
_TRIGGER = Shape({"url": URL, "customizable_input_parameters": array(_PARAMETER)}, ("url",))
WORKFLOW = thing(Shape({"trigger": thing(_TRIGGER)}, ("trigger",)))
FEEDBACK = thing(
    Shape(
        {"text": plain(75), "value": string(2000), "accessibility_label": string(75)},
        ("text", "value"),
    )
)
