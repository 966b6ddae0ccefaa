"""The command that fills union_id in for people who were here before."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.fixtures import DRAMA
from tests.web.conftest import WEB, account, configure, identity
from tests.web.conftest import person as person  # a fixture
from tests.web.conftest import two_apps as two_apps
from ttminis_auth.models import Grant, Identity
from ttminis_auth.profile import fill_union_ids

pytestmark = pytest.mark.django_db

User = get_user_model()


@pytest.fixture
def fill(tiktok):
    """Run the command and return what it printed."""

    def run(*args):
        out = StringIO()
        call_command("ttminis_fill_union_ids", *args, stdout=out)
        return out.getvalue()

    return run


def forget():
    Identity.objects.update(union_id=None)


@pytest.fixture
def mia(authorize, tiktok):
    """Mia consented in a mini app, when no union_id was asked for."""
    authorize("mia")
    forget()
    tiktok.clear_requests()


@pytest.fixture
def stock(person, settings, tiktok):
    """Mia logged in on the web with the stock provider, and allauth kept the token."""
    settings.SOCIALACCOUNT_STORE_TOKENS = True
    person.log_in()
    Identity.objects.all().delete()
    tiktok.clear_requests()


def test_union_id_is_stored(mia, fill, tiktok):
    shown = fill()

    assert identity().union_id == tiktok.union_id("mia", DRAMA)
    assert shown == f"Account {account().pk}: filled\nDone: 1 filled.\n"


def test_profile_is_stored_with_it(mia, fill):
    account().__class__.objects.update(extra_data={})

    fill()

    assert account().extra_data["display_name"] == "Mia"


def test_web_login_is_filled_too(person, fill, tiktok):
    person.log_in()
    forget()

    fill()

    assert identity().union_id == tiktok.union_id("mia", WEB)


def test_profile_with_a_union_id_is_not_fetched_again(authorize, fill, tiktok):
    authorize("mia")
    tiktok.clear_requests()

    assert fill() == "Done: no identity lacks a union_id.\n"
    assert tiktok.requests == []


@pytest.mark.parametrize(
    "change",
    [
        {
            "access_expires_at": timezone.now() - timedelta(seconds=1),
            "refresh_token": None,
        },
        {"dead_at": timezone.now()},
        {"scopes": "user.info.open_id"},
    ],
)
def test_unusable_grant_is_left_alone(mia, fill, tiktok, change):
    Grant.objects.update(**change)

    fill()

    assert tiktok.requests == []


def test_expired_grant_is_renewed_for_it(mia, fill, tiktok):
    tiktok.expire_access_tokens()
    Grant.objects.update(access_expires_at=timezone.now())

    fill()

    assert identity().union_id


def test_grant_without_a_known_end_is_tried(mia, fill):
    Grant.objects.update(access_expires_at=None)

    fill()

    assert identity().union_id


def test_dry_run_calls_and_changes_nothing(mia, fill, tiktok):
    assert "would be asked for\nDone: 1 to ask for." in fill("--dry-run")
    assert tiktok.requests == []
    assert identity().union_id is None


def test_limit_ends_the_run_early(authorize, fill):
    authorize("mia")
    authorize("noah", process="switch")
    forget()
    Grant.objects.update(scopes="user.info.basic,user.info.open_id")

    fill("--limit", "1")

    assert Identity.objects.filter(union_id=None).count() == 1


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_limit_must_be_a_number_from_one(fill, limit):
    with pytest.raises(CommandError, match="from 1"):
        fill(f"--limit={limit}")


def test_failure_is_counted_and_the_others_go_on(authorize, tiktok, capsys):
    authorize("mia")
    authorize("noah", process="switch")
    forget()
    tiktok.order_fault("html_502", endpoint="user_info")

    with pytest.raises(CommandError, match="1 failed"):
        call_command("ttminis_fill_union_ids")

    assert "tiktok_unavailable" in capsys.readouterr().out
    assert Identity.objects.filter(union_id=None).count() == 1


def test_nothing_secret_is_printed(mia, tiktok, capsys, caplog):
    refusal = {"error": "scope_not_authorized"}
    tiktok.order_fault("error_in_200", endpoint="user_info", **refusal)
    with pytest.raises(CommandError):
        call_command("ttminis_fill_union_ids")

    assert "act." not in "".join(capsys.readouterr()) + caplog.text


def test_answer_without_union_id_is_reported(mia, fill, tiktok):
    tiktok.order_fault("missing_union_id", endpoint="user_info")

    assert "Done: 1 still without." in fill()


def test_profile_of_another_user_is_not_stored(mia, tiktok):
    tiktok.order_fault("other_open_id", endpoint="user_info")

    with pytest.raises(CommandError):
        call_command("ttminis_fill_union_ids")

    assert identity().union_id is None


def test_app_that_is_configured_no_more_is_passed_over(mia, fill):
    Identity.objects.update(client_key="mnretired0000009")

    assert "Done: 1 still without." in fill()


def test_users_are_linked_as_the_policy_says(authorize, person, fill, settings):
    settings.TTMINIS_UNION_LINKING = "off"
    authorize("mia")
    oldest = User.objects.get()
    person.log_in()
    forget()
    settings.TTMINIS_UNION_LINKING = "merge"

    fill()

    assert User.objects.get() == oldest


# Tokens that allauth kept, perhaps before this package was installed.


def test_account_of_the_stock_provider_gets_an_identity(stock, fill, tiktok):
    fill()

    assert identity().account == account()
    assert (identity().client_key, identity().union_id) == (
        WEB,
        tiktok.union_id("mia", WEB),
    )


def test_expired_token_is_left_alone(stock, fill, tiktok):
    SocialToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    fill()

    assert tiktok.requests == []


def test_token_that_is_gone_by_its_turn_is_not_used(stock, tiktok):
    """The account was erased after the batch was read."""
    (candidate,) = fill_union_ids.candidates()
    account().delete()

    assert not fill_union_ids.fill(candidate)
    assert tiktok.requests == []


def test_account_with_a_grant_and_a_token_is_asked_for_once(
    person, settings, fill, tiktok
):
    settings.SOCIALACCOUNT_STORE_TOKENS = True
    person.log_in()
    forget()
    tiktok.clear_requests()
    tiktok.order_fault("missing_union_id", endpoint="user_info")

    fill()

    assert len(tiktok.requests) == 1


def test_token_names_its_app_where_apps_are_rows(stock, fill, settings):
    app = SocialApp.objects.create(
        provider="tiktok", client_id=WEB, secret="simulated-web-secret", name="Web"
    )
    configure(settings, APPS=[])
    SocialToken.objects.update(app=app)

    fill()

    assert identity().client_key == WEB


def test_token_that_may_be_of_several_apps_is_passed_over(stock, two_apps, fill):
    assert "Done: 1 still without." in fill()
    assert not Identity.objects.exists()


def test_token_of_another_provider_is_none_of_ours(stock, fill, tiktok):
    account().__class__.objects.update(provider="github")

    fill()

    assert tiktok.requests == []
