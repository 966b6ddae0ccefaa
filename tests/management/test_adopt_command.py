"""manage.py ttminis_adopt: users that a site had before log in as before."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections

from tests.databases import PEOPLE
from tests.fixtures import DRAMA, GAME, SendCode, error_code
from tests.web.conftest import WEB
from tests.web.conftest import Person as WebVisitor
from ttminis_auth.management.people_sources import Staged
from ttminis_auth.models import Identity

User = get_user_model()

pytestmark = pytest.mark.django_db

Adopt = Callable[..., str]


@pytest.fixture
def run() -> Adopt:
    """Adopt people of the drama; returns what is printed, with the error behind it."""

    def run(*args: object, app: str = DRAMA) -> str:
        out = StringIO()
        given = [*map(str, args), "--client-key", app]
        try:
            call_command("ttminis_adopt", *given, stdout=out, stderr=StringIO())
        except CommandError as error:
            return f"{out.getvalue()}{error}"
        return out.getvalue()

    return run


@pytest.fixture
def from_csv(run: Adopt, tmp_path: Path) -> Adopt:
    """Adopt from lines of a CSV file; options are those of the command."""

    def from_csv(*lines: str, header: str = "open_id,user", **options: Any) -> str:
        path = tmp_path / "people.csv"
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        args = [f"--{k.replace('_', '-')}={v}" for k, v in options.items()]
        return run("--csv", path, *args)

    return from_csv


@pytest.fixture
def mias(tiktok: Any) -> str:
    """Mia's open_id in the drama."""
    return str(tiktok.open_id("mia", DRAMA))


@pytest.fixture
def olga(local_user: Any) -> Any:
    """Mia, as the site calls her."""
    return local_user


def logged_in_user(response: Any) -> Any:
    return response.json()["data"]["user"]["id"]


# The user that a row leads to


def test_user_of_a_csv_file_logs_in_as_before(
    from_csv: Adopt, send_code: SendCode, olga: Any, mias: str
) -> None:
    assert from_csv(f"{mias},{olga.pk}") == (
        "Done: 1 linked, 0 linked before, 0 left alone.\n"
    )
    assert logged_in_user(send_code("mia")) == olga.pk
    assert User.objects.get() == olga


def test_users_of_a_file_may_be_named_by_another_field(
    from_csv: Adopt, send_code: SendCode, olga: Any, mias: str
) -> None:
    from_csv(f"{mias},olga", user_field="username")
    assert logged_in_user(send_code("mia")) == olga.pk


def test_columns_of_a_file_may_have_other_names(
    from_csv: Adopt, olga: Any, mias: str
) -> None:
    columns = {"open_id": "tiktok", "user": "id", "union_id": "union"}
    from_csv(f"{olga.pk}, u-1, {mias}", header="id, union, tiktok", **columns)
    identity = Identity.objects.get()
    assert (identity.union_id, identity.account.user) == ("u-1", olga)
    assert identity.account.extra_data == {"open_id": mias, "union_id": "u-1"}


def test_file_of_a_spreadsheet_begins_with_a_mark_that_is_no_name(
    from_csv: Adopt, olga: Any, mias: str
) -> None:
    from_csv(f"{mias},{olga.pk}", header="\ufeffopen_id,user")
    assert Identity.objects.get().open_id == mias


def test_user_of_a_model_logs_in_as_before(
    run: Adopt, send_code: SendCode, olga: Any, mias: str
) -> None:
    SocialAccount.objects.create(provider="hand-written", uid=mias, user=olga)
    model = ["--model", "socialaccount.SocialAccount", "--open-id", "uid"]
    assert "1 linked" in run(*model)
    assert logged_in_user(send_code("mia")) == olga.pk


def test_user_model_itself_may_be_the_source(
    run: Adopt, send_code: SendCode, olga: Any, mias: str
) -> None:
    User.objects.filter(pk=olga.pk).update(last_name=mias)
    User.objects.create_user("not on TikTok")
    columns = ["--open-id", "last_name", "--user", "pk"]
    said = run("--model", User._meta.label, *columns)
    assert said == "Done: 1 linked, 0 linked before, 0 left alone.\n"
    assert logged_in_user(send_code("mia")) == olga.pk


