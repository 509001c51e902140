import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[1]
MISUSE = ROOT / "tests" / "misuse.py"
PYREFLY = shutil.which("pyrefly", path=Path(sys.executable).parent)


def test_the_type_checker_refuses_exactly_what_it_should() -> None:
    if PYREFLY is None:
        pytest.skip("pyrefly is not installed beside this interpreter")
    checked = subprocess.run(  # noqa: S603 - our own type checker, our own file
        [PYREFLY, "check", "--output-format", "json", str(MISUSE)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    refused = {error["line"] for error in json.loads(checked.stdout)["errors"]}
    lines = MISUSE.read_text(encoding="utf-8").splitlines()
    marked = {number for number, line in enumerate(lines, 1) if line.endswith("# expect-error")}
    assert len(marked) > 20
    assert refused == marked
