"""The form in which a schedule is kept or changed, and the button that opens it. Pure.

Fixed words, numbers and times: what somebody typed is not shown again, for nobody has judged it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.intake.planned import (
    CHANNELS,
    FORM,
    HOLIDAYS,
    KIND,
    KINDS,
    LENGTH,
    LENGTHS,
    OPEN,
    QUIET,
    QUIETS,
    REGION_CHARS,
    WHEN,
    WHICH,
    About,
)
from bot.ledger.schedules import Scheduled
from bot.views.forms import actions, button, option, plain_text
from bot.views.forms import form as modal
from bot.views.notices import Notice
from bot.views.render import Block, Page, context, section
from generators.draft import Request
from generators.sentences import Language

MOST_CHARS: Final = 200
_NEXT: Final = ("first", "second", "third")
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "schedule": ("Set up in a form…", "用表单设置…"),
    "title": ("Schedule", "定时"),
    "keep": ("Keep", "保存"),
    "cancel": ("Cancel", "取消"),
    "which": ("Which one", "哪一个"),
    "new": ("A new one", "新建"),
    KIND: ("What", "内容"),
    "digest": ("A digest of messages", "消息摘要"),
    "again": ("Have it regularly…", "定期发送…"),
    "mine": ("A digest of my channels, to me alone", "我的频道摘要，只发给我"),
    "usage": ("What was used, with a chart", "用量报告（含图表）"),
    "reviews": ("What waits for reviewers", "待审核的内容"),
    CHANNELS: ("Channels, for a digest; none: this one", "频道（仅用于摘要；不选则为本频道）"),
    WHEN: ("When; Enter shows the next runs", "时间（按回车查看接下来的时间）"),
    "left": ("When; empty: as before", "时间（留空则不变）"),
    "example": ("every weekday at 9:00", "每个工作日9点"),
    LENGTH: ("Length of a digest", "摘要长度"),
    "short": ("Short: 3 points", "短：3 条"),
    "normal": ("Normal: 6 points", "中：6 条"),
    "long": ("Long: 12 points", "长：12 条"),
    QUIET: ("When it was quiet, a digest", "消息很少时，摘要"),
    "3": ("is left out below 3 messages", "少于 3 条消息时不发"),
    "0": ("comes all the same", "照常发送"),
    "10": ("is left out below 10 messages", "少于 10 条消息时不发"),
    "30": ("is left out below 30 messages", "少于 30 条消息时不发"),
    HOLIDAYS: (
        "Left out on the public holidays of; empty: on none",
        "跳过哪里的节假日（留空则不跳过）",
    ),
    "region": ("A code: DE, US-CA, CN", "代码，如 CN、US-CA、DE"),
}


def plannable(page: Page, request: Request, speech: Language) -> Page:
    """Return an answer about what could come again, with the button that opens the form."""
    regular = request.verb == "schedule" or (
        request.verb == "digest" and "since" not in request.flags
    )
    if not regular or "paused" in request.flags:
        return page
    label = _SAID["again" if request.verb == "digest" else "schedule"][speech == "zh"]
    return replace(page, blocks=[*page.blocks, actions([button(label, OPEN, speech)])])


def form(
    about: About,
    mine: Sequence[Scheduled] = (),
    chosen: Scheduled | None = None,
    echo: str = "",
) -> dict[str, object]:
    """Return the form; `mine` may be changed, and of `chosen` it shows how it stands.

    Its fields are other ones for each schedule, for Slack keeps what was entered in the same ones.
    """
    options = chosen.options if chosen else {}
    number = about.number
    blocks = [
        *([_which(about, mine)] if mine else []),
        _input(about, KIND, _select(about, KIND, KINDS, _kind(chosen))),
        _input(about, CHANNELS, _channels(options.get("channels", "")), optional=True),
        {**_input(about, WHEN, _when(about), optional=bool(number)), "dispatch_action": True},
        *([context(echo)] if echo else []),
        _input(about, LENGTH, _select(about, LENGTH, LENGTHS, options.get("length", "normal"))),
        _input(about, QUIET, _quiets(about, options.get("quiet", QUIETS[0]))),
        _input(about, HOLIDAYS, _region(about, options.get("holidays", "")), optional=True),
    ]
    titles = (_say(about, "title"), _say(about, "keep"), _say(about, "cancel"))
    return modal(FORM, about.text, titles, blocks)


def coming(runs: Sequence[datetime], speech: Language) -> str:
    """Return the next three runs, each in its zone, which it must name; of fewer, that it is odd.

    Raises TypeError for a time without the name of its zone.
    """
    if len(runs) < len(_NEXT):
        return Notice.PLAN_UNCLEAR.text(speech)
    return Notice.PLAN_NEXT.text(speech, **dict(zip(_NEXT, runs, strict=True)))


def _which(about: About, mine: Sequence[Scheduled]) -> Block:
    new = option(_say(about, "new"), "0")
    others = {
        str(one.number): option(_numbered(about, one.number), str(one.number)) for one in mine
    }
    select: Block = {
        "type": "static_select",
        "action_id": WHICH,
        "options": [new, *others.values()],
        "initial_option": others.get(str(about.number), new),
    }
    return {
        **section(_say(about, "which")),
        "block_id": f"{WHICH}-{about.number}",
        "accessory": select,
    }


def _numbered(about: About, number: int) -> str:
    return f"第 {number} 个" if about.speech == "zh" else f"Digest {number}"


def _kind(chosen: Scheduled | None) -> str:
    if chosen is None:
        return "digest"
    if chosen.options.get("channels") == "mine":
        return "mine"
    return {"report": "usage", "backlog": "reviews"}.get(chosen.kind, "digest")


def _channels(ids: str) -> Block:
    select: Block = {
        "type": "multi_conversations_select",
        "action_id": CHANNELS,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        "max_selected_items": 10,
    }
    named = list[str]() if ids == "mine" else ids.split()
    return {**select, "initial_conversations": named} if named else select


def _when(about: About) -> Block:
    return {
        "type": "plain_text_input",
        "action_id": WHEN,
        "max_length": MOST_CHARS,
        "placeholder": plain_text(_say(about, "example")),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }


def _region(about: About, chosen: str) -> Block:
    """Return the field for a region's code, with the one that is kept, which is a known one."""
    typed: Block = {
        "type": "plain_text_input",
        "action_id": HOLIDAYS,
        "max_length": REGION_CHARS,
        "placeholder": plain_text(_say(about, "region")),
    }
    return {**typed, "initial_value": chosen} if chosen else typed


def _select(about: About, name: str, values: Sequence[str], chosen: str) -> Block:
    options = {value: option(_say(about, value), value) for value in values}
    return {
        "type": "static_select",
        "action_id": name,
        "options": list(options.values()),
        "initial_option": options.get(chosen) or next(iter(options.values())),
    }


def _quiets(about: About, chosen: str) -> Block:
    """Return what may be chosen of when it is quiet, with what somebody typed."""
    select = _select(about, QUIET, QUIETS, chosen)
    if chosen in QUIETS or not chosen.isdecimal():
        return select
    zh = about.speech == "zh"
    said = f"少于 {chosen} 条消息时不发" if zh else f"is left out below {chosen} messages"
    own = option(said, chosen)
    return {**select, "options": [*select["options"], own], "initial_option": own}


def _input(about: About, name: str, element: Block, *, optional: bool = False) -> Block:
    label = _say(about, "left" if name == WHEN and about.number else name)
    block: Block = {"type": "input", "block_id": f"{name}-{about.number}", "element": element}
    return {**block, "label": plain_text(label), "optional": optional}


def _say(about: About, what: str) -> str:
    return _SAID[what][about.speech == "zh"]
