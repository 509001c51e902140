import struct
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from generators.training import events, log
from generators.training.events import crc32c


def records(data: bytes) -> list[bytes]:
    """Take a file apart as TensorFlow's reader does, checking both sums."""
    found: list[bytes] = []
    at = 0
    while at < len(data):
        length = struct.unpack_from("<Q", data, at)[0]
        body = data[at + 12 : at + 12 + length]
        assert unmasked(data, at + 8) == crc32c(data[at : at + 8])
        assert unmasked(data, at + 12 + length) == crc32c(body)
        found.append(body)
        at += 16 + length
    return found


def unmasked(data: bytes, at: int) -> int:
    rotated = (struct.unpack_from("<I", data, at)[0] - 0xA282EAD8) & 0xFFFFFFFF
    return (rotated >> 17 | rotated << 15) & 0xFFFFFFFF


def test_the_sum_is_castagnolis() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


def test_a_figure_is_the_message_that_tensorboard_reads() -> None:
    body = records(events.figures(3, {"loss": 0.5}))[0]
    assert body[0] == 1 << 3 | 1
    assert body[9:] == bytes([2 << 3, 3, 5 << 3 | 2, 13, 1 << 3 | 2, 11]) + (
        bytes([1 << 3 | 2, 4]) + b"loss" + bytes([2 << 3 | 5]) + struct.pack("<f", 0.5)
    )


@given(st.integers(0, 2**40), st.dictionaries(st.text(min_size=1), st.floats(width=32)))
def test_any_figures_are_whole_records(step: int, values: dict[str, float]) -> None:
    assert len(records(events.started(step) + events.figures(step, values))) == 3


def test_a_log_that_goes_on_leaves_out_what_is_done_again(tmp_path: Path) -> None:
    first = log.Log(tmp_path, 0)
    for step in range(7):
        first.add(step, {"loss": float(step)})
    first.flush()
    with tmp_path.joinpath(log.FILE).open("a") as file:
        file.write('{"step": 7, "lo')  # the power failed here
    again = log.Log(tmp_path, 5)
    again.add(5, {"loss": 50.0})
    again.flush()
    assert [line["step"] for line in log.read(tmp_path)] == [0, 1, 2, 3, 4, 5]
    assert log.read(tmp_path)[-1]["loss"] == 50.0
    assert len(list(tmp_path.glob("events.out.tfevents.*"))) == 2
