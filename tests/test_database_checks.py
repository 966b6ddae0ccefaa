"""What ``check`` says of the database with the people, and of the way to it."""

from contextlib import closing, contextmanager

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from tests.databases import PEOPLE, connection
from ttminis_auth.checks.collations import check_collations
from ttminis_auth.checks.databases import check_isolation, check_one_database
from ttminis_auth.models import Identity, WebhookDelivery

User = get_user_model()


class ReadFromACopy:
    """What many sites have: writes go to one database, reads to its copies."""

    def db_for_read(self, model, **hints):
        return None if model in self.exempt else "copy"

    def db_for_write(self, model, **hints):
        return PEOPLE

    exempt = ()


class UsersApart(ReadFromACopy):
    def db_for_read(self, model, **hints):
        return self.db_for_write(model)

    def db_for_write(self, model, **hints):
        return "users" if model is User else PEOPLE


def ids(check, **options):
    return [message.id for message in check(**options)]


# Routers.


def test_one_database_for_all_is_fine():
    assert check_one_database() == []


def test_reading_identities_from_a_copy_is_an_error(settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.ReadFromACopy"]
    (error,) = check_one_database()

    assert error.id == "ttminis_auth.E018"
    assert 'ttminis_auth.Identity is read from "copy"' in error.msg


def test_every_table_of_ours_and_of_allauth_s_accounts_is_asked_for(settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.ReadFromACopy"]
    (error,) = check_one_database()

    for model in (User, SocialAccount, Identity, WebhookDelivery):
        assert f"{model._meta.label} is read" in error.msg


def test_users_in_a_database_of_their_own_are_an_error(settings):
    settings.DATABASE_ROUTERS = [f"{__name__}.UsersApart"]
    (error,) = check_one_database()

    assert f'{User._meta.label} is written to "users"' in error.msg
    assert "Identity" not in error.msg


# MariaDB and MySQL.


@pytest.fixture
def mariadb(transactional_db):
    if connection.vendor != "mysql":
        pytest.skip("is about MariaDB")


@pytest.fixture
def alter(mariadb):
    """Change a column's collation, until the end of the test."""
    undo = []

    def change(model, name, charset, collation):
        column = model._meta.get_field(name)
        where = f"ALTER TABLE `{model._meta.db_table}` MODIFY `{column.column}`"
        null = "NULL" if column.null else "NOT NULL"
        kind = column.db_type(connection)
        undo.append(f"{where} {kind} CHARACTER SET {text_of(model, name)} {null}")
        new = f"CHARACTER SET {charset} COLLATE {collation}"
        execute(f"{where} {kind} {new} {null}")

    yield change
    for sql in undo:
        execute(sql)


def execute(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def text_of(model, name):
    ((charset, collation),) = execute(
        "SELECT character_set_name, collation_name FROM information_schema.columns "
        "WHERE table_schema = DATABASE() AND table_name = %s AND column_name = %s",
        model._meta.db_table,
        model._meta.get_field(name).column,
    )
    return f"{charset} COLLATE {collation}"


def found():
    return check_collations(databases=[PEOPLE])


NAMING = [
    (Identity, "client_key"),
    (Identity, "open_id"),
    (Identity, "union_id"),
    (SocialAccount, "uid"),
]


@pytest.mark.parametrize(("model", "name"), NAMING)
def test_migrated_columns_distinguish_case(mariadb, model, name):
    assert text_of(model, name) == "utf8mb4 COLLATE utf8mb4_bin"


def test_migrated_database_of_any_collation_is_fine(mariadb):
    (((default,),)) = execute("SELECT @@collation_database")

    assert default.endswith("_ci")
    assert found() == []


@pytest.mark.parametrize(("model", "name"), NAMING)
@pytest.mark.parametrize(
    ("charset", "collation"),
    [
        ("utf8mb4", "utf8mb4_general_ci"),
        ("utf8mb4", "utf8mb4_unicode_ci"),
        ("utf8mb4", "utf8mb4_uca1400_as_ci"),
        ("utf8mb3", "utf8mb3_general_ci"),
        ("latin1", "latin1_swedish_ci"),
    ],
)
def test_index_that_takes_two_people_for_one_is_an_error(
    alter, model, name, charset, collation
):
    alter(model, name, charset, collation)
    (error,) = found()

    assert error.id == "ttminis_auth.E020"
    place = f"{model._meta.db_table}.{model._meta.get_field(name).column}"
    assert f"{place} has the collation {collation}" in error.msg


@pytest.mark.parametrize(
    ("charset", "collation"),
    [
        ("utf8mb4", "utf8mb4_nopad_bin"),
        ("utf8mb4", "utf8mb4_uca1400_as_cs"),
        ("utf8mb3", "utf8mb3_bin"),
        ("latin1", "latin1_bin"),
        ("binary", "binary"),
    ],
)
def test_index_that_distinguishes_case_is_accepted(alter, charset, collation):
    alter(Identity, "open_id", charset, collation)

    assert found() == []


def test_accents_count_as_well(alter):
    alter(Identity, "open_id", "utf8mb4", "utf8mb4_uca1400_ai_cs")

    assert ids(check_collations, databases=[PEOPLE]) == ["ttminis_auth.E020"]


@pytest.mark.parametrize(("model", "name"), NAMING)
def test_hint_is_the_statement_that_mends_it(alter, model, name):
    alter(model, name, "utf8mb4", "utf8mb4_general_ci")
    (error,) = found()

    execute(error.hint.removeprefix("Run ").partition(". ")[0])

    assert found() == []


def test_other_columns_may_be_compared_in_any_way(alter):
    alter(WebhookDelivery, "error", "latin1", "latin1_swedish_ci")

    assert found() == []


def test_names_without_emoji_are_an_error(alter):
    alter(User, "first_name", "utf8mb3", "utf8mb3_general_ci")
    (error,) = found()

    assert error.id == "ttminis_auth.E021"
    assert f"{User._meta.db_table}.first_name has the character set" in error.msg


def test_migrate_is_not_stopped_by_what_it_will_mend(alter, monkeypatch):
    alter(SocialAccount, "uid", "utf8mb4", "utf8mb4_general_ci")
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda self: {})

    assert found() == []


@pytest.mark.django_db
@pytest.mark.parametrize("check", [check_collations, check_isolation])
@pytest.mark.parametrize("databases", [None, [], ["elsewhere"]])
def test_database_is_not_asked_unless_it_is_named(
    check, databases, django_assert_num_queries
):
    with django_assert_num_queries(0):
        assert check(databases=databases) == []


# The isolation of transactions.


@contextmanager
def isolated(level):
    """Have a connection of this level to the database of the tests."""
    ours = connections[PEOPLE]
    settings = {**ours.settings_dict, "OPTIONS": {"isolation_level": level}}
    connections[PEOPLE] = type(ours)(settings, PEOPLE)
    try:
        with closing(connections[PEOPLE]):
            yield
    finally:
        connections[PEOPLE] = ours


@pytest.fixture
def levels(transactional_db):
    """Return Django's own level and one above, as the database spells them."""
    if connection.vendor == "sqlite":
        pytest.skip("has one level of isolation")
    return (
        (2, 3)
        if connection.vendor == "postgresql"
        else ("read committed", "repeatable read")
    )


@pytest.mark.django_db
def test_isolation_of_the_tests_is_fine():
    assert ids(check_isolation, databases=[PEOPLE]) == []


def test_django_s_own_isolation_is_fine(levels):
    with isolated(levels[0]):
        assert ids(check_isolation, databases=[PEOPLE]) == []


def test_repeatable_reads_are_warned_of(levels):
    with isolated(levels[1]):
        (warning,) = check_isolation(databases=[PEOPLE])

    assert warning.id == "ttminis_auth.W019"
    assert '"repeatable read"' in warning.msg
