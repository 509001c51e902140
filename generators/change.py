"""How a picture is to be changed: what the seam to models is given. Knows no server."""

from dataclasses import dataclass

SEEDED = "seed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A PNG file to begin from, and what becomes of it.

    Fields with no value are left to the model.
    """

    picture: bytes
    seed: int
    prompt: str = ""
    mask: bytes = b""
    """A PNG file of the same size; where it is wholly transparent, the picture is made anew."""
    strength: float | None = None
    """How little of the picture is left, up to 1."""
    size: str = ""
    """WIDTHxHEIGHT in pixels."""
    steps: int | None = None
    upscale: int = 1
    """So many times as long are the sides of the result; our own engine alone has this."""

    @property
    def files(self) -> dict[str, tuple[str, bytes, str]]:
        """The files of the form, as the OpenAI API names them."""
        given = {"image": self.picture, "mask": self.mask}
        return {name: (f"{name}.png", png, "image/png") for name, png in given.items() if png}

    def fields(self, user: str) -> dict[str, object]:
        """Return the other fields of the form, those that not every server takes among them."""
        given: dict[str, object] = {
            "strength": self.strength,
            "size": self.size or None,
            "steps": self.steps,
            "upscale": self.upscale if self.upscale > 1 else None,
            "user": user or None,
        }
        said = {name: value for name, value in given.items() if value is not None}
        return {"response_format": "b64_json", SEEDED: self.seed, **said}
