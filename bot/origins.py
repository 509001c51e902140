"""Says where a picture is from, as its own file tells it, and never as our records do.

What the file says was read when the request was gathered (`bot.picturing`), and judged with it.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

from generators.builtin import COST
from generators.draft import Draft, Request, Text
from generators.sentences import Language, language
from generators.tools import Tools
from moderation.provenance.marks import SOURCE_TYPES

_LABELS: Final = {
    "prompt": ("Prompt", "提示词"),
    "seed": ("Seed", "种子"),
    "size": ("Size", "尺寸"),
    "steps": ("Steps", "步数"),
    "model": ("Model", "模型"),
    "request": ("Request", "请求"),
    "time": ("Made at", "生成时间"),
    "producer": ("Made by", "生成者"),
    "watermark": ("Watermark in the pixels", "像素水印"),
    "signature": ("Signature", "签名"),
}
_HEADS: Final = {
    "made": (
        "**A model made this picture.** Its file says:",
        "**这张图片由模型生成。** 文件中写着：",
    ),
    "composite": (
        "**A model changed a part of this picture.** Its file says:",
        "**这张图片有一部分由模型修改。** 文件中写着：",
    ),
    "enhanced": (
        "**A person's picture, changed without any model.** Its file says:",
        "**这是人拍摄或制作的图片，未经模型修改。** 文件中写着：",
    ),
}
_SENTENCES: Final = {
    "none": (
        (
            "There is no picture here. Use this in the thread of a picture, send one along, or add "
            "the link of its message: info https://…"
        ),
        "这里没有图片。请在图片的消息列中使用，把图片一起发来，或附上消息链接：信息 https://…",
    ),
    "silent": (
        (
            "This file says nothing of where it came from: no words, no signature, no watermark. "
            "It may never have had any, or have lost them when it was saved anew or cropped."
        ),
        "这个文件没有任何来源信息（无文字、签名或水印）：可能从未有过，也可能在另存或裁剪时丢失。",
    ),
    "own": ("the model's own", "模型默认"),
    "whole": ("whole, by {issuer}", "完整，签名者 {issuer}"),
    "changed": ("does not fit: the picture was changed afterwards", "不符：图片之后被改动过"),
}


class Origins:
    """Answers from the file alone."""

    def __init__(self, tools: Tools) -> None:
        """Take the tools that every generator is given; this one needs none."""
        del tools

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield what the file says, or that it says nothing."""
        speech = language(request.prompt)
        found = [json.loads(line.text) for line in request.context]
        parts = [_told(one, speech) for one in found]
        if len(parts) > 1:
            parts = [f"**{number}**\n{part}" for number, part in enumerate(parts, start=1)]
        body = "\n\n".join(parts) or _say("none", speech)
        yield Draft(request=request, content=Text(body), cost=COST)


def _told(found: Mapping[str, Any], speech: Language) -> str:
    codes = {code: kind for kind, code in SOURCE_TYPES.items()}
    kind = codes.get(found.get("source_type") or "", "made" if found.get("generated") else "")
    if not kind:
        return _say("silent", speech)
    zh = speech == "zh"
    lines = [f"- {_LABELS[name][zh]}: {value}" for name, value in _facts(found, speech)]
    return "\n".join([_HEADS[kind][zh], "", *lines])


def _facts(found: Mapping[str, Any], speech: Language) -> Iterator[tuple[str, str]]:
    own: Mapping[str, str] = found.get("own") or {}
    label: Mapping[str, str] = found.get("aigc") or {}
    if "prompt" in own:
        yield "prompt", " ".join(own["prompt"].split())
    if "seed" in own:
        yield "seed", own["seed"]
    yield "size", "x".join(str(side) for side in found["size_px"])
    if own:
        yield "steps", own.get("steps") or _say("own", speech)
    for name, value in (
        ("model", own.get("model")),
        ("request", own.get("request") or label.get("ProduceID")),
        ("time", own.get("time")),
        ("producer", label.get("ContentProducer")),
        ("watermark", found.get("watermark")),
        ("signature", _signature(found.get("c2pa"), speech)),
    ):
        if value:
            yield name, value


def _signature(signed: Mapping[str, Any] | None, speech: Language) -> str:
    if signed is None:
        return ""
    return _say("whole" if signed["intact"] else "changed", speech).format(issuer=signed["issuer"])


def _say(name: str, speech: Language) -> str:
    return _SENTENCES[name][speech == "zh"]
