"""A migrated, empty database for each test: SQLite always, PostgreSQL where there is one.

A test that takes `db`, or anything made of it, runs once on each.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest

from tests.bot.builders import migrated
from tests.bot.postgres import Cluster, NoServer, Spare, cluster

Fresh = Callable[[], str]
T = TypeVar("T", bound=Callable[..., object])
SERVED = (pytest.mark.sockets, pytest.mark.thorough)
DATABASES = ("sqlite", pytest.param("postgresql", marks=SERVED))


def served_only(test: T) -> T:
    """Mark a test that needs PostgreSQL."""
    return pytest.mark.sockets(pytest.mark.thorough(test))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "atelier.db"
    migrated(path).dispose()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """The server of this run."""
    try:
        with cluster() as running:
            yield running
    except NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def spare(postgresql: Cluster) -> Spare:
    return Spare(postgresql)


@pytest.fixture
def file(template: Path, tmp_path: Path) -> Path:
    """A migrated, empty SQLite file."""
    return Path(shutil.copy(template, tmp_path / "atelier.db"))


@pytest.fixture
def served(spare: Spare) -> str:
    """The URL of a migrated, empty PostgreSQL; a test that takes it is `served_only`."""
    return spare.given()


@pytest.fixture(params=DATABASES)
def db(request: pytest.FixtureRequest) -> str:
    """The URL of this test's database."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('file')}"
    url: str = request.getfixturevalue("served")
    return url


@pytest.fixture(params=DATABASES, scope="session")
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Gives the URL of an empty database each time it is called, for properties with examples."""
    if request.param != "sqlite":
        spare: Spare = request.getfixturevalue("spare")
        return spare.given
    template: Path = request.getfixturevalue("template")
    folder = tmp_path_factory.mktemp("fresh")
    return lambda: f"sqlite:///{shutil.copy(template, folder / f'{uuid4().hex}.db')}"
