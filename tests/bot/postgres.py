"""A PostgreSQL of the tests' own: made in a temporary folder, gone afterwards.

One cluster serves a whole run. Between tests its one database is emptied, or, where a test changed
the schema, made again from a migrated template.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bot.ledger.database import connect
from bot.ledger.schema import upgrade

OWNER = "atelier"
PROGRAMS = "POSTGRESQL_BIN"
"""The environment variable that names the folder of initdb, where it is in no usual place."""
USERS = ("postgres", "nobody")
"""Whom a server runs as that root starts: it refuses to run as root."""
SPARE, TEMPLATE = "spare", "template_atelier"
SCHEMA = """SELECT c.relname, c.relkind, c.relfilenode, c.relnatts, c.relchecks, count(t.oid)
    FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace GROUP BY c.oid ORDER BY c.relname"""
UNCHECKED = "SET session_replication_role = replica"
"""Without the triggers that keep foreign keys."""
PATIENCE = "-c statement_timeout=60s"
END_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
EMPTY = """DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT oid::regclass AS name FROM pg_class WHERE relkind = 'r'
        AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP EXECUTE 'DELETE FROM ' || one.name; END LOOP; END $$"""
COUNT_ANEW = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"


class NoServer(Exception):  # noqa: N818 - reads as the state it names
    """There is no PostgreSQL server here that could be started; the message says why."""


@dataclass(frozen=True)
class Cluster:
    """A server that runs."""

    folder: Path
    port: int
    bin: Path

    def url(self, database: str) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements, each by itself; return what the last one found."""
        found: list[tuple[Any, ...]] = []
        with closing(psycopg.connect(self.url(database), autocommit=True)) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                found = cursor.fetchall() if cursor.description else []
        return found

    def start(self) -> None:
        settings = {"listen_addresses": "127.0.0.1", "shared_buffers": "32MB"}
        settings |= {"max_connections": "600", "max_wal_size": "256MB"}
        told = " ".join(f"-c {name}={value}" for name, value in settings.items())
        options = f"-p {self.port} -k {self.folder} {told}"
        log = str(self.folder / "log")
        self.command("pg_ctl", "-D", "data", "-w", "-s", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: `fast` ends all connections in order, `immediate` as a crash would."""
        self.command("pg_ctl", "-D", "data", "-w", "-s", "-m", mode, "stop")

    def command(self, name: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - the server's own programs
            [str(self.bin / name), *arguments],
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=180,
            **_as_user(),
        )

    def new(self, database: str, template: str = "template0") -> str:
        """Make an empty database, or a copy of another one; return its URL."""
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self.run(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)


@dataclass
class Spare:
    """The database that one test after the other is given, empty and migrated."""

    cluster: Cluster
    schema: Sequence[tuple[Any, ...]] = ()

    def given(self) -> str:
        """Return the URL of the database, once it is empty again and nobody is left in it."""
        if not self.schema:
            engine = connect(self.cluster.new(TEMPLATE))
            upgrade(engine)
            engine.dispose()
        if not self.schema or self._schema() != self.schema:
            self.cluster.new(SPARE, TEMPLATE)
            self.schema = self._schema()
        self.cluster.run("BEGIN", UNCHECKED, EMPTY, COUNT_ANEW, "COMMIT", database=SPARE)
        return self.cluster.url(SPARE)

    def _schema(self) -> list[tuple[Any, ...]]:
        return self.cluster.run(END_OTHERS, SCHEMA, database=SPARE)


def execute(url: str, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """Run a statement, without the database's triggers and foreign keys; return what it found."""
    given = statement.replace("%", "%%").replace("?", "%s").encode()
    with closing(psycopg.connect(url, autocommit=True, options=PATIENCE)) as connection:
        connection.execute(UNCHECKED.encode())
        cursor = connection.execute(given, values or None)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make a cluster, start it, and leave nothing behind. Raises NoServer."""
    found = programs()
    folder = Path(tempfile.mkdtemp(prefix="atelier-pg-", dir="/tmp"))
    if _root():
        shutil.chown(folder, _user())
    made = Cluster(folder, _free_port(), found)
    with _swept(made):
        made.command("initdb", "-D", "data", "-A", "trust", "-U", OWNER, "-E", "UTF8")
        made.start()
        yield made


@contextmanager
def _swept(made: Cluster) -> Iterator[None]:
    """Stop the server and remove its folder at the end of the block, or of this process.

    It is a shell that does so, once nobody holds the other end of its input any more.
    """
    script = 'read _; "$0" -D data -s -m immediate stop; rm -rf "$1"'
    command = ["sh", "-c", script, str(made.bin / "pg_ctl"), str(made.folder)]
    with subprocess.Popen(  # noqa: S603 - our own script
        command,
        cwd=made.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # not the signals that end the tests
        **_as_user(),
    ):
        yield


def programs() -> Path:
    """Return the folder of the server's programs: the one that is named, or the newest."""
    named = os.environ.get(PROGRAMS)
    if named:
        if not (Path(named) / "initdb").exists():
            raise NoServer(f"{PROGRAMS} names {named}, where there is no initdb")
        return Path(named)
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(installed, key=lambda program: float(program.parts[-3]))
    found = newest[-1] if newest else shutil.which("initdb")
    if found is None:
        raise NoServer("no PostgreSQL server (initdb) is installed")
    return Path(found).resolve().parent


def _as_user() -> dict[str, Any]:
    if not _root():
        return {}
    user = _user()
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": ()}


def _user() -> str:
    """Return whom the server runs as."""
    known = {user.pw_name for user in pwd.getpwall()}
    for name in USERS:
        if name in known:
            return name
    raise NoServer("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _root() -> bool:
    return os.geteuid() == 0
