"""Words: answer a question, sum up, rewrite, translate. Each says plainly what it cannot do.

Knowledge, threads and pasted texts reach the model as quoted data, and only sources that were
really given can be cited.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

from generators.builtin import (
    COST,
    author,
    condense,
    extract,
    label,
    missing,
    say,
    sources,
    template,
)
from generators.citing import cited, cleaned
from generators.draft import Draft, EngineUnavailable, Line, PromptRejected, Request, Text
from generators.fidelity import lost
from generators.model import Reply
from generators.preset import Preset, ended, written
from generators.sentences import Language, language, quoted
from generators.support.evidence import evidence
from generators.tools import Passage, Tools

PASTED_CHARS: Final = 280
"""From this length, a prompt in a thread is a text to sum up and not a wish about the thread."""

_TONES: Final[Mapping[str, tuple[str, ...]]] = {
    "clear": ("plain", "清楚", "清晰"),
    "formal": ("正式",),
    "friendly": ("warm", "友好", "亲切"),
    "brief": ("short", "concise", "简短", "简洁"),
    "apologetic": ("sorry", "道歉", "抱歉"),
    "persuasive": ("marketing", "有说服力"),
}
_LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "English": ("en", "英文", "英语"),
    "Chinese": ("zh", "zh-cn", "中文", "汉语", "简体中文", "simplified chinese"),
    "Traditional Chinese": ("zh-tw", "zh-hk", "繁体中文", "繁體中文"),
    "Spanish": ("es", "español", "西班牙语"),
    "French": ("fr", "français", "法语"),
    "German": ("de", "deutsch", "德语"),
    "Portuguese": ("pt", "português", "葡萄牙语"),
    "Italian": ("it", "italiano", "意大利语"),
    "Dutch": ("nl", "nederlands", "荷兰语"),
    "Polish": ("pl", "polski", "波兰语"),
    "Swedish": ("sv", "svenska", "瑞典语"),
    "Russian": ("ru", "русский", "俄语"),
    "Ukrainian": ("uk", "українська", "乌克兰语"),
    "Turkish": ("tr", "türkçe", "土耳其语"),
    "Arabic": ("ar", "العربية", "阿拉伯语"),
    "Hebrew": ("he", "עברית", "希伯来语"),
    "Hindi": ("hi", "हिन्दी", "印地语"),
    "Japanese": ("ja", "日本語", "日语", "日文"),
    "Korean": ("ko", "한국어", "韩语", "韩文"),
    "Vietnamese": ("vi", "tiếng việt", "越南语"),
    "Thai": ("th", "ไทย", "泰语"),
    "Indonesian": ("id", "bahasa indonesia", "印尼语"),
}


class Ask:
    """Answers a question from the knowledge base where that covers it, and says where it does not.

    Without a language model the answer is sentences of the knowledge base, word for word.
    """

    def __init__(
        self,
        tools: Tools,
        *,
        kb: str = "",
        top: int = 8,
        preset: str = "ask",
        context_chars: int = 8000,
    ) -> None:
        """Take the knowledge base to look in (empty: all), and how much of a thread to read."""
        self._tools = tools
        self._kb = kb
        self._top = top
        self._preset = Preset.load(preset)
        self._context_chars = context_chars

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield ever longer answers; the last ends with the sources that it cites."""
        self._preset.require(request)
        search = self._tools.knowledge.search
        found = await search(request.prompt, kb=self._kb, top=self._top, shared=request.shared)
        passages = evidence(request.prompt, found, self._tools.knowledge)
        if not await _has_chat(self._tools):
            body = Text(_looked_up(request.prompt, passages))
            yield Draft(request=request, content=body, cost=COST)
            return
        shown = partial(_answer, passages, language(request.prompt))
        values = {
            "sources": _sources(passages),
            "context": _thread(recent(request.context, self._context_chars)),
        }
        answers = written(self._tools.model, self._preset, request, shown, **values)
        async with aclosing(answers):
            async for draft in answers:
                yield draft


class Summarise:
    """Sums up a thread, or a text that is pasted, in bullets that name their messages."""

    def __init__(
        self,
        tools: Tools,
        *,
        preset: str = "summarise",
        preset_text: str = "summarise_text",
        context_chars: int = 12000,
        most: int = 5,
    ) -> None:
        """Take how much of a thread to read, newest first, and how many bullets to pick."""
        self._tools = tools
        self._preset = Preset.load(preset)
        self._preset_text = Preset.load(preset_text)
        self._context_chars = context_chars
        self._most = most

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield ever longer summaries; the last ends with the messages that it cites."""
        self._preset.require(request)
        pasted = is_pasted(request)
        if not await self._tools.model.has("chat"):
            yield Draft(request=request, content=Text(self._picked(request)), cost=COST)
            return
        lines = recent(request.context, self._context_chars)
        speak = _spoken_in(request)
        shown = partial(_own_text if pasted else partial(_summary, lines), speak)
        values = {"context": quoted(request.prompt) if pasted else _messages(lines)}
        if speak == "zh":
            values["language"] = "Chinese (中文)"
        preset = self._preset_text if pasted else self._preset
        summaries = written(self._tools.model, preset, request, shown, **values)
        async with aclosing(summaries):
            async for draft in summaries:
                yield draft

    def _picked(self, request: Request) -> str:
        lines = (Line("", request.prompt, ""),) if is_pasted(request) else request.context
        speak = _spoken_in(request)
        bullets = condense(lines, most=self._most)
        return f"{bullets}\n\n{say('picked', speak)}" if bullets else say("empty", speak)


class Rewrite:
    """Says a text better, in a tone; without a language model, in a few fixed templates."""

    def __init__(self, tools: Tools, *, preset: str = "rewrite", tone: str = "clear") -> None:
        """Take the tone for requests that name none."""
        self._tools = tools
        self._preset = Preset.load(preset)
        self._tone = tone

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield ever longer rewrites; the last names what it lost of links and numbers."""
        self._preset.require(request)
        tone = _named(_TONES, request.flags.get("tone", self._tone))
        if tone is None:
            raise PromptRejected(f"I know these tones: {', '.join(_TONES)}.")
        speak = language(request.prompt)
        if not await self._tools.model.has("chat"):
            body = template(request.prompt) or missing("chat", speak)
            yield Draft(request=request, content=Text(body), cost=COST)
            return
        values = {"text": quoted(request.prompt), "tone": tone}
        if speak == "en":
            values["language"] = "the language that it is in"
        shown = partial(_faithful, request.prompt, speak)
        rewrites = written(self._tools.model, self._preset, request, shown, **values)
        async with aclosing(rewrites):
            async for draft in rewrites:
                yield draft


