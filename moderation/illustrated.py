"""Words with a picture beside them: each is judged alone, and the words count for both.

A picture that is blocked is taken out, and the words stay; words that are blocked take the picture
with them. What is held holds both, for a reviewer decides about what leaves.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from generators.draft import Content, Draft, Illustrated, Image, Text, words
from moderation.grids import drawn_by
from moderation.judge import Assessment
from moderation.tables import Action

Judging = Callable[[Content], Awaitable[Assessment]]


async def assessed(content: Illustrated, judged: Judging) -> Assessment:
    """Judge the words, and then the picture."""
    said = await judged(Text(content.body))
    seen = await judged(content.picture) if content.picture else None
    picture = seen.content if seen and seen.action is not Action.BLOCK else None
    whole = Illustrated(words(said.content), picture if isinstance(picture, Image) else None)
    if seen is None:
        return replace(said, content=whole)
    found = (replace(one, start=0, end=0) for one in seen.findings)
    return replace(
        said,
        content=whole,
        action=max(said.action, seen.action) if whole.picture else said.action,
        findings=tuple(dict.fromkeys((*said.findings, *found))),
        scores=_higher(said, seen),
    )


def made_by(draft: Draft) -> tuple[str, str]:
    """Return the model of what is to be looked at, and the words that it was drawn by.

    What the person typed counts where nothing tells what the model got instead.
    """
    content, drawn = draft.content, drawn_by(draft.content)
    if isinstance(content, Illustrated):
        picture = content.picture
        return (picture.drawn.model, drawn_by(picture)) if picture else ("", "")
    return draft.cost.model, drawn.strip() or draft.request.prompt


def _higher(one: Assessment, other: Assessment) -> dict[str, float]:
    names = dict.fromkeys((*one.scores, *other.scores))
    return {name: max(one.scores.get(name, 0.0), other.scores.get(name, 0.0)) for name in names}