def test_account_of_allauths_tiktok_keeps_its_user_and_gets_an_identity(
    run: Adopt, client: Any, tiktok: Any, olga: Any
) -> None:
    uid = tiktok.open_id("mia", WEB)
    stored = {"open_id": uid, "union_id": "u-1", "display_name": "Mia"}
    SocialAccount.objects.create(
        provider="tiktok", uid=uid, user=olga, extra_data=stored
    )
    assert "1 linked" in run("--tiktok-accounts", app=WEB)
    identity = Identity.objects.get()
    assert (identity.client_key, identity.union_id) == (WEB, "u-1")
    assert identity.account.extra_data == stored
    visitor = WebVisitor(client)
    visitor.log_in()
    assert visitor.user_pk == olga.pk


def test_session_of_before_goes_on(
    from_csv: Adopt, client: Any, olga: Any, mias: str
) -> None:
    client.force_login(olga)
    from_csv(f"{mias},{olga.pk}")
    assert client.get("/accounts/3rdparty/").status_code == 200


def test_removal_from_before_the_adoption_counts(
    from_csv: Adopt, tiktok: Any, olga: Any, mias: str
) -> None:
    from_csv(f"{mias},{olga.pk}")
    assert Identity.objects.get().authorized_at() < olga.date_joined


def test_banned_user_stays_banned(
    from_csv: Adopt, send_code: SendCode, olga: Any, mias: str
) -> None:
    """Left alone, they would come back as a new user."""
    User.objects.filter(pk=olga.pk).update(is_active=False)
    assert "1 linked" in from_csv(f"{mias},{olga.pk}")
    assert error_code(send_code("mia")) == "user_inactive"


# Again, and before


def test_second_run_changes_nothing(from_csv: Adopt, olga: Any, mias: str) -> None:
    from_csv(f"{mias},{olga.pk}")
    stored = list(Identity.objects.values()), list(SocialAccount.objects.values())
    said = from_csv(f"{mias},{olga.pk}")
    assert said == "Done: 0 linked, 1 linked before, 0 left alone.\n"
    now = list(Identity.objects.values()), list(SocialAccount.objects.values())
    assert now == stored


def test_dry_run_says_the_same_and_stores_nothing(
    from_csv: Adopt, run: Adopt, tmp_path: Path, olga: Any, mias: str
) -> None:
    lines = [f"{mias},{olga.pk}", "open-noah,999"]
    path = tmp_path / "lines.csv"
    path.write_text("\n".join(["open_id,user", *lines]))
    announced = run("--csv", path, "--dry-run")
    assert not SocialAccount.objects.exists()
    assert announced.replace("to link", "linked") == from_csv(*lines)


# Users that must not be guessed


