"""The accounts store and the sign-in limit: tables of names and passwords, the schema, who may ask for what."""
from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from hub_config.accounts import IDENTITIES, Accounts, AccountsError, Base
from hub_config.attempts import Attempts
from hub_config.database import open_database
from hub_config.errors import AcademyError
from hub_config.places import Places
from hub_config.rpc import Caller
from hub_config.services.accounts import MIGRATIONS, operations

GOOD = "correct horse battery"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def open_accounts(tmp_path):
    def build(**options) -> Accounts:
        engine = open_database(tmp_path / "accounts.sqlite", MIGRATIONS)
        return Accounts(engine, hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1), **options)
    return build


@pytest.fixture
def accounts(open_accounts):
    return open_accounts()


@pytest.mark.parametrize("name", ["a", "lea", "lea-2", "a1", "x" * 32, "ana-maria-3"])
def test_usernames_that_may_be(accounts, name):
    assert accounts.create(name, GOOD)["username"] == name


@pytest.mark.parametrize("name", ["", "x" * 33, "Lea", "1a", "-a", "a-", "a--b", "a_b", "a.b", "a b", "é", "xn--a", "a/b",
                                  "../a", "a\n", None, 3, "а"])  # the last is a Cyrillic letter
def test_usernames_that_may_not_be(accounts, name):
    with pytest.raises(AccountsError, match="a username has 1 to 32 characters"):
        accounts.create(name, GOOD)


@pytest.mark.parametrize("password, why", [
    ("x" * 9, "10 to 256"), ("", "10 to 256"), (None, "10 to 256"), ("abcd" * 65, "10 to 256"),
    ("aaaaaaaaaaaa", "too easy"), ("abababababab", "too easy"), ("leonora-12", "too easy"),
])
def test_passwords_that_may_not_be(accounts, password, why):
    with pytest.raises(AccountsError, match=why):
        accounts.create("leonora", password)


@pytest.mark.parametrize("password", ["abcdefghij", "ab cd" * 51 + "e", " spaces at the ends ", "пароль-пароль"])
def test_passwords_that_may_be(accounts, password):
    accounts.create("leonora", password)
    assert accounts.sign_in("leonora", password, "1")["username"] == "leonora"


def test_a_profile_holds_no_secret(accounts):
    profile = accounts.create("lea", GOOD, ["operator", "learner"], "Léa Müller", "lea@example.org")
    assert profile == accounts.profile("lea") == accounts.profiles(["lea", "nobody"])[0]
    assert profile["roles"] == ["learner", "operator"] and profile["number"] == 1 and profile["identity"] == IDENTITIES[0]
    assert "password" not in profile


@pytest.mark.parametrize("field, value, why", [
    ("display_name", "a\nb", "printable"), ("display_name", "x" * 121, "120"), ("display_name", "\u202eabc", "printable"),
    ("display_name", 5, "text"), ("email", "nobody", "e-mail"), ("email", "a@b c", "e-mail"), ("roles", [], "roles"),
    ("roles", ["admin"], "learner, instructor, certifier, operator"), ("roles", "learner", "roles"),
])
def test_bad_fields(accounts, field, value, why):
    with pytest.raises(AccountsError, match=why):
        accounts.create("lea", GOOD, **{field: value})


def test_a_removed_person_leaves_only_the_name_and_number_taken(accounts, tmp_path):
    accounts.create("lea", GOOD, display_name="Léa", email="lea@example.org")
    accounts.remove("lea")
    with pytest.raises(AccountsError, match="no account 'lea'"):
        accounts.profile("lea")
    with pytest.raises(AccountsError, match="not right"):
        accounts.sign_in("lea", GOOD, "1")
    with pytest.raises(AccountsError, match="taken, or was once"):
        accounts.create("lea", GOOD)
    assert accounts.create("ben", GOOD)["number"] > 1
    row = sqlite3.connect(tmp_path / "accounts.sqlite").execute("select * from people where username = 'lea'").fetchone()
    assert not any(text in str(row) for text in ("Léa", "example.org", "argon2"))


def test_sign_in_says_the_same_for_a_wrong_name_and_a_wrong_password(accounts):
    accounts.create("lea", GOOD)
    said = []
    for name, password in (("lea", "wrong"), ("nobody", GOOD), ("", ""), (None, None)):
        with pytest.raises(AccountsError, match="not right") as caught:
            accounts.sign_in(name, password, "1")
        said.append((caught.value.code, str(caught.value), caught.value.next))
    assert len(set(said)) == 1 and said[0][0] == "wrong"
    assert accounts.sign_in(" LEA ", GOOD, "1")["username"] == "lea"


