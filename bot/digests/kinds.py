"""What of a phrase says what is wanted, of which channels and for whom; the rest says when. Pure.

Each thing may be said once. What is not taken out here is left to the grammar of times, which
refuses every word that it does not know: so nothing that is said is dropped.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from bot.digests.words import Unknown
from generators.sentences import one_line

Name = Literal["digest", "usage", "reviews", "feed", "watch"]

MOST_CHANNELS: Final = 10
"""That one digest may be of."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that comes again and again."""

    verb: str
    """Which is asked for at each run."""
    reads: bool = False
    """Whether it tells of messages, and may be left out where there are few."""


KINDS: Final[dict[Name, Kind]] = {
    "digest": Kind("digest", reads=True),
    "usage": Kind("report"),
    "reviews": Kind("backlog"),
    "feed": Kind("feed"),
    "watch": Kind("watch"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a phrase asks for besides its times."""

    when: str
    """What is left of the phrase."""
    kind: Name = "digest"
    channels: tuple[str, ...] = ()
    """Ids, or names without a hash, as they were said; each once."""
    direct: bool = False
    """Whether it goes to the direct messages of who asks."""
    everybody: bool = False
    """Whether it is of the whole workspace."""
    holidays: bool = False
    """Whether public holidays are left out."""
    named: bool = False
    """Whether it was called a digest."""

    @property
    def says(self) -> bool:
        """Whether anything of what, of where or for whom was said."""
        return self.named or self.kind != "digest" or bool(self.channels) or self.direct


_END: Final = r"(?=$|\s|[,，、;；:：&/。.]|(?:和|及|与)\s*[#\uff03<])"
_CHANNEL: Final = rf"(?:<#([A-Z0-9]+)(?:\|[^<>]*)?>|[#\uff03]([\w-]+?){_END})"
_BETWEEN: Final = r"\s*(?:[,，、&/]|and(?![a-z])|和|及|与)?\s*(?:and(?![a-z]))?\s*"
_OF: Final = r"(?:(?:of|from|about|sum(?:ming)? up|summari[sz]e)(?![a-z])|汇总|总结|关于)?\s*"
_CHANNELS: Final = re.compile(rf"{_OF}{_CHANNEL}(?:{_BETWEEN}{_CHANNEL})*(?:\s*的)?", re.IGNORECASE)
_ONE_CHANNEL: Final = re.compile(_CHANNEL)
_NOUN: Final = re.compile(
    r"(?<![a-z0-9])(?:a |the )?(?:digests?|recaps?|summary)(?![a-z0-9])|摘要", re.IGNORECASE
)


def _said(english: str, chinese: str) -> re.Pattern[str]:
    """Return what finds either; English words end where letters do, and Chinese ones anywhere."""
    return re.compile(rf"(?<![a-z0-9])(?:{english})(?![a-z0-9])|(?:{chinese})", re.IGNORECASE)


_DIRECT: Final = re.compile(
    r"(?<![a-z0-9])(?:(?:just |only )?(?:for|to) me(?: in (?:a )?dm)?|(?:by|in a|via) dm|"
    r"(?:by|in a) direct message|privately|personal|my(?: own)?(?: channels)?)(?![a-z0-9])"
    r"|(?:给我)?发?私信(?:给我|我)?|发?给我发?|我的(?:频道)?|个人",
    re.IGNORECASE,
)
_USAGE: Final = _said(r"usage(?: reports?)?|report of usage", "用量(?:报告|日报|周报|月报)?")
_EVERYBODY: Final = _said(
    r"(?:of |for )?(?:everybody|everyone|the (?:whole )?workspace)", "(?:所有人|全员|整个工作区)的?"
)
_REVIEWS: Final = _said(
    r"(?:the )?(?:review(?:s|ers')? (?:backlog|queue)|reviews|backlog|held answers)",
    "待审核?(?:积压|队列|内容|列表)?|审核(?:积压|队列)",
)
_KINDS: Final[tuple[tuple[Name, re.Pattern[str]], ...]] = (
    ("usage", _USAGE),
    ("reviews", _REVIEWS),
)
_HOLIDAYS: Final = re.compile(
    r"[,;，；]?\s*(?:(?:and|but)\s+)?(?:except|excluding|skip(?:ping)?|not)(?:\s+(?:on|for))?"
    r"(?:\s+(?:public|bank|national))?\s+holidays?(?![a-z])"
    r"|[,，；]?\s*(?:除了?)?(?:法定|公共)?(?:节假日|假日|假期|节日)(?:除外|[之以]?外|不发|跳过|休息)"
    r"|[,，；]?\s*跳过(?:法定|公共)?(?:节假日|假日|假期|节日)",
    re.IGNORECASE,
)


def wanted(phrase: str) -> Wanted:
    """Return what a phrase asks for. Raises Unknown where something is said twice, or clashes.

    >>> wanted("usage every Monday at 9:00").kind, wanted("每天9点").when
    ('usage', '每天9点')
    >>> wanted("#dev and #ops for me every day at 9").channels
    ('dev', 'ops')
    """
    rest, channels = _taken(phrase, _CHANNELS, "channels in two places")
    rest, holidays = _taken(rest, _HOLIDAYS, "two words on holidays")
    kinds = list[Name]()
    for name, form in _KINDS:
        rest, found = _taken(rest, form, f"two times {name}")
        kinds += [name] if found else []
    rest, everybody = _taken(rest, _EVERYBODY, "two words on whom it is of")
    rest, direct = _taken(rest, _DIRECT, "two words on whom it is for")
    rest, noun = _taken(rest, _NOUN, "two digests")
    made = Wanted(
        when=_bare(rest) if rest != phrase else phrase.strip(),
        kind=_one(kinds),
        named=bool(noun),
        channels=_named(channels),
        direct=bool(direct),
        everybody=bool(everybody),
        holidays=bool(holidays),
    )
    _checked(made)
    return made


def less_holidays(phrase: str) -> tuple[str, bool]:
    """Return a phrase without words that leave out public holidays, and whether it has any.

    Raises Unknown where it has two.
    """
    rest, said = _taken(phrase, _HOLIDAYS, "two words on holidays")
    return (_bare(rest) if said else phrase), bool(said)


def _taken(text: str, form: re.Pattern[str], twice: str) -> tuple[str, str]:
    """Return a text without what a form finds in it, and that. Raises Unknown where it is two."""
    found = list(form.finditer(text))
    if len(found) > 1:
        raise Unknown(twice)
    if not found:
        return text, ""
    (one,) = found
    return f"{text[: one.start()]} {text[one.end() :]}", one[0]


def _one(kinds: list[Name]) -> Name:
    if len(kinds) > 1:
        raise Unknown("two kinds of reports")
    return kinds[0] if kinds else "digest"


def _named(said: str) -> tuple[str, ...]:
    found = (one[1] or one[2].lower() for one in _ONE_CHANNEL.finditer(said))
    return tuple(dict.fromkeys(found))


def _bare(rest: str) -> str:
    """Return what says when, without what joined it to the rest."""
    return one_line(rest).strip(" ,，;；:：、")


def _checked(made: Wanted) -> None:
    """Refuse what does not go together."""
    clashes = {
        "channels, and a report that is of none": made.channels and made.kind != "digest",
        "more channels than ten": len(made.channels) > MOST_CHANNELS,
        "everybody, and what is not of people": made.everybody and made.kind != "usage",
    }
    for what, wrong in clashes.items():
        if wrong:
            raise Unknown(what)
