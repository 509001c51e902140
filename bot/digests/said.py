"""What is said of schedules, in English and Chinese. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bot.digests.speech import speech
from bot.ledger.schedules import Scheduled
from generators.draft import Request
from generators.sentences import Language

_WEEKDAYS: Final = "一二三四五六日"
_SAY: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "kept": (
            "**Kept as digest {n} of this channel**: `{phrase}` ({zone}). It runs next:",
            "**已设为本频道的第 {n} 个摘要**：`{phrase}`（{zone}）。接下来的时间：",
        ),
        "kept directly": (
            "**Kept as digest {n} of your direct messages**: `{phrase}` ({zone}). It runs next:",
            "**已设为您私信中的第 {n} 个摘要**：`{phrase}`（{zone}）。接下来的时间：",
        ),
        "edit": (
            "**Digest {n} is changed**: `{phrase}` ({zone}). It runs next:",
            "**第 {n} 个摘要已修改**：`{phrase}`（{zone}）。接下来的时间：",
        ),
        "resume": (
            "**Digest {n} goes on**: `{phrase}` ({zone}). It runs next:",
            "**第 {n} 个摘要已恢复**：`{phrase}`（{zone}）。接下来的时间：",
        ),
        "quietly": (
            (
                "It is left out where fewer than {quiet} messages came since the last one. "
                "Not what you meant? `/digest delete {n}`."
            ),
            "自上次以来少于 {quiet} 条消息时不发。不是您的意思？`/digest 删除 {n}`。",
        ),
        "always": (
            "It comes even when it was quiet. Not what you meant? `/digest delete {n}`.",
            "没有消息时也会发。不是您的意思？`/digest 删除 {n}`。",
        ),
        "pause": (
            "Digest {n} (`{phrase}`) is paused. `/digest resume {n}` lets it go on.",
            "第 {n} 个摘要（`{phrase}`）已暂停。用 `/digest 恢复 {n}` 继续。",
        ),
        "delete": (
            "Digest {n} (`{phrase}`) is deleted.",
            "第 {n} 个摘要（`{phrase}`）已删除。",
        ),
        "now": (
            "Digest {n} runs now, besides its own times.",
            "第 {n} 个摘要现在就发，原定时间不变。",
        ),
        "all": ("**Digests of this channel**", "**本频道的摘要**"),
        "none": (
            "This channel has no digest yet: `/digest every weekday at 9:00` keeps one.",
            "本频道还没有定时摘要：用 `/digest 每个工作日9点` 设一个。",
        ),
        "acts": (
            (
                "Also: `/digest list`, `pause 1`, `resume 1`, `edit 1 every day at 10:00`, "
                "`run now`, `delete 1`; `/digest` alone sums up now."
            ),
            (
                "还可以：`/digest 列表`、`暂停 1`、`恢复 1`、`修改 1 每天10点`、`现在`、`删除 1`；"
                "只写 `/digest` 则现在总结。"
            ),
        ),
        "which": (
            "Which digest is meant? This channel has {numbers}: say for example `pause 1`.",
            "是哪一个摘要？本频道有 {numbers}：例如 `暂停 1`。",
        ),
        "not yours": (
            "Digest {n} belongs to somebody else: they, or an operator, can change it.",
            "第 {n} 个摘要是别人设的，只有其本人或管理员可以更改。",
        ),
        "many": (
            "This channel has as many digests as it may: delete one first.",
            "本频道的摘要已达上限：请先删除一个。",
        ),
        "length": (
            "A digest's `--length` is short, normal or long.",
            "摘要的 `--length` 是 short、normal 或 long。",
        ),
        "quiet": (
            "`--quiet` takes a number: with fewer messages than that there is no digest.",
            "`--quiet` 后面写数字：消息少于该数时不发摘要。",
        ),
        "kinds": (
            (
                "One digest can also be of several channels, `#dev #ops every day at 9:00`, or "
                "`for me` (of my channels, in direct messages), or a report: `usage every Monday "
                "at 9:00`, `reviews every weekday at 9:00`."
            ),
            (
                "摘要也可以包含多个频道 `#dev #ops 每天9点`，或`给我 每天9点`（我的频道，发私信），"
                "或报告：`用量 每周一9点`、`待审核 每个工作日9点`。"
            ),
        ),
        "no kind": (
            "This installation has nothing of that kind.",
            "本系统没有这种内容。",
        ),
        "no direct": (
            "I cannot open direct messages with you, so nothing was kept.",
            "无法向您发送私信，因此没有设置。",
        ),
        "unknown": (
            "I see no channel named #{name}. Is it written so, and am I in it?",
            "找不到频道 #{name}。名称是否正确？我在该频道里吗？",
        ),
        "away": (
            "I am not in #{name}, or it is archived: invite me there first.",
            "我不在 #{name}，或该频道已归档：请先邀请我加入。",
        ),
        "readers": (
            (
                "Not everybody here may read #{name}, so nothing of it is told here. In direct "
                "messages, `for me`, you get what you may read yourself."
            ),
            "这里并非所有人都可以阅读 #{name}，因此不在此发送其内容。加上`给我`可私信给您本人。",
        ),
        "everybody directly": (
            "What everybody uses is told in direct messages only: add `for me`.",
            "所有人的用量只能私信发送：请加上`给我`。",
        ),
        "everybody denied": (
            "Only an admin or an auditor may see what everybody uses.",
            "只有管理员或审计员可以查看所有人的用量。",
        ),
        "no backlog": (
            (
                "What waits for a reviewer is told in the reviewers' channel, or to a reviewer "
                "with `for me`, and nowhere else."
            ),
            "待审核的内容只在审核人频道里发送，或由审核人加上`给我`私信接收。",
        ),
        "whose holidays": (
            "Whose public holidays? Name a country, or a part of one: `--holidays DE`, `US-CA`.",
            "哪里的节假日？请写国家或地区代码，例如 `--holidays CN`。",
        ),
        "only digests": (
            "`--length` and `--quiet` are for digests of messages; this kind takes neither.",
            "`--length` 和 `--quiet` 只用于消息摘要，该内容不支持。",
        ),
        "moves": (
            "A digest cannot move to another place: delete it, and keep a new one there.",
            "摘要不能换到别处：请删除后在那里重新设置。",
        ),
        "closed": (
            "It is left out on the public holidays of {region}.",
            "{region} 的节假日不发。",
        ),
        "worked": (
            "On weekend days that are worked instead, it comes.",
            "调休上班的周末照常发送。",
        ),
        "always closed": (
            "It would never run: each of its days is a public holiday there.",
            "它不会运行：这些日子在那里都是节假日。",
        ),
        "directly": (
            "It comes in your direct messages with me; list and change it there.",
            "它会私信发给您，请在私信里查看和修改。",
        ),
        "gone": ("That schedule is gone.", "该定时摘要已不存在。"),
        "failing": (
            (
                "Digest {n} (`{phrase}`) of channel {channel} is paused: {times} times in a row it "
                "could not be posted. I am not in that channel or in one that it tells of, it is "
                "archived, you may not ask there, not everybody there may read it, or making it "
                "failed. Once that is mended, `/digest resume {n}` there lets it go on."
            ),
            (
                "频道 {channel} 的第 {n} 个摘要（`{phrase}`）已暂停：连续 {times} 次无法发送。"
                "我不在该频道或其来源频道、频道已归档、您无权在那里提问、"
                "那里有人无权阅读来源频道，或生成失败。"
                "解决后在那里用 `/digest 恢复 {n}` 继续。"
            ),
        ),
        "standing": ("{n}: {brings}`{phrase}` ({zone})", "{n}：{brings}`{phrase}`（{zone}）"),
        "tells": ("It tells of: {brings}.", "内容：{brings}。"),
        "of mine": ("all channels that you and I are in", "您和我都在的所有频道"),
        "of report": ("what was used, day by day", "每日用量"),
        "of backlog": ("what waits for reviewers", "待审核的内容"),
        "active": (", next {next}", "，下次 {next}"),
        "never": (", never again", "，不再运行"),
        "paused": (", paused", "，已暂停"),
        "stuck": (", paused because it could not be posted", "，因无法发送而暂停"),
    }
)


def say(what: str, request: Request, **blanks: object) -> str:
    """Return a sentence in the language of what was asked."""
    return _SAY[what][speech(request.prompt) == "zh"].format(**blanks)


def together(parts: Iterable[str], request: Request) -> str:
    """Return sentences one after the other, as the language of what was asked joins them."""
    return ("" if speech(request.prompt) == "zh" else " ").join(filter(None, parts))


def moment(run: datetime, speak: Language) -> str:
    """Return a moment as people write it.

    >>> moment(datetime(2026, 11, 30, 9, 5), "en"), moment(datetime(2026, 11, 30, 9, 5), "zh")
    ('Mon 30 Nov 2026, 09:05', '2026年11月30日 周一 09:05')
    """
    if speak == "zh":
        day = f"{run.year}年{run.month}月{run.day}日"
        return f"{day} 周{_WEEKDAYS[run.weekday()]} {run:%H:%M}"
    return f"{run:%a} {run.day} {run:%b %Y, %H:%M}"


def brought(one: Scheduled, request: Request) -> str:
    """Return what a schedule brings; nothing where it is a digest of the channel it is in."""
    if one.kind != "digest":
        return say(f"of {one.kind}", request) if f"of {one.kind}" in _SAY else ""
    if one.options.get("channels") == "mine":
        return say("of mine", request)
    return one.options.get("names", "")


def standing(one: Scheduled, runs: Sequence[datetime], request: Request) -> str:
    """Return a schedule on one line, and when it runs next or why it does not."""
    what = brought(one, request)
    named = f"{what}, " if what else ""
    said = say("standing", request, n=one.number, brings=named, phrase=one.phrase, zone=one.zone)
    if one.state != "active":
        return said + say("stuck" if one.state == "failing" else "paused", request)
    if not runs:
        return said + say("never", request)
    return said + say("active", request, next=moment(runs[0], speech(request.prompt)))
