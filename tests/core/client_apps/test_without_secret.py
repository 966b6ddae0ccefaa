"""An app without a secret is refused before TikTok is asked, and it is reported."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialApp
from django.test import Client
from django.utils import timezone

from tests.core.client_apps.conftest import add_row, app, check_ids
from tests.databases import PEOPLE
from tests.fixtures import DRAMA, error_code
from tests.web.conftest import WEB
from tests.webhooks.conftest import packed, signed
from ttminis_auth.checks.apps import check_app_rows
from ttminis_auth.core.client_apps import is_blank
from ttminis_auth.errors import Misconfigured
from ttminis_auth.models import Grant, Identity
from ttminis_auth.profile import user_info
from ttminis_auth.removal import deauthorize
from ttminis_auth.tokens import access

pytestmark = pytest.mark.django_db

BLANKS = ["", " ", "\t\n", "\u200b", "\u00a0"]


def incomplete(client_key=DRAMA, secret=""):
    return {**app(client_key), "secret": secret}


@pytest.fixture(params=["row", "settings"])
def without(request, configure):
    """Install one app with this secret."""

    def install(secret):
        rows = [incomplete(secret=secret)]
        configure(**{"rows" if request.param == "row" else "settings_": rows})

    return install


@pytest.mark.parametrize("secret", BLANKS)
def test_login_is_refused_before_tiktok_is_asked(without, send, tiktok, secret):
    without(secret)

    response = send(DRAMA)

    assert (response.status_code, error_code(response)) == (503, "misconfigured")
    assert tiktok.requests == []


def test_a_missing_secret_does_not_use_up_a_visitor_s_rate_limit(
    without, send, settings
):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "1/m/ip"
    without("")

    assert {error_code(send(DRAMA)) for _ in range(3)} == {"misconfigured"}


def test_a_login_without_the_app_s_secret_is_logged_as_an_error(without, send, caplog):
    without("")
    send(DRAMA)

    (record,) = [r for r in caplog.records if r.name == "ttminis_auth"]
    assert (record.levelname, DRAMA in record.getMessage()) == ("ERROR", True)


def test_web_login_is_refused_before_tiktok_is_asked(configure, person, tiktok):
    configure(rows=[incomplete(WEB)], provider="tiktok")

    page = person.log_in()

    assert page.status_code == 401
    assert tiktok.count("token") == 0


@pytest.mark.parametrize("client_kind", ["app", "browser"])
def test_allauth_s_token_endpoint_is_refused_before_tiktok_is_asked(
    without, tiktok, client_kind
):
    without("")
    token = {"client_id": DRAMA, "access_token": tiktok.issue_code(DRAMA)}
    body = {"provider": "ttminis", "process": "login", "token": token}
    url = f"/_allauth/{client_kind}/v1/auth/provider/token"

    answer = Client().post(url, body, content_type="application/json")

    assert error_code(answer) == "misconfigured"
    assert tiktok.requests == []


@pytest.fixture
def mia(authorize, tiktok, configure):
    """An identity of an app that lost its secret after the login."""
    authorize("mia")
    configure(rows=[incomplete(secret=" ")])
    tiktok.clear_requests()
    return Identity.objects.get()


def refreshed(identity):
    Grant.objects.update(access_expires_at=timezone.now())
    return access.access_token(identity)


@pytest.mark.parametrize("act", [refreshed, deauthorize.revoke, user_info.fetch])
def test_other_calls_are_refused_before_tiktok_is_asked(mia, tiktok, act):
    with pytest.raises(Misconfigured):
        act(mia)

    assert tiktok.requests == []
    assert Grant.objects.get().refresh_token


@pytest.mark.parametrize("secret", BLANKS)
def test_a_webhook_signed_with_a_blank_secret_is_refused(without, client, secret):
    without(secret)
    body = packed()
    headers = {"TikTok-Signature": signed(body, secret)}

    answer = client.post(
        "/hooks/tiktok/", body, content_type="application/json", headers=headers
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(("secret", "blank"), [*((b, True) for b in BLANKS), (" s", 0)])
def test_a_text_of_invisible_characters_is_blank(secret, blank):
    assert is_blank(secret) == blank


def test_missing_secret_is_blank():
    assert is_blank(None)


# The check E004.


@pytest.mark.parametrize("missing", ["client_id", "secret"])
@pytest.mark.parametrize(("provider", "key"), [("ttminis", DRAMA), ("tiktok", WEB)])
@pytest.mark.parametrize("blank", ["", " "])
def test_an_incomplete_app_row_is_reported(configure, provider, key, missing, blank):
    configure(rows=[{**app(key), missing: blank}], provider=provider)

    assert check_ids() == ["ttminis_auth.E004"]


def test_the_error_names_the_incomplete_row(configure):
    configure(rows=[incomplete()])

    (error,) = check_app_rows(databases=[PEOPLE])
    assert f"row {SocialApp.objects.get().pk} " in error.msg


def test_a_blank_secret_in_the_settings_is_reported(configure):
    configure([incomplete(secret=" ")])

    assert check_ids() == ["ttminis_auth.E004"]


def test_row_of_another_provider_may_have_no_secret(configure):
    add_row({"client_id": "x"}, "saml")

    assert check_ids() == []


def test_a_login_with_a_client_key_of_two_apps_is_misconfigured(
    configure, send, tiktok, caplog
):
    configure([app(DRAMA), app(DRAMA, "again")])

    response = send(DRAMA)

    assert (response.status_code, error_code(response)) == (503, "misconfigured")
    assert "is configured more than once" in caplog.text
    assert tiktok.requests == []
