"""What people may write to get a picture, in English and Chinese."""

from typing import Final

from generators.training.colours import COLOURS, Colour
from generators.training.things import Thing

Captions = tuple[str, ...]
NUMBERS: Final = {2: ("two", "两个"), 3: ("three", "三个")}
_KEYWORDS: Final = 2
_JOINING: Final = ("a an and on background small", "的 一个 小小的 背景 背景上的 和")


def a(noun: str) -> str:
    """Put the article before a noun.

    >>> a("apple"), a("red apple")
    ('an apple', 'a red apple')
    """
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def names(thing: Thing) -> Captions:
    """Return how the thing is asked for: these are what the model is measured with."""
    english = (thing.english, a(thing.english)) if thing.plural else (thing.english,)
    chinese = (thing.chinese, f"一个{thing.chinese}") if thing.plural else (thing.chinese,)
    return english + chinese


def plain(thing: Thing) -> Captions:
    """Return all ways to say the thing alone, some with words that stand near it."""
    near = ", ".join((thing.english, *thing.keywords[:_KEYWORDS]))
    near_chinese = "，".join((thing.chinese, *thing.keywords_chinese[:_KEYWORDS]))
    return tuple(dict.fromkeys((*names(thing), near, near_chinese)))


def with_colour(thing: Thing, colour: Colour) -> Captions:
    """Say that the thing has a colour."""
    short = f"{colour.english} {thing.english}"
    article = (a(short),) if thing.plural else ()
    one = (f"一个{colour.chinese}的{thing.chinese}",) if thing.plural else ()
    bare = colour.chinese.removesuffix("色")
    return (
        short,
        *article,
        f"{colour.chinese}的{thing.chinese}",
        f"{bare}{thing.chinese}" if bare != "粉" else f"粉红色的{thing.chinese}",
        *one,
    )


def small(thing: Thing) -> Captions:
    """Say that there is much white around the thing."""
    article = (f"a small {thing.english}",) if thing.plural else ()
    return (f"small {thing.english}", *article, f"小小的{thing.chinese}")


def counted(thing: Thing, count: int) -> Captions:
    """Say that there are two or three of it."""
    english, chinese = NUMBERS[count]
    return (f"{english} {thing.plural}", f"{count} {thing.plural}", f"{chinese}{thing.chinese}")


def on_background(thing: Thing, colour: Colour) -> Captions:
    """Say what is behind the thing."""
    what = a(thing.english) if thing.plural else thing.english
    return (
        f"{thing.english} on a {colour.english} background",
        f"{what} on {colour.english}",
        f"{colour.chinese}背景上的{thing.chinese}",
        f"{thing.chinese}，{colour.chinese}背景",
    )


def words(thing: Thing) -> Captions:
    """Return the words that captions of a thing are put together from; those near it are spelt."""
    colours = [form for one in COLOURS for form in (one.chinese, one.chinese.removesuffix("色"))]
    english = thing.english.split()
    joining = [word for text in _JOINING for word in text.split()]
    counts = [word for told in NUMBERS.values() for word in told]
    english += [*thing.plural.split(), *(one.english for one in COLOURS)]
    return (thing.chinese, *colours, *joining, *counts, *english)


def pair(left: Thing, right: Thing) -> Captions:
    """Name two things side by side."""
    both = [a(thing.english) if thing.plural else thing.english for thing in (left, right)]
    return (
        f"{left.english} and {right.english}",
        " and ".join(both),
        f"{left.chinese}和{right.chinese}",
    )