CONTRADICTIONS = {
    "another user": (["mia,{olga}", "mia,{noah}"], "several users are named"),
    "no user": (["mia,"], "no user is named"),
    "a user and none": (["mia,{olga}", "mia,"], "several users are named"),
    "a stranger": (["mia,999"], "there is no user 999"),
    "no key": (["mia,olga"], "there is no user olga"),
    "a key out of range": ([f"mia,{10**30}"], "there is no user"),
    "a placeholder": (["undefined,{olga}"], "this is no open_id"),
    "a blank": (["\u2003,{olga}"], "this is no open_id"),
    "an endless open_id": ([f"{'x' * 192},{{olga}}"], "this is no open_id"),
    "a missing cell": (["mia"], "no user is named"),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_contradiction_is_listed_and_left_alone(
    what: str, from_csv: Adopt, olga: Any
) -> None:
    lines, reason = CONTRADICTIONS[what]
    noah = User.objects.create_user("noah")
    said = from_csv(*(line.format(olga=olga.pk, noah=noah.pk) for line in lines))
    assert said.startswith("Row 1, ")
    assert f": {reason}" in said
    assert said.endswith("1 left alone: see why above.")
    assert not SocialAccount.objects.exists()


def test_two_union_ids_of_one_person_are_a_contradiction(
    from_csv: Adopt, olga: Any
) -> None:
    lines = [f"mia,{olga.pk},u-1", f"mia,{olga.pk},u-2"]
    said = from_csv(*lines, header="open_id,user,union_id", union_id="union_id")
    assert "several union_ids are named" in said
    assert not SocialAccount.objects.exists()


def test_union_id_of_the_source_completes_an_account_without_identity(
    from_csv: Adopt, olga: Any
) -> None:
    SocialAccount.objects.create(provider="ttminis", uid="mia", user=olga)
    from_csv(f"mia,{olga.pk},u-1", header="open_id,user,u", union_id="u")
    assert Identity.objects.get().union_id == "u-1"


def test_union_id_that_contradicts_the_stored_one_is_listed(
    from_csv: Adopt, olga: Any
) -> None:
    stored = {"open_id": "mia", "union_id": "u-1"}
    SocialAccount.objects.create(
        provider="ttminis", uid="mia", user=olga, extra_data=stored
    )
    said = from_csv(f"mia,{olga.pk},u-2", header="open_id,user,u", union_id="u")
    assert "several union_ids are named" in said
    assert not Identity.objects.exists()


def test_other_rows_of_the_same_file_are_linked(
    from_csv: Adopt, olga: Any, mias: str
) -> None:
    said = from_csv(f"{mias},{olga.pk}", "open-noah,999")
    assert "1 linked, 0 linked before, 1 left alone" in said
    assert Identity.objects.get().open_id == mias


def test_row_behind_a_user_that_is_no_key_is_linked(
    from_csv: Adopt, olga: Any, mias: str
) -> None:
    said = from_csv("open-noah,noah", f"{mias},{olga.pk}")
    assert "1 linked, 0 linked before, 1 left alone" in said


def test_row_behind_null_bytes_is_linked(from_csv: Adopt, olga: Any, mias: str) -> None:
    rows = "\x00mia,olga", "noah,olga\x00", f"{mias},olga"
    said = from_csv(*rows, user_field="username")
    assert "1 linked, 0 linked before, 2 left alone" in said
    assert Identity.objects.get().open_id == mias


def test_account_of_another_provider_is_not_taken(
    from_csv: Adopt, olga: Any, mias: str
) -> None:
    noah = User.objects.create_user("noah")
    SocialAccount.objects.create(provider="other", uid=mias, user=noah)
    assert "1 linked" in from_csv(f"{mias},{olga.pk}")
    assert Identity.objects.get().account.user == olga


def test_staff_are_left_to_a_superuser(from_csv: Adopt, olga: Any, mias: str) -> None:
    """Or an attacker who can write to the site's list becomes an operator."""
    User.objects.filter(pk=olga.pk).update(is_staff=True)
    assert "is staff" in from_csv(f"{mias},{olga.pk}")
    assert not Identity.objects.exists()


def test_user_of_a_silent_login_is_left_to_a_merge(
    from_csv: Adopt, send_code: SendCode, olga: Any, mias: str
) -> None:
    newcomer = logged_in_user(send_code("mia"))
    said = from_csv(f"{mias},{olga.pk}")
    assert f"it is user {newcomer}'s already" in said
    assert Identity.objects.get().account.user_id == newcomer


def test_name_of_two_users_is_a_contradiction(from_csv: Adopt, mias: str) -> None:
    for name in ("mia", "noah"):
        User.objects.create_user(name, email="home@example.com")
    said = from_csv(f"{mias},home@example.com", user_field="email")
    assert "several users are called home@example.com" in said


def test_name_in_another_case_is_another_user(
    from_csv: Adopt, olga: Any, mias: str
) -> None:
    assert "there is no user OLGA" in from_csv(f"{mias},OLGA", user_field="username")


def test_two_apps_of_one_provider_id_share_no_account(
    from_csv: Adopt, olga: Any, mias: str
) -> None:
    """The same open_id in two apps may be two people."""
    account = SocialAccount.objects.create(provider="ttminis", uid=mias, user=olga)
    Identity.objects.create(account=account, client_key=GAME, open_id=mias)
    said = from_csv(f"{mias},{olga.pk}")
    assert f"the app {GAME} stores it" in said


# What happens meanwhile


@contextmanager
def database_refuses(text: str, times: int = 99) -> Iterator[None]:
    """Let INSERTs with this text among their values break a constraint."""
    left = [IntegrityError] * times

    def wrapper(execute: Any, sql: str, params: Any, *args: Any) -> Any:
        # PostgreSQL is sent the values of many rows as one list for each column.
        values = [v for p in params or () for v in (p if isinstance(p, list) else [p])]
        if sql.startswith("INSERT") and text in values and left:
            raise left.pop()
        return execute(sql, params, *args)

    with connections[PEOPLE].execute_wrapper(wrapper):
        yield


def test_row_that_the_database_refuses_stops_no_other_row(
    from_csv: Adopt, olga: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with database_refuses("mia"):
        said = from_csv(f"mia,{olga.pk}", f"noah,{olga.pk}")
    assert "Row 1, 'mia': the database refused it, see the log" in said
    assert Identity.objects.get().open_id == "noah"
    (message,) = caplog.messages
    assert message.startswith("Row 1 is not adopted: IntegrityError")


def test_batch_that_met_a_login_is_looked_at_again(from_csv: Adopt, olga: Any) -> None:
    with database_refuses("mia", times=1):
        assert "2 linked" in from_csv(f"mia,{olga.pk}", f"noah,{olga.pk}")
    assert Identity.objects.count() == 2


# What an operator may type


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--csv", "missing.csv"], "missing.csv: No such file"),
        (["--csv", "."], ".: Is a directory"),
        (["--csv", __file__], "There is no one column open_id"),
        (["--csv", "/dev/null"], "there are: none"),
        (["--model", "shop"], "shop names no model"),
        (["--model", "shop.Player"], "shop.Player names no model"),
        (["--model", "socialaccount.SocialAccount"], "open_id"),
        (
            ["--model", "auth.User", "--open-id", "groups__name", "--user", "pk"],
            "groups__name leads to several rows",
        ),
        (["--csv", __file__, "--user-field", "shoe_size"], "shoe_size"),
        (["--csv", __file__, "--user-field", "emailaddress"], "is no column of"),
        ([], "one of the arguments --csv --model --tiktok-accounts is required"),
    ],
)
def test_mistake_is_named(args: list[str], reason: str, run: Adopt) -> None:
    assert reason in run(*args)