class Translate:
    """Translates a text, and checks that its links, numbers and placeholders came through."""

    def __init__(self, tools: Tools, *, preset: str = "translate", to: str = "") -> None:
        """Take the language for requests that name none; empty: Chinese goes into English."""
        self._tools = tools
        self._preset = Preset.load(preset)
        self._to = to

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield ever longer translations; the last names what it lost of links and numbers."""
        self._preset.require(request)
        to = self._target(request)
        speak = language(request.prompt)
        if not await self._tools.model.has("chat"):
            yield Draft(request=request, content=Text(missing("chat", speak)), cost=COST)
            return
        values = {"text": quoted(request.prompt), "to": to}
        shown = partial(_faithful, request.prompt, "zh" if "Chinese" in to else "en")
        translations = written(self._tools.model, self._preset, request, shown, **values)
        async with aclosing(translations):
            async for draft in translations:
                yield draft

    def _target(self, request: Request) -> str:
        chinese = language(request.prompt) == "zh"
        asked = request.flags.get("to", self._to) or ("English" if chinese else "")
        to = _named(_LANGUAGES, asked)
        if to is None:
            raise PromptRejected(
                "Say which language to translate into, for example `--to English`; I know these: "
                f"{', '.join(_LANGUAGES)}."
            )
        return to


def is_pasted(request: Request) -> bool:
    """Tell whether the prompt is the text to sum up, and not a wish about the messages around."""
    prompt = request.prompt.strip()
    return bool(prompt) and (not request.context or len(prompt) >= PASTED_CHARS)


def recent(lines: Sequence[Line], chars: int) -> tuple[Line, ...]:
    """Return the newest messages that fit into so many characters, oldest first; at least one."""
    kept: list[Line] = []
    for line in reversed(lines):
        chars -= len(line.text)
        if chars < 0 and kept:
            break
        kept.append(line)
    return tuple(reversed(kept))


def _answer(passages: Sequence[Passage], speak: Language, reply: Reply) -> str:
    known = range(1, len(passages) + 1)
    body = cleaned(reply.text, known, whole=reply.done)
    answer = ended(reply, body, speak)
    if not reply.done or not body:
        return answer
    labels = {n: label(passages[n - 1]) for n in cited(body) if n in known}
    if labels:
        return f"{answer}\n\n{sources(labels, speak)}"
    return f"{answer}\n\n{say('uncited' if passages else 'own', speak)}"


def _summary(lines: Sequence[Line], speak: Language, reply: Reply) -> str:
    known = range(1, len(lines) + 1)
    body = cleaned(reply.text, known, whole=reply.done)
    labels = {n: author(lines[n - 1]) for n in cited(body) if n in known}
    listed = f"\n\n{sources(labels, speak)}" if reply.done and labels else ""
    return f"{ended(reply, body, speak)}{listed}"


def _own_text(speak: Language, reply: Reply) -> str:
    return ended(reply, reply.text.rstrip(), speak)


def _faithful(before: str, speak: Language, reply: Reply) -> str:
    body = ended(reply, reply.text.rstrip(), speak)
    missed = lost(before, reply.text) if reply.done and reply.text.strip() else ()
    return f"{body}\n\n{say('lost', speak)} {', '.join(missed)}" if missed else body


def _looked_up(question: str, passages: Sequence[Passage]) -> str:
    speak = language(question)
    if passages:
        return f"{extract(question, passages)}\n\n{say('looked up', speak)}"
    return f"{say('uncovered', speak)} {missing('chat', speak)}"


def _sources(passages: Sequence[Passage]) -> str:
    if not passages:
        return ""
    parts = (f"[{n}]\n{quoted(p.title)}\n{quoted(p.text)}" for n, p in enumerate(passages, 1))
    return "\n".join(["Sources:", *parts, ""]) + "\n"


def _thread(lines: Sequence[Line]) -> str:
    if not lines:
        return ""
    said = "\n".join(quoted(f"{line.author}: {line.text}") for line in lines)
    return f"The conversation so far:\n{said}\n\n"


def _messages(lines: Sequence[Line]) -> str:
    parts = (f"[{n}]\n{quoted(f'{line.author}: {line.text}')}" for n, line in enumerate(lines, 1))
    return "\n".join(parts)


def _spoken_in(request: Request) -> Language:
    """Return the language of a wish, or of the messages where there is none."""
    return language(request.prompt or " ".join(line.text for line in request.context))


def _named(known: Mapping[str, Sequence[str]], asked: str) -> str | None:
    folded = asked.strip().casefold()
    names = (name for name, also in known.items() if folded in {name.casefold(), *also})
    return next(names, None)


async def _has_chat(tools: Tools) -> bool:
    """Tell whether a language model answers; a knowledge base is worth asking without one."""
    try:
        return await tools.model.has("chat")
    except EngineUnavailable:
        return False