def test_the_store_keeps_argon2id_only(accounts, tmp_path):
    accounts.create("lea", GOOD)
    stored = (tmp_path / "accounts.sqlite").read_bytes() + (tmp_path / "accounts.sqlite-wal").read_bytes()
    assert b"$argon2id$" in stored and GOOD.encode() not in stored
    assert os.stat(tmp_path / "accounts.sqlite").st_mode & 0o777 == 0o600


def test_the_default_hash_is_strong():
    parameters = PasswordHasher()
    assert parameters.memory_cost >= 19 * 1024 and parameters.time_cost >= 2


# -- limits
def test_attempts_stop_at_the_limit_and_come_back(open_accounts):
    clock = Clock()
    accounts = open_accounts(attempts=Attempts(5, 300, clock=clock))
    accounts.create("lea", GOOD)
    for _ in range(5):
        with pytest.raises(AccountsError, match="not right"):
            accounts.sign_in("lea", "wrong", "1")
    with pytest.raises(AccountsError, match="too many failed attempts") as caught:
        accounts.sign_in("lea", GOOD, "1")
    assert caught.value.code == "too-many" and "5 minutes" in caught.value.next
    assert accounts.sign_in("lea", GOOD, "2"), "another address is another matter"
    clock.now = 301
    assert accounts.sign_in("lea", GOOD, "1")


@pytest.mark.parametrize("accounts_of, addresses_of, limit", [
    (lambda i: "lea", lambda i: "1", 5), (lambda i: "lea", lambda i: str(i), 25), (lambda i: f"l{i}", lambda i: "1", 100),
])
def test_each_limit(accounts_of, addresses_of, limit):
    attempts = Attempts(5, 300, clock=Clock())
    for i in range(limit):
        assert attempts.wait(accounts_of(i), addresses_of(i)) == 0, i
        attempts.failed(accounts_of(i), addresses_of(i))
    assert attempts.wait(accounts_of(limit), addresses_of(limit)) == 300


def test_a_right_password_and_a_new_one_forget_failures():
    attempts = Attempts(2, 300, clock=Clock())
    attempts.failed("lea", "1")
    attempts.failed("lea", "1")()
    assert attempts.wait("lea", "1") == 0
    attempts.failed("lea", "1"), attempts.failed("lea", "1")
    assert attempts.wait("lea", "1") == 300
    attempts.forget("lea")
    assert attempts.wait("lea", "1") == 0


def test_attempts_are_bounded():
    attempts = Attempts(5, 300, most=50, clock=Clock())
    for i in range(500):
        attempts.failed(f"l{i}", str(i))
    assert len(attempts._failures) <= 50


# -- schema
def test_migrations_make_the_models(tmp_path):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with open_database(tmp_path / "a.sqlite", MIGRATIONS).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_newer_store_is_refused(open_accounts, tmp_path):
    open_accounts()
    with sqlite3.connect(tmp_path / "accounts.sqlite") as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(AcademyError, match="newer version"):
        open_accounts()


def test_migrations_run_back_to_nothing(tmp_path):
    from alembic import command
    from alembic.config import Config

    engine = open_database(tmp_path / "a.sqlite", MIGRATIONS)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        command.upgrade(config, "head")


# -- the service
def test_who_may_ask_for_what(accounts):
    places = Places(Path("/p"), Path("/s"), separate_uids=True)
    hub, portal, signer, proxy = (places.uid(n) for n in ("hub", "portal", "signer", "proxy"))
    ops = operations(accounts, places)
    allowed = {name: set(op.uids) for name, op in ops.items()}
    assert allowed["sign_in"] == {hub}
    assert allowed["profile"] == allowed["profiles"] == {hub, portal, signer}
    assert allowed["consent"] == {portal}
    assert not any(allowed[name] for name in ("create", "set_password", "set_roles", "set_identity", "remove", "list"))
    accounts.create("lea", GOOD, email="lea@example.org")
    assert ops["profile"].run(Caller(hub, 1), {"username": "lea"})["email"] is None
    assert ops["profile"].run(Caller(portal, 1), {"username": "lea"})["email"] == "lea@example.org"


@pytest.mark.parametrize("op, request_", [
    ("sign_in", {"username": "lea"}), ("profile", {"user": "lea"}), ("profiles", {}), ("create", {"username": "lea"}),
])
def test_bad_requests(accounts, op, request_):
    from hub_config.rpc import RpcError
    with pytest.raises(RpcError, match="missing or not known|is a list"):
        operations(accounts, Places(Path("/p"), Path("/s"), True))[op].run(Caller(0, 1), request_)
