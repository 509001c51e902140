"""Whatever the SDK's own block models emit is accepted."""

from typing import Any

import pytest
from slack_sdk.models import blocks as sdk
from slack_sdk.models.blocks.basic_components import DispatchActionConfig, SlackFile
from slack_sdk.models.blocks.block_elements import FileInputElement
from slack_sdk.models.views import View

from tests.workspace.parts import LINE, rich
from workspace.block_kit.surfaces import Surface, problems
from workspace.block_kit.views import view_problems

OPTIONS = [sdk.Option(value="1", text="One"), sdk.Option(value="2", text="二", description="d")]
GROUPS = [sdk.OptionGroup(label="G", options=OPTIONS)]
SURE = sdk.ConfirmObject(title="Sure?", text="*Really*", confirm="Yes", deny="No", style="danger")
PICTURE = sdk.ImageElement(image_url="https://example.com/a.png", alt_text="a")
VOTE = sdk.FeedbackButtonObject(text="Good", value="good", accessibility_label="Good answer")
GO = sdk.ButtonElement(
    text="Go",
    action_id="go",
    value="1",
    url="https://example.com",
    style="primary",
    confirm=SURE,
    accessibility_label="Go on",
    agent_prompt="Tell me",
    visible_to_user_ids=["U0ANA"],
)
CHOICES: list[Any] = [
    sdk.StaticSelectElement(action_id="a", options=OPTIONS, initial_option=OPTIONS[0]),
    sdk.StaticSelectElement(action_id="b", option_groups=GROUPS, placeholder="p"),
    sdk.StaticMultiSelectElement(action_id="c", options=OPTIONS, max_selected_items=1),
    sdk.ExternalDataSelectElement(action_id="d", min_query_length=0, confirm=SURE),
    sdk.ExternalDataMultiSelectElement(action_id="e", initial_options=OPTIONS),
    sdk.UserSelectElement(action_id="f", initial_user="U0ANA"),
    sdk.UserMultiSelectElement(action_id="g", initial_users=["U0ANA"]),
    sdk.ConversationSelectElement(
        action_id="h",
        filter=sdk.ConversationFilter(include=["public"], exclude_bot_users=True),
        default_to_current_conversation=True,
    ),
    sdk.ConversationMultiSelectElement(action_id="i", initial_conversations=["C0GENERAL"]),
    sdk.ChannelSelectElement(action_id="j", initial_channel="C0GENERAL"),
    sdk.ChannelMultiSelectElement(action_id="k"),
    sdk.OverflowMenuElement(action_id="l", options=OPTIONS, confirm=SURE),
    sdk.CheckboxesElement(action_id="m", options=OPTIONS, initial_options=OPTIONS),
    sdk.RadioButtonsElement(action_id="n", options=OPTIONS, initial_option=OPTIONS[1]),
    sdk.DatePickerElement(action_id="o", initial_date="2026-11-22"),
    sdk.TimePickerElement(action_id="p", initial_time="23:59", timezone="Europe/London"),
    sdk.DateTimePickerElement(action_id="q", initial_date_time=1_700_000_000),
]
INPUTS: list[Any] = [
    sdk.PlainTextInputElement(
        action_id="a",
        multiline=True,
        min_length=1,
        max_length=3000,
        dispatch_action_config=DispatchActionConfig(
            trigger_actions_on=["on_enter_pressed", "on_character_entered"]
        ),
    ),
    sdk.NumberInputElement(
        action_id="b", is_decimal_allowed=True, min_value="-1.5", max_value="3", initial_value="2"
    ),
    sdk.EmailInputElement(action_id="c", initial_value="ana@example.com"),
    sdk.UrlInputElement(action_id="d", placeholder=sdk.PlainTextObject(text="https://")),
    sdk.RichTextInputElement(action_id="e", initial_value=rich(LINE)),
    FileInputElement(action_id="f", filetypes=["png"], max_files=2),
]
PIECES = sdk.RichTextElementParts
WORDS = [
    PIECES.Text(text="t", style=PIECES.TextStyle(bold=True, italic=True, strike=True, code=True)),
    PIECES.Link(url="https://example.com", text="x"),
    PIECES.User(user_id="U0ANA"),
    PIECES.UserGroup(usergroup_id="S1"),
    PIECES.Channel(channel_id="C0GENERAL"),
    PIECES.Team(team_id="T0LOCAL00"),
    PIECES.Emoji(name="wave", skin_tone=2),
    PIECES.Broadcast(range="here"),
    PIECES.Color(value="#FF0000"),
    PIECES.Date(timestamp=1_700_000_000, format="{date}", fallback="then"),
]
LINES = sdk.RichTextSectionElement(elements=WORDS)
TALE = sdk.RichTextBlock(
    elements=[
        LINES,
        sdk.RichTextListElement(elements=[LINES], style="ordered", indent=1, offset=2, border=1),
        sdk.RichTextPreformattedElement(elements=[WORDS[1]], border=0),
        sdk.RichTextQuoteElement(elements=WORDS),
    ]
)
TOLD = rich(LINE)
TASK = sdk.TaskCardBlock(
    task_id="1",
    title="T",
    status="complete",
    details=TOLD,
    output=TOLD,
    sources=[sdk.UrlSourceElement(url="https://example.com", text="x")],
)
CARD = sdk.CardBlock(
    hero_image=PICTURE, icon=PICTURE, title="*T*", subtitle="s", body="b", actions=[GO]
)
CELLS = [sdk.RawTextObject(text="x").to_dict(), sdk.RawNumberObject(value=1, text="1").to_dict()]
EVERYWHERE: list[Any] = [
    sdk.SectionBlock(text="*x*", fields=["a", sdk.PlainTextObject(text="b")], accessory=GO),
    sdk.SectionBlock(text="x", accessory=PICTURE),
    sdk.DividerBlock(),
    sdk.HeaderBlock(text="H"),
    sdk.ImageBlock(slack_file=SlackFile(id="F1"), alt_text="a", title="T"),
    sdk.ContextBlock(elements=[PICTURE, sdk.MarkdownTextObject(text="*x*", verbatim=True)]),
    TALE,
    sdk.VideoBlock(
        alt_text="a",
        title="T",
        video_url="https://example.com/v",
        thumbnail_url="https://example.com/t",
        author_name="A",
        description="d",
    ),
    CARD,
    sdk.CarouselBlock(elements=[CARD, CARD]),
    sdk.AuthProviderBlock(
        value="v",
        name="N",
        is_connected=True,
        accessory=CHOICES[11],
        fallback=[sdk.DividerBlock()],
    ),
]
IN_MESSAGES: list[Any] = [
    sdk.ActionsBlock(elements=[GO, *CHOICES]),
    sdk.MarkdownBlock(text="# x"),
    sdk.TableBlock(
        rows=[CELLS, [TOLD, *CELLS]],
        column_settings=[None, sdk.TableBlockColumnSettings(align="right").to_dict()],
    ),
    TASK,
    sdk.PlanBlock(title="P", tasks=[TASK]),
    sdk.ContainerBlock(
        title="T", subtitle="s", icon=PICTURE, child_blocks=[TALE], is_collapsible=True
    ),
    sdk.ContextActionsBlock(
        elements=[
            sdk.FeedbackButtonsElement(action_id="f", positive_button=VOTE, negative_button=VOTE),
            sdk.IconButtonElement(action_id="i", icon="trash", text="Delete", confirm=SURE),
        ]
    ),
    sdk.FileBlock(external_id="e"),
    sdk.CallBlock(call_id="R1", api_decoration_available=False, call={"v1": {"id": "R1"}}),
]
IN_MODALS: list[Any] = [
    sdk.AlertBlock(text="x", level="warning"),
    *(sdk.InputBlock(label="L", element=each, hint="h", optional=True) for each in INPUTS),
    sdk.InputBlock(label="L", element=CHOICES[0], dispatch_action=True),
]


@pytest.mark.parametrize(
    ("emitted", "surface"),
    [
        *((each, "message") for each in EVERYWHERE + IN_MESSAGES),
        *((each, "modal") for each in EVERYWHERE + IN_MODALS),
        *((each, "home") for each in EVERYWHERE),
    ],
    ids=lambda each: getattr(each, "type", each),
)
def test_what_the_sdk_emits_is_accepted(emitted: Any, surface: Surface) -> None:
    assert [each.line for each in problems([emitted.to_dict()], surface, "")] == []


def test_the_sdks_views_are_accepted() -> None:
    form = View(
        type="modal",
        title=sdk.PlainTextObject(text="T"),
        submit=sdk.PlainTextObject(text="Send"),
        close=sdk.PlainTextObject(text="No"),
        blocks=IN_MODALS,
        callback_id="c",
        external_id="e",
        private_metadata="m",
        clear_on_close=True,
        notify_on_close=True,
    )
    assert view_problems(form.to_dict(), "modal") == []
    home = View(type="home", blocks=EVERYWHERE, private_metadata="m", callback_id="c")
    assert view_problems(home.to_dict(), "home") == []
