import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from bot.ledger.alone import alone
from bot.ledger.database import DatabaseRefused


def hold(url: str, told: "multiprocessing.connection.Connection") -> None:
    with alone(url):
        told.send("held")
        signal.pause()


def test_one_bot_has_a_file(file: Path) -> None:
    url = f"sqlite:///{file}"
    with (
        alone(url),
        pytest.raises(DatabaseRefused, match=f"process {os.getpid()} on .* is at work on {file}"),
        alone(url),
    ):
        pass
    with alone(url):
        pass


def test_several_bots_have_one_postgresql() -> None:
    with alone("postgresql://h/d"), alone("postgresql://h/d"):
        pass


@pytest.mark.thorough
def test_the_lock_ends_with_its_process_however_that_ends(file: Path) -> None:
    url, context = f"sqlite:///{file}", multiprocessing.get_context("spawn")
    heard, told = context.Pipe(duplex=False)
    holder = context.Process(target=hold, args=(url, told))
    holder.start()
    assert heard.recv() == "held"
    with pytest.raises(DatabaseRefused, match=f"process {holder.pid} on"), alone(url):
        pass
    holder.kill()
    holder.join()
    with alone(url):
        pass
    for end in (heard, told):
        end.close()
