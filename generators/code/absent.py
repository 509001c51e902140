"""Stands in for a program: it has every name, and nothing that it is asked for is right.

Tests that pass with it say nothing about the program.
"""


class _Nothing:
    """May be called and asked for anything; equals itself only."""

    def __call__(self, *given: object, **named: object) -> "_Nothing":
        del given, named
        return self

    def __getattr__(self, name: str) -> "_Nothing":
        return _of(self, name)

    def __repr__(self) -> str:
        return "nothing"


def _of(nothing: _Nothing, name: str) -> _Nothing:
    if name.startswith(("__", "pytest")):  # Python and pytest ask for these, not a test
        raise AttributeError(name)
    return nothing


_NOTHING = _Nothing()


def __getattr__(name: str) -> _Nothing:
    return _of(_NOTHING, name)
