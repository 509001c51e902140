"""One of every block and element, as an app sends them."""

from tests.workspace.web.scripted import Json, field, option, plain

WEB = "https://a.example"


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def rich(kind: str, *leaves: Json, **more: object) -> Json:
    return {"type": f"rich_text_{kind}", "elements": list(leaves), **more}


def word(text: str, *styles: str) -> Json:
    leaf: Json = {"type": "text", "text": text}
    return leaf | ({"style": dict.fromkeys(styles, True)} if styles else {})


def rich_text(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def section(text: str = "Pick", **more: object) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(text: str, action_id: str = "press", **more: object) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def image(alt: str = "outside", **more: object) -> Json:
    return {"type": "image", "alt_text": alt, **(more or {"image_url": f"{WEB}/x.png"})}


def cell(value: str | float) -> Json:
    if isinstance(value, str):
        return {"type": "raw_text", "text": value}
    return {"type": "raw_number", "value": value, "text": f"{value:,}"}


def line(name: str, *values: float) -> Json:
    points = [{"label": day, "value": value} for day, value in zip(DAYS, values, strict=True)]
    return {"name": name, "data": points}


DAYS = ["Mon", "周二", "Wed"]
AXES = {"categories": DAYS, "x_label": "Day", "y_label": "Answers"}
OPTIONS = [option("暖"), option("cool"), option("سريع")]
DESCRIBED = [each | {"description": plain(f"about {each['value']}")} for each in OPTIONS]
GROUPS = [
    {"label": plain("Moods"), "options": OPTIONS[:2]},
    {"label": plain("Speeds"), "options": OPTIONS[2:]},
]
CONFIRM: Json = {
    "title": plain("Sure?"),
    "text": plain("It goes out."),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}

PIE: Json = {"type": "pie", "segments": [{"label": "a", "value": 3}, {"label": "b", "value": 1}]}
DATA_TABLE: Json = {
    "type": "data_table",
    "caption": "Requests of the week",
    "page_size": 2,
    "rows": [
        [cell("Who"), cell("Count")],
        [cell("ana"), cell(1200)],
        [cell("bo"), cell(9)],
        [cell("陈晨"), cell(77)],
    ],
}
TABLE: Json = {
    "type": "table",
    "column_settings": [{"is_wrapped": True}, {"align": "right"}],
    "rows": [
        [cell("Day"), cell("Asked")],
        [cell("周一"), cell(41)],
        [rich_text(rich("section", word("bold", "bold"))), cell("مرحبا")],
    ],
}
CARD: Json = {
    "type": "card",
    "slack_icon": {"type": "icon", "name": "rocket"},
    "hero_image": image("hero"),
    "title": mrkdwn("A *card*"),
    "subtitle": plain("subtitle"),
    "body": mrkdwn("Its _body_"),
    "subtext": plain("small print"),
    "actions": [button("Open", "card-open", value="c1")],
}
RICH_TEXT = rich_text(
    rich(
        "section",
        word("bold", "bold"),
        word("italic", "italic"),
        word("gone", "strike"),
        word("code", "code"),
        word("under", "underline"),
        {"type": "link", "url": f"{WEB}/r", "text": "a link"},
        {"type": "user", "user_id": "U0BO"},
        {"type": "channel", "channel_id": "C0RANDOM"},
        {"type": "usergroup", "usergroup_id": "S0WRITERS"},
        {"type": "broadcast", "range": "here"},
        {"type": "emoji", "name": "wave", "skin_tone": 3},
        {"type": "emoji", "name": "unlisted", "unicode": "1f9ea"},
        {"type": "date", "timestamp": 1720710212, "format": "{date_num}", "fallback": "a day"},
        {"type": "color", "value": "#23645f"},
        {"type": "team", "team_id": "T0LOCAL00"},
    ),
    rich("list", rich("section", word("one")), rich("section", word("two")), style="ordered"),
    rich("list", rich("section", word("inner")), style="ordered", indent=1),
    rich("list", rich("section", word("point")), style="bullet", offset=0, border=1),
    rich("list", rich("section", word("نقطة")), style="bullet", indent=1),
    rich("quote", word("quoted 引用")),
    rich("preformatted", word("x < y\n  z"), language="python"),
)
MARKDOWN = """# Title

Some **bold**, *italic*, ~~gone~~, `code` and [a link](https://a.example/m).

| Day | Asked |
|:----|------:|
| 周一 | 41 |

1. one
2. two
   - inner

> quoted

```python
x < y
```
"""
PLAN: Json = {
    "type": "plan",
    "title": "Plan",
    "tasks": [
        {
            "type": "task_card",
            "task_id": "t1",
            "title": "Find sources",
            "status": "complete",
            "details": rich_text(rich("section", word("three places"))),
            "output": "two were good",
            "sources": [{"type": "url", "url": f"{WEB}/s", "text": "a source"}],
        },
        {"type": "task_card", "task_id": "t2", "title": "Write", "status": "in_progress"},
        {"type": "task_card", "task_id": "t3", "title": "Check", "status": "error"},
        {"type": "task_card", "task_id": "t4", "title": "Send", "status": "pending"},
    ],
}
CALL: Json = {
    "v1": {
        "name": "Stand-up",
        "join_url": f"{WEB}/join",
        "all_participants": [{"slack_id": "U0BO"}, {"display_name": "Guest"}],
    }
}
VOTES: Json = {
    "positive_button": {"text": plain("Good"), "value": "good"},
    "negative_button": {"text": plain("Bad"), "value": "bad"},
}

MESSAGE: dict[str, Json] = {
    "section": section("*bold* 粗 <!date^1720710212^{date_num}|a day>"),
    "section-fields": {"type": "section", "fields": [plain("a"), mrkdwn("_b_")]},
    "section-image": section("beside", accessory=image("beside it")),
    "header": {"type": "header", "text": plain("Title :tada:")},
    "divider": {"type": "divider"},
    "context": {"type": "context", "elements": [mrkdwn("`small`"), plain("print"), image("dot")]},
    "image": image("outside") | {"title": plain("A picture")},
    "actions": actions(
        button("Plain"),
        button("Go", "go", style="primary"),
        button("Stop", "stop", style="danger"),
        {"type": "overflow", "action_id": "more", "options": OPTIONS},
        {"type": "static_select", "action_id": "mood", "option_groups": GROUPS},
        {"type": "datepicker", "action_id": "day", "initial_date": "2026-01-31"},
    ),
    "input": field("f", "Label 标签", {"type": "plain_text_input"}, hint=plain("hint")),
    "rich_text": RICH_TEXT,
    "markdown": {"type": "markdown", "text": MARKDOWN},
    "table": TABLE,
    "context_actions": {
        "type": "context_actions",
        "elements": [
            {"type": "feedback_buttons", "action_id": "vote", **VOTES},
            {"type": "icon_button", "action_id": "rm", "icon": "trash", "text": plain("Remove")},
        ],
    },
    "file": {"type": "file", "external_id": "X1", "source": "remote"},
    "video": {
        "type": "video",
        "title": plain("Clip"),
        "title_url": f"{WEB}/v",
        "video_url": f"{WEB}/embed",
        "thumbnail_url": f"{WEB}/t.png",
        "alt_text": "a clip",
        "author_name": "Ana",
        "provider_name": "Videos",
        "description": plain("What it shows"),
    },
    "task_card": PLAN["tasks"][0],
    "plan": PLAN,
    "card": CARD,
    "carousel": {
        "type": "carousel",
        "elements": [CARD, CARD | {"title": plain("Another"), "actions": [button("Pick", "p2")]}],
    },
    "container": {
        "type": "container",
        "title": plain("Two records"),
        "subtitle": mrkdwn("review _them_"),
        "is_collapsible": True,
        "child_blocks": [section("inside"), actions(button("Inner", "inner"))],
    },
    "auth_provider": {
        "type": "auth_provider",
        "value": "tracker",
        "name": plain("Tracker"),
        "is_connected": False,
        "description": plain("Issues and boards"),
        "auth_url": f"{WEB}/connect",
    },
    "auth_provider-connected": {
        "type": "auth_provider",
        "value": "drive",
        "name": plain("Drive"),
        "is_connected": True,
        "connected_identity": plain("ana@a.example"),
        "disconnect_url": f"{WEB}/leave",
        "accessory": {"type": "overflow", "action_id": "drive", "options": OPTIONS},
    },
    "data_table": DATA_TABLE,
    "data_visualization-bar": {
        "type": "data_visualization",
        "title": "Bars",
        "chart": {
            "type": "bar",
            "series": [line("Text", 12, 40, 25), line("Pictures", 3, -9, 14)],
            "axis_config": AXES,
        },
    },
    "data_visualization-line": {
        "type": "data_visualization",
        "title": "Lines",
        "chart": {"type": "line", "series": [line("Text", 1200, 400, 950)], "axis_config": AXES},
    },
    "data_visualization-area": {
        "type": "data_visualization",
        "title": "Areas",
        "chart": {"type": "area", "series": [line("Text", 1, 4, 2)], "axis_config": AXES},
    },
    "data_visualization-pie": {"type": "data_visualization", "title": "Parts", "chart": PIE},
    "call": {"type": "call", "call_id": "R1", "call": CALL},
}
"""Every block that a message may hold."""

INPUTS: dict[str, Json] = {
    "plain_text_input": {"type": "plain_text_input", "max_length": 20, "placeholder": plain("hi")},
    "multiline": {"type": "plain_text_input", "multiline": True, "initial_value": "first\nsecond"},
    "number_input": {"type": "number_input", "is_decimal_allowed": True, "initial_value": "1.5"},
    "email_text_input": {"type": "email_text_input", "initial_value": "ana@a.example"},
    "url_text_input": {"type": "url_text_input", "initial_value": f"{WEB}/u"},
    "rich_text_input": {
        "type": "rich_text_input",
        "initial_value": rich_text(
            rich("section", word("A "), word("bold", "bold"), word(" word")),
            rich("list", rich("section", word("point")), style="bullet"),
        ),
    },
    "static_select": {"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[0]},
    "multi_static_select": {
        "type": "multi_static_select",
        "option_groups": GROUPS,
        "initial_options": OPTIONS[:2],
    },
    "external_select": {"type": "external_select", "initial_option": option("was")},
    "multi_external_select": {"type": "multi_external_select", "min_query_length": 0},
    "users_select": {"type": "users_select", "initial_user": "U0BO"},
    "multi_users_select": {"type": "multi_users_select", "initial_users": ["U0ANA", "U0CHEN"]},
    "conversations_select": {
        "type": "conversations_select",
        "default_to_current_conversation": True,
    },
    "multi_conversations_select": {
        "type": "multi_conversations_select",
        "filter": {"include": ["im", "private"], "exclude_bot_users": True},
    },
    "channels_select": {"type": "channels_select", "initial_channel": "C0RANDOM"},
    "multi_channels_select": {"type": "multi_channels_select", "initial_channels": ["C0GENERAL"]},
    "checkboxes": {"type": "checkboxes", "options": DESCRIBED, "initial_options": DESCRIBED[:1]},
    "radio_buttons": {
        "type": "radio_buttons",
        "options": DESCRIBED,
        "initial_option": DESCRIBED[1],
    },
    "datepicker": {"type": "datepicker", "initial_date": "2026-02-28"},
    "timepicker": {
        "type": "timepicker",
        "initial_time": "09:30",
        "timezone": "Europe/Madrid",
    },
    "datetimepicker": {"type": "datetimepicker", "initial_date_time": 1790000000 // 60 * 60},
    "file_input": {"type": "file_input", "filetypes": ["png", "txt"], "max_files": 2},
}
"""Every element that an input of a modal may hold."""

MODAL: Json = {
    "type": "modal",
    "callback_id": "all",
    "title": plain("All inputs 全部"),
    "submit": plain("Send"),
    "close": plain("Not now"),
    "blocks": [
        {"type": "alert", "level": level, "text": mrkdwn(f"*{level}* alert")}
        for level in ("default", "info", "warning", "error", "success")
    ]
    + [
        field(name, name.replace("_", " "), element, hint=plain(f"A hint for {name}"))
        | {"optional": name in {"file_input", "multi_external_select"}}
        for name, element in INPUTS.items()
    ],
}
"""A modal with every alert and every input."""
