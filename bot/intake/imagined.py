"""The form about pictures: when it is wanted, and what it holds, as if it were typed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from bot.intake.escaped import fit
from bot.settings import Verb
from generators.draft import Destination, Request, UserId
from generators.styles import OPTION, Styles

OPEN: Final = "imagine_open"
"""What asks for the form: the command alone."""
FORM: Final = "imagining"
"""The form's callback id."""
PROMPT: Final = "imagine_prompt"
FIELDS: Final[Mapping[str, str]] = {
    "n": "imagine_count",
    "ar": "imagine_shape",
    "style": "imagine_style",
    "no": "imagine_avoid",
    "seed": "imagine_seed",
}
"""Flag by flag, the field that stands for it."""
NONE: Final = "-"
"""The value of an option that leaves it to the model."""
_USE: Final = "generators.image:Imagine"
_IDS: Final = UUID("6c9e9d0c-6a53-4c0b-9f7c-5b1f0d6c2a11")


@dataclass(frozen=True, slots=True)
class About:
    """What a form is about; Slack keeps it with the form."""

    verb: str
    channel: str

    @property
    def text(self) -> str:
        """As the form carries it."""
        return f"{self.verb} {self.channel}"

    @classmethod
    def read(cls, text: str) -> "About":
        """Return what a form carries. Raises ValueError.

        >>> About.read(About("imagine", "C1").text)
        About(verb='imagine', channel='C1')
        """
        verb, channel = text.split()
        return cls(verb, channel)


def has_form(verb: Verb) -> bool:
    """Tell whether what a verb asks for may be put in this form."""
    return verb.use == _USE


def styles_of(verb: Verb) -> Styles:
    """Return the styles of a verb, the operator's with them."""
    given = verb.options.items()
    return Styles.of({name: text for name, text in given if name.startswith(OPTION)})


def filled(view: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """Return the prompt and the flags that a form's fields hold."""
    blocks = view["state"]["values"].values()
    fields = {name: _value(field) for block in blocks for name, field in block.items()}
    flags = {flag: text for flag, name in FIELDS.items() if (text := fields.get(name, ""))}
    return fields.get(PROMPT, ""), flags


def imagined(body: Mapping[str, Any], verbs: Mapping[str, Verb]) -> Request | None:
    """Return what a form that was sent asks for; None for any other form. Raises ValueError."""
    view = body["view"]
    if view.get("callback_id") != FORM:
        return None
    about = About.read(str(view.get("private_metadata", "")))
    if about.verb not in verbs:
        return None
    team = str(body["user"].get("team_id") or (body.get("team") or {}).get("id") or "")
    prompt, flags = filled(view)
    return Request(
        id=uuid5(_IDS, f"{team}:{body['trigger_id']}"),
        verb=about.verb,
        prompt=prompt,
        user=UserId(body["user"]["id"]),
        team=team,
        flags=flags,
        reply_to=Destination(channel=about.channel),
    )


def _value(field: Mapping[str, Any]) -> str:
    """Return what was typed, or chosen; empty for what is left to the model.

    Slack escapes nothing of what is typed into a form.
    """
    chosen = str((field.get("selected_option") or {}).get("value") or "")
    typed = fit(str(field.get("value") or "")).strip()
    return typed or ("" if chosen == NONE else chosen)
