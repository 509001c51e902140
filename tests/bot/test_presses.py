"""What people press goes to one taker each."""

from collections import Counter

from bot.alarms import PRESSES as ALARMED
from bot.deleting import PRESSES as PICTURED
from bot.intake.imagined import OPEN as IMAGINED
from bot.learning import PRESSES as LEARNT
from bot.objections import PRESSES as REPORTED
from bot.operating import OPERATED
from bot.planning import PRESSES as PLANNED


def test_no_press_has_two_takers() -> None:
    taken = (OPERATED, LEARNT, ALARMED, PICTURED, REPORTED, PLANNED, {IMAGINED})
    counted = Counter(press for presses in taken for press in presses)
    assert {press for press, takers in counted.items() if takers > 1} == set()