def test_app_has_to_be_named_where_there_are_several() -> None:
    SocialApp.objects.create(provider="ttminis", client_id=GAME, name="Game")
    with pytest.raises(CommandError, match=f"{DRAMA}, {GAME}"):
        call_command("ttminis_adopt", "--csv", "people.csv")


def test_unknown_app_is_a_mistake(run: Adopt) -> None:
    assert "Name one of the ttminis apps" in run("--csv", __file__, app="unknown")


@pytest.mark.parametrize("bad", ['"', '"a"b,1', "\xff"])
def test_broken_file_is_named_by_its_line(
    bad: str, run: Adopt, tmp_path: Path, olga: Any
) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(f"open_id,user\nmia,{olga.pk}\n{bad}".encode("latin-1"))
    assert "Line " in run("--csv", path)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("before", [0, 1, 2000])
def test_line_that_is_not_utf_8_is_named(
    before: int, run: Adopt, tmp_path: Path
) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(b"open_id,user\n" + before * b"mia,1\n" + b"n\xff,2\nzoe,3\n")

    assert f"Line {before + 2} is not UTF-8." in run("--csv", path)


# How much


def test_progress_bar_counts_each_open_id_once() -> None:
    rows = [("mia", 1, None), ("mia", 2, None), ("noah", 1, None), (None, 3, None)]
    with closing(Staged()) as people:
        people.fill(rows)
        assert people.count() == 2


def test_people_are_linked_some_hundred_at_a_time(
    from_csv: Adopt, olga: Any, django_assert_max_num_queries: Any
) -> None:
    lines = [f"open-{n},{olga.pk}" for n in range(2000)]
    with django_assert_max_num_queries(150):
        assert "2000 linked" in from_csv(*lines)
    assert Identity.objects.count() == 2000


def test_memory_does_not_grow_with_the_file(from_csv: Adopt, olga: Any) -> None:
    def peak(count: int) -> int:
        # Among the many objects of earlier tests, Python collects new garbage late.
        gc.collect()
        gc.freeze()
        tracemalloc.start()
        try:
            from_csv(*(f"open-{n},999" for n in range(count)))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            gc.unfreeze()

    # Everything is refused, and so is printed: a line each.
    few, many = peak(1000), peak(10_000)
    assert many - few < 9000 * 300
