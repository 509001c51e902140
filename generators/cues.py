"""What a message of a channel is about, told by its wording: a decision, a deadline, an incident.

English and Chinese. It reads words, not meaning: irony, and what is only implied, pass it by.
"""

import re
from typing import Final, Literal

from generators.support.words import folded

Topic = Literal["decision", "deadline", "incident", "question", "other"]
TOPICS: Final[tuple[Topic, ...]] = ("decision", "deadline", "incident", "question", "other")

_NOISE = re.compile(
    r"has (?:joined|left) the (?:channel|group)|(?:set|changed|cleared) the channel|"
    r"(?:was added to|was removed from|archived|renamed) (?:the |this )?channel|"
    r"pinned a message|added an integration|"
    r"(?:加入|离开|退出)了?(?:频道|群聊|本群)|修改了?(?:频道|群)",
    re.IGNORECASE,
)
_BOT = re.compile(
    r"(?i:(?:^|[-_ ]|deploy|build|git[a-z]*|jira|alert|status|release|merge)bot)(?![A-Za-z])"
    r"|[a-z]Bot(?![A-Za-z])|(?i:\((?:app|bot)\))|机器人"
)
_SMALL_TALK = re.compile(
    r"(?:good )?(?:morning|afternoon|evening|night)|(?:hi|hello|hey|thanks|thank you|thx|lol|haha"
    r"|nice|great|cool|ok|congrat[a-z]*|happy [a-z]+day|see you|welcome)(?![a-z])"
    r"|大家[早好]|早上?好?[!,。~]?$|[哈嘿]{2,}|谢谢|多谢|辛苦|好的|收到|恭喜|欢迎|晚安|再见"
)
SMALL_TALK_CHARS = 40
_COMMAND = re.compile(r"\s*[/!]\w")
_DECISION = re.compile(
    r"(?<![a-z])(?:decided?|decision|agreed|we(?:'ll| will) go with|go(?:ing)? with|approved"
    r"|settled on|final call|signed off|let's (?:use|go|ship|drop|keep))(?![a-z])"
    r"|决定|定下来|敲定|一致同意|批准|拍板|通过了|确定(?:用|采用|使用)",
)
_UNDECIDED = re.compile(
    r"(?:not|n't|haven't|have not|yet to)\s+(?:yet\s+)?(?:been\s+)?(?:decided?|agreed)"
    r"|没有?决定|尚未决定"
)
_DAY = r"(?:mon|tues?|wed|wednes|thu|thurs?|fri|sat|satur|sun)(?:day)?(?![a-z])"
_MONTH = (
    r"(?:jan|january|feb|february|mar|march|apr|april|may|june?|july?|aug|august|sept?|september"
    r"|oct|october|nov|november|dec|december)(?![a-z])"
)
_TIME = r"\d{1,2}(?::\d{2}(?!\d)| ?[ap]m(?![a-z])|(?:st|nd|rd|th)(?![a-z])| o'clock)|\d{4}-\d{2}"
_DEADLINE = re.compile(
    r"(?<![a-z])(?:deadline|due(?! to)|no later than|at the latest|code freeze|cut-?off"
    r"|by (?:the )?(?:end of|eod|eow|noon|midnight|tomorrow|tonight|next)"
    rf"|(?:by|until|before) (?:the )?(?:{_DAY}|{_MONTH}|{_TIME}|noon))"
    r"|截止|之前(?:完成|提交|交|发)|前(?:完成|提交|交付|上线)|最晚|最迟|期限",
)
_INCIDENT = re.compile(
    r"(?<![a-z])(?:outage|incident|is down|are down|went down|was down|broken|crash(?:ed|es|ing)?"
    r"|data loss|fail(?:ed|ing|s|ure)|errors?|rollback|roll(?:ed|ing) back|postmortem|hotfix"
    r"|sev ?-?[0-4]|unavailable|breach|leak(?:ed)?|5\d\d errors?)(?![a-z])"
    r"|故障|宕机|崩溃|报错|挂了|不可用|事故|回滚|泄露|告警|中断",
)
_OWNER = re.compile(
    r"(?<![a-z])(?:i'll|i will|can you|could you|please|owner|assigned|todo"
    r"|will (?:take|own|handle|do|send|write|fix|prepare)|action item|responsible)(?![a-z])|@\w"
    r"|负责|跟进|麻烦|待办|请.{0,6}(?:处理|看一下|提交|准备)",
)
_QUESTION = re.compile(
    r"\?\s*$|\?(?=\s)|[吗呢][。!]?$"
    r"|^(?:does|do|is|are|can|could|who|what|when|where|why|how|should)\s.{8,}[^.!]$"
)
_ANSWER = re.compile(
    r"^(?:yes|yep|yeah|no|nope|done|fixed|sure|ok|it is|it's|because|that's|here|i did|i have"
    r"|not yet|是的?|对|好的?|不是|没有|可以|不行|已经|搞定|收到|因为)(?![a-z])",
)
_FIGURE = re.compile(r"\d")


def is_noise(author: str, text: str) -> bool:
    """Say whether a message is a join, a bot's, or a command to one.

    >>> is_noise("ana", "<@U1> has joined the channel"), is_noise("ana", "I joined the bakery")
    (True, False)
    """
    return bool(_NOISE.search(text) or _BOT.search(author) or _COMMAND.match(text))


def is_small_talk(text: str) -> bool:
    """Say whether a short message is a greeting, thanks or applause and no more.

    >>> is_small_talk("Good morning!"), is_small_talk("大家早"), is_small_talk("Nice is down")
    (True, True, False)
    """
    return (
        len(text) <= SMALL_TALK_CHARS
        and _SMALL_TALK.match(folded(text).strip()) is not None
        and topic(text) == "other"
    )


def topic(text: str) -> Topic:
    """Return what a message is about; the first that fits of the order of `TOPICS`.

    >>> topic("We decided to ship on Friday"), topic("登录服务挂了"), topic("Who has the key?")
    ('decision', 'incident', 'question')
    """
    low = folded(text)
    asks = bool(_QUESTION.search(low.strip()))
    if _DECISION.search(low) and not asks and not _UNDECIDED.search(low):
        return "decision"
    if _DEADLINE.search(low) and not asks:
        return "deadline"
    if _INCIDENT.search(low) and not asks:
        return "incident"
    return "question" if asks else "other"


def is_answer(text: str) -> bool:
    """Say whether a message begins like an answer."""
    return bool(_ANSWER.match(folded(text).lstrip()))


def weight(text: str) -> float:
    """Return how much a message's wording says that others should know it."""
    low = folded(text)
    cues = (
        (_DECISION, 2.0),
        (_DEADLINE, 2.0),
        (_INCIDENT, 2.0),
        (_OWNER, 1.0),
        (_QUESTION, 0.7),
        (_FIGURE, 0.4),
    )
    return sum(value for cue, value in cues if cue.search(low))
