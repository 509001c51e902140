import pytest

from bot.vetting import GateVetting
from generators.draft import Code
from moderation.checks import standard
from moderation.gate import Gate
from moderation.policy import Policy


@pytest.fixture(scope="module")
def vetting() -> GateVetting:
    policy = Policy()
    return GateVetting(Gate(standard(policy), policy))


@pytest.mark.parametrize(
    ("source", "may_run", "line"),
    [
        ("print('你好')\n", True, 0),
        ("import subprocess\nsubprocess.call(input(), shell=True)\n", False, 2),
        ("x = 1\ny = eval(input())\n", True, 2),
        ("def f(:\n", True, 1),
    ],
)
async def test_what_the_gate_would_hold_is_not_run(
    vetting: GateVetting, source: str, *, may_run: bool, line: int
) -> None:
    said = await vetting.vetted(Code(source, "python"))
    lines = [one.line for one in said.concerns if not one.what.startswith("code.low")]
    assert lines[:1] == ([line] if line else [])
    assert said.may_run is may_run, said


async def test_secrets_are_told_with_their_line(vetting: GateVetting) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    said = await vetting.vetted(Code(f"# 密钥\nTOKEN = '{token}'\n", "python"))
    assert [one.line for one in said.concerns if one.what.startswith("secret.")] == [2]


async def test_what_cannot_be_looked_at_is_not_run(vetting: GateVetting) -> None:
    said = await vetting.vetted(Code("x = " + "+".join(["b"] * 30_000), "python"))
    assert not said.may_run
