"""What each user model has to go through; run by ``tests.test_apart``."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import authenticate, get_user, get_user_model
from django.core.management import call_command
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from tests.admin.pages import button_of, confirm, list_of, page_of
from tests.endpoints.hosted.hosted_page import HostedPage
from tests.fixtures import DRAMA, GAME
from ttminis_auth.checks.users import check_user_model
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db
USERS = get_user_model()


@pytest.fixture
def desk() -> Client:
    """The browser of an operator who may do everything."""
    rights = {
        name: True
        for name in ("is_staff", "is_superuser")
        if name in {field.name for field in USERS._meta.fields}
    }
    operator = USERS(**rights, **{USERS.USERNAME_FIELD: "op@x.com"})
    operator.set_password("op")
    operator.save()
    client = Client()
    client.force_login(operator, "django.contrib.auth.backends.ModelBackend")
    return client


def user_of(client: Client) -> Any:
    request = HttpRequest()
    request.session = client.session
    return get_user(request)


def mia() -> Identity:
    return Identity.objects.with_user().get(client_key=DRAMA)


def test_check_of_the_user_model_finds_nothing():
    assert check_user_model() == []


def test_two_users_log_in_and_come_back_as_themselves(send_code, client):
    noah = Client()
    for _ in range(2):
        assert send_code("mia").status_code == 200
        assert send_code("noah", by=noah).status_code == 200

    assert USERS.objects.count() == 2
    assert user_of(client).is_authenticated
    assert user_of(client) != user_of(noah)


def test_consent_stores_the_profile(send_code, authorize):
    send_code("mia")

    assert authorize("mia").status_code == 200
    assert mia().account.extra_data["display_name"]


def test_page_that_tiktok_hosts_logs_in(send_code):
    page = HostedPage()
    code = {"url": reverse("ttminis_app_code"), "by": page}
    for _ in range(2):
        assert send_code("mia", **code).status_code == 200

    assert str(page.me()) == str(mia().account.user_id)


def test_django_authenticates(tiktok):
    code = tiktok.issue_code(DRAMA, "mia")
    user = authenticate(HttpRequest(), ttminis_code=code)

    assert user == mia().account.user
    assert str(user)


@pytest.mark.parametrize(
    "path", ["3rdparty/", "email/", "sessions/", "password/set/", "2fa/", "logout/"]
)
def test_page_of_allauth_is_shown(send_code, authorize, client, path):
    send_code("mia")
    authorize("mia")

    assert client.get(f"/accounts/{path}", follow=True).status_code == 200


def test_headless_pages_are_shown(send_code, client):
    send_code("mia")

    for path in ("auth/session", "account/providers", "auth/sessions"):
        assert client.get(f"/_allauth/browser/v1/{path}").status_code == 200


def test_admin_shows_the_user(send_code, authorize, client, desk):
    send_code("mia")
    authorize("mia")
    account = SocialAccount.objects.get()
    pages = [
        list_of("identity"),
        list_of("identity") + "?q=mia",
        page_of(mia()),
        reverse("admin:ttminis_auth_identity_history", args=[mia().pk]),
        reverse("admin:socialaccount_socialaccount_changelist"),
        reverse("admin:socialaccount_socialaccount_change", args=[account.pk]),
        reverse("admin:usersessions_usersession_changelist"),
        reverse("admin:index"),
        *(
            button_of(mia(), action)
            for action in ("refresh", "fetch_profile", "revoke", "end_sessions")
        ),
    ]

    assert {page: desk.get(page).status_code for page in pages} == dict.fromkeys(
        pages, 200
    )


def test_admin_erases_the_user(send_code, desk):
    send_code("mia")

    assert confirm(desk, mia(), "erase").status_code == 200
    assert not Identity.objects.exists()


def test_merge_keeps_the_older_user(send_code, tiktok, authorize, settings, desk):
    settings.TTMINIS_UNION_LINKING = "merge"
    apps = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"]
    game = {"client_id": GAME, "secret": "simulated-game-secret", "provider_id": "game"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [*apps, game]}}
    for key in (DRAMA, GAME):
        assert authorize("mia", by=Client(), app=key).status_code == 200

    assert Identity.objects.count() == 2
    assert Identity.objects.values("account__user").distinct().count() == 1


@pytest.mark.parametrize("action", ["deactivate", "anonymise", "end_sessions"])
def test_removal_is_followed_up(send_code, client, tiktok, settings, action):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["end_minis_sessions", action]}
    send_code("mia")
    body, headers = tiktok.forge_webhook(
        DRAMA, "authorization.removed", handle="mia", content={"reason": 1}
    )

    answer = client.post(
        reverse("ttminis_webhook"),
        body,
        content_type="application/json",
        headers=headers,
    )

    assert answer.status_code == 200
    assert not user_of(client).is_authenticated


@pytest.mark.parametrize(
    "command",
    [
        "ttminis_prune",
        "ttminis_refresh",
        "ttminis_reencrypt",
        "ttminis_fill_union_ids",
        "ttminis_webhooks",
    ],
)
def test_command_runs(send_code, command):
    send_code("mia")

    call_command(command, stdout=StringIO(), stderr=StringIO())

    assert mia().account.user


def test_adopted_user_logs_in_as_before(send_code, client, tiktok, tmp_path):
    user = USERS(**{USERS.USERNAME_FIELD: "mi@x.com"})
    user.set_unusable_password()
    user.save()
    path = tmp_path / "people.csv"
    path.write_text(f"open_id,user\n{tiktok.open_id('mia', DRAMA)},{user.pk}\n")

    call_command("ttminis_adopt", csv=str(path), stdout=StringIO())
    send_code("mia")

    assert user_of(client) == user


def test_command_exports_and_erases(send_code):
    send_code("mia")
    open_id, output = mia().open_id, StringIO()

    call_command("ttminis_erase", open_id, export="-", stdout=output)
    call_command("ttminis_erase", open_id, "--erase", "--delete-user", "--yes")

    assert open_id in output.getvalue()
    assert not USERS.objects.exists()
