from generators.code.interface import interface

SOURCE = '''
"""A module."""
import os
LIMIT = 3
secret = LIMIT

def area(side: float, *, unit: str = "cm") -> float:
    """Return the 面积 of a square.

    More words.
    """
    hidden = side * side
    return hidden

async def later(): return _helper()

def _helper(): return 1

class Shape(Base):
    """Something with sides."""
    sides: int = 4

    def __init__(self, sides):
        self._hidden = sides

    def name(self): return "hidden"

class Empty: pass
'''


def test_heads_are_told_and_bodies_are_not() -> None:
    assert interface(SOURCE).splitlines() == [
        "LIMIT = ...",
        "def area(side: float, *, unit: str='cm') -> float: ...  # Return the 面积 of a square.",
        "async def later(): ...",
        "class Shape(Base):  # Something with sides.",
        "    sides: int",
        "    def __init__(self, sides): ...",
        "    def name(self): ...",
        "class Empty():",
        "    ...",
    ]
    assert "hidden" not in interface(SOURCE)
