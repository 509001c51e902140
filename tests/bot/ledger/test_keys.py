import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import Session
from typing_extensions import override

from bot.ledger import keys as module
from bot.ledger import masters
from bot.ledger.audit import mismatches
from bot.ledger.keys import CACHED
from bot.ledger.ledger import Ledger
from bot.ledger.masters import (
    Forgotten,
    KeysUnusable,
    Master,
    MasterFile,
    Masters,
    _line,
    new_master,
    parsed,
)
from bot.ledger.opening import keys_of
from bot.ledger.sealed import DataKey, Unreadable, key_id_of
from bot.ledger.tables import SYSTEM_KEY
from bot.ledger.writer import LedgerUnavailable, Writer
from tests.bot.builders import ANA, BO, KEY, LEASE_S, MASTERS, execute, keys, request, rows
from tests.bot.unsealing import prompts

IDS = st.binary(min_size=8, max_size=8).map(bytes.hex)
OTHER = Masters((Master({"": bytes([7]) * 32}),))
BASE64 = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="


@pytest.fixture
def vault(tmp_path: Path) -> MasterFile:
    return MasterFile(tmp_path / "secret" / "master.key")


@given(st.text(st.characters(exclude_categories=())), st.text())
def test_words_come_back_as_they_were(words: str, place: str) -> None:
    assert KEY.read(place, KEY.seal(place, words)) == words


@given(st.binary(), st.text())
def test_bytes_come_back_as_they_were(data: bytes, place: str) -> None:
    assert KEY.open(place, KEY.seal(place, data)) == data


@given(st.binary(max_size=40), st.integers(0), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_noticed(data: bytes, at: int, by: int) -> None:
    sealed = bytearray(KEY.seal("here", data))
    sealed[at % len(sealed)] ^= by
    with pytest.raises(Unreadable):
        KEY.open("here", bytes(sealed))


@given(st.binary(max_size=40), st.integers(0))
def test_what_was_cut_off_does_not_open(data: bytes, at: int) -> None:
    sealed = KEY.seal("here", data)
    with pytest.raises(Unreadable):
        KEY.open("here", sealed[: at % len(sealed)])


def test_what_was_moved_does_not_open() -> None:
    with pytest.raises(Unreadable):
        KEY.open("request.prompt:2", KEY.seal("request.prompt:1", "words"))


def test_anothers_key_opens_nothing() -> None:
    sealed = KEY.seal("here", "words")
    for other in (DataKey("2" * 16, bytes(32)), DataKey(KEY.id, b"\1" * 32)):
        with pytest.raises(Unreadable):
            other.open("here", sealed)


def test_a_sealed_value_names_its_key_and_is_never_the_same_twice() -> None:
    assert key_id_of(KEY.seal("here", "")) == KEY.id
    assert key_id_of(b"plain") == ""
    assert len({KEY.seal("here", "words") for _ in range(20)}) == 20


@given(st.text(), st.text())
def test_a_mark_tells_equal_from_unequal_and_nothing_else(one: str, other: str) -> None:
    assert (KEY.mark(one) == KEY.mark(other)) == (one == other)
    assert KEY.mark(one) != DataKey(KEY.id, b"\1" * 32).mark(one)
    assert len(KEY.mark(one)) == 64


@given(IDS, st.binary(min_size=32, max_size=32))
def test_a_key_is_unwrapped_by_the_master_that_wrapped_it(key_id: str, secret: bytes) -> None:
    wrapped = MASTERS.wrap(key_id, secret)
    assert MASTERS.unwrap(key_id, wrapped) == secret
    with pytest.raises(Forgotten):
        OTHER.unwrap(key_id, wrapped)


@given(IDS, IDS)
def test_a_wrapped_key_is_bound_to_its_id(one: str, other: str) -> None:
    wrapped = MASTERS.wrap(one, bytes(32))
    if one != other:
        with pytest.raises(Forgotten):
            MASTERS.unwrap(other, wrapped)


@given(st.lists(IDS, max_size=5, unique=True), st.lists(IDS, max_size=5, unique=True))
def test_a_master_forgets_what_it_shall_and_nothing_else(gone: list[str], kept: list[str]) -> None:
    wrapped = {key_id: MASTERS.wrap(key_id, key_id.encode() * 2) for key_id in {*gone, *kept}}
    left = MASTERS.without(gone)
    assert left.without(gone) == left
    for key_id, secret in wrapped.items():
        assert left.know(key_id) == (key_id not in gone)
        if key_id in gone:
            with pytest.raises(Forgotten):
                left.unwrap(key_id, secret)
        else:
            assert left.unwrap(key_id, secret) == key_id.encode() * 2
            assert left.unwrap(key_id, left.wrap(key_id, secret)) == secret


def test_no_node_that_is_left_leads_to_what_was_forgotten() -> None:
    path = f"{int('8' * 16, 16):064b}"
    left = new_master().without("8" * 16)
    assert len(left.nodes) == 64
    assert not [node for node in left.nodes if path.startswith(node)]


@given(st.lists(IDS, max_size=3))
def test_a_file_says_the_same_again(gone: list[str]) -> None:
    both = Masters((new_master(), new_master())).without(gone)
    assert parsed([_line(master) for master in both.keys], "here") == both


@pytest.mark.parametrize(
    "text", [BASE64, f" {BASE64}\n", f"{BASE64},{BASE64}", f"{BASE64} {BASE64}"]
)
def test_masters_are_read_from_a_setting(text: str) -> None:
    assert masters.given(text).keys[0] == OTHER.keys[0]


@pytest.mark.parametrize("text", ["secret", BASE64[:-4], f"2:{BASE64}", f"{BASE64} x"])
def test_what_is_no_master_key_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(KeysUnusable, match="no master key: 32 random bytes") as refused:
        masters.given(text)
    assert text not in str(refused.value)


def test_both_alphabets_of_base64_are_read() -> None:
    assert masters.given("_-" * 21 + "8=") == masters.given("/+" * 21 + "8=")


def test_the_file_is_made_once_and_for_its_owner_alone(vault: MasterFile) -> None:
    assert vault.read() is None
    made = vault.make()
    assert vault.make() == made == vault.read()
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600
    assert vault.path.read_text("ascii").count("\n") == 3


def test_two_bots_that_start_for_the_first_time_share_the_file(
    engine: Engine, vault: MasterFile
) -> None:
    class Slow(MasterFile):
        @override
        def read(self) -> Masters | None:
            there = MasterFile.read(self)
            if there is None:
                keys_of(engine, "", vault)  # the other bot does it all before this one goes on
            return there

    keys_of(engine, "", Slow(vault.path))


def test_what_the_file_forgets_is_gone_from_it_for_good(vault: MasterFile) -> None:
    made = vault.make()
    wrapped = made.wrap("8" * 16, bytes(32))
    left = vault.forget(["8" * 16])
    assert left is not None
    assert vault.read() == left != made
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600
    assert _line(made.keys[0]) not in vault.path.read_text("ascii")
    with pytest.raises(Forgotten):
        left.unwrap("8" * 16, wrapped)
    assert [one.name for one in vault.path.parent.iterdir() if one.suffix == ".new"] == []


def test_a_file_that_is_not_there_forgets_nothing(vault: MasterFile) -> None:
    assert vault.forget(["8" * 16]) is None
    assert not vault.path.exists()


@pytest.mark.parametrize("text", ["", "# only a comment\n", "x\n", "\xff"])
def test_a_file_without_a_key_is_refused(vault: MasterFile, text: str) -> None:
    vault.make()
    vault.path.write_text(text, encoding="latin-1")
    with pytest.raises(KeysUnusable, match=r"master\.key"):
        vault.read()


def test_the_first_start_makes_keys_and_the_second_finds_them(
    engine: Engine, vault: MasterFile
) -> None:
    first, second = keys_of(engine, "", vault), keys_of(engine, "", vault)
    with Session(engine) as session:
        assert first.pseudonym(session, ANA) == second.pseudonym(session, ANA)
        assert first.pseudonym(session, ANA) != first.pseudonym(session, BO)
    assert list(mismatches(engine, second)) == []


def test_keys_of_a_setting_leave_no_file(engine: Engine, vault: MasterFile) -> None:
    keys_of(engine, BASE64, vault)
    assert not vault.path.exists()


def test_another_master_key_refuses_to_start(engine: Engine, vault: MasterFile) -> None:
    keys_of(engine, "", vault)
    vault.path.unlink()
    vault.make()
    with pytest.raises(KeysUnusable, match="is not the one that this database was sealed with"):
        keys_of(engine, "", vault)
    with pytest.raises(KeysUnusable, match="the setting master_keys is not the one"):
        keys_of(engine, BASE64, vault)


def test_without_its_master_key_a_sealed_database_gets_no_new_one(
    engine: Engine, vault: MasterFile
) -> None:
    keys_of(engine, "", vault)
    vault.path.unlink()
    with pytest.raises(KeysUnusable, match="put the file back"):
        keys_of(engine, "", vault)
    assert not vault.path.exists()


async def test_a_rotated_master_key_can_be_taken_away(
    engine: Engine, writer: Writer, vault: MasterFile, db: str
) -> None:
    for user in (ANA, BO):
        ledger = Ledger(writer, LEASE_S, keys_of(engine, "", vault))
        await ledger.accept(request(f"of {user}", user=user))
    old = vault.path.read_text("ascii")
    vault.path.write_text(f"{BASE64}\n{old}", "ascii")
    both = keys_of(engine, "", vault)
    vault.path.write_text(BASE64, "ascii")
    only = keys_of(engine, "", vault)
    assert sorted(prompts(db, only)) == ["of U1", "of U2"]
    assert list(mismatches(engine, only)) == list(mismatches(engine, both)) == []
    assert rows(db, "SELECT action, detail FROM audit_log ORDER BY seq") == [
        ("begin", ""),
        ("rotate", "3 keys"),
    ]
    vault.path.write_text(old, "ascii")
    with pytest.raises(KeysUnusable):
        keys_of(engine, "", vault)


async def test_everybody_has_one_key_of_their_own(ledger: Ledger, db: str) -> None:
    for user in (ANA, BO, ANA, BO):
        await ledger.accept(request(user=user))
    found = rows(db, 'SELECT "user" FROM data_key WHERE id <> ? ORDER BY 1', SYSTEM_KEY)
    assert found == [(ANA,), (BO,)]


async def test_a_key_that_was_not_committed_seals_nothing(
    engine: Engine, writer: Writer, db: str
) -> None:
    def fails(_: object) -> None:
        raise OSError("no space")

    ledger = Ledger(writer, LEASE_S, keys())
    event.listen(engine, "commit", fails)
    with pytest.raises(LedgerUnavailable):
        await ledger.accept(request("lost"))
    event.remove(engine, "commit", fails)
    assert await ledger.accept(request("kept"))
    assert prompts(db) == ["kept"]


async def test_another_process_opens_what_this_one_sealed(ledger: Ledger, writer: Writer) -> None:
    await ledger.accept(request("from here"))
    lease = await Ledger(writer, LEASE_S, keys()).claim()
    assert lease is not None
    assert lease.request.prompt == "from here"


def test_only_so_many_keys_are_at_hand() -> None:
    some = keys()
    for number in range(CACHED + 5):
        some.remember(f"U{number}", KEY)
    assert [some.cached(f"U{number}") for number in (4, 5, CACHED + 4)] == [None, KEY, KEY]
    assert len(some._cache) == CACHED


def test_a_key_is_at_hand_only_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    some = keys()
    some.remember("U1", None)
    assert some.cached("U1") is None
    monkeypatch.setattr(module, "CACHED_S", -1.0)
    some.remember("U1", KEY)
    assert some.cached("U1") is None
    monkeypatch.undo()
    some.remember("U1", KEY)
    assert some.cached("U1") is KEY


async def test_a_request_that_cannot_be_read_ends_with_a_sentence(
    ledger: Ledger, writer: Writer, db: str
) -> None:
    await ledger.accept(request())
    execute(db, "UPDATE data_key SET wrapped = ? WHERE id <> ?", b"x" * 60, SYSTEM_KEY)
    lease = await Ledger(writer, LEASE_S, keys()).claim()
    assert lease is not None
    assert (lease.state, lease.outcome, lease.notice) == ("ready", "failed", "FAILED")
    assert lease.request.prompt == ""
    again = Ledger(writer, LEASE_S, keys())
    assert await again.accept(request("goes on"))
    taken = await again.claim()
    assert taken is not None
    assert taken.request.prompt == "goes on"


async def test_a_key_that_was_tampered_with_is_named(
    ledger: Ledger, engine: Engine, db: str
) -> None:
    await ledger.accept(request())
    ((key_id,),) = rows(db, "SELECT id FROM data_key WHERE id <> ?", SYSTEM_KEY)
    execute(db, "UPDATE data_key SET wrapped = ? WHERE id = ?", b"x" * 60, key_id)
    found = list(mismatches(engine, keys()))
    assert f"the data key {key_id} cannot be unwrapped" in found
    assert any("does not open" in sentence for sentence in found)
