"""Logins beside another app of the site, whichever it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.auth import (
    SESSION_KEY,
    get_user,
    get_user_model,
    user_logged_in,
)
from django.db import connection
from django.test import Client
from django.urls import reverse

from neighbours.settings import beside
from ttminis_auth.models import Identity

DRAMA = "mnsimdrama000001"
ORIGIN = f"https://minis-{DRAMA}-7f3kq9x2mdfab-1.tiktokminis.us"
TOKEN = re.compile(r"act\.|rft\.|simulated-drama-secret")
User = get_user_model()


@pytest.fixture
def visit(tiktok: Any) -> Callable[..., SimpleNamespace]:
    """Send a code in one of three ways; the answer has it as ``code``."""

    def post(url: str, by: Client, code: str = "", **fields: str) -> SimpleNamespace:
        code = code or tiktok.issue_code(DRAMA, "mia")
        sent = {"code": code, **fields}
        answer = by.post(url, sent, content_type="application/json", HTTP_ORIGIN=ORIGIN)
        return SimpleNamespace(code=code, status=answer.status_code, answer=answer)

    return post


@pytest.fixture
def desk(db: None) -> Client:
    """A superuser at the admin."""
    client = Client(raise_request_exception=False)
    client.force_login(
        User.objects.create_superuser("olga", password="a long password"),
        "django.contrib.auth.backends.ModelBackend",
    )
    return client


def test_visitor_comes_back_as_the_same_user(tiktok: Any, client: Client) -> None:
    first = tiktok.log_in(client)

    assert tiktok.log_in(Client()) == tiktok.consent(client) == first
    assert client.session[SESSION_KEY] == str(first.pk)
    assert User.objects.count() == Identity.objects.count() == 1


def test_removal_ends_the_session(tiktok: Any, client: Client) -> None:
    tiktok.log_in(client)

    assert get_user(client).is_authenticated
    assert tiktok.remove().status_code == 200
    assert not get_user(client).is_authenticated


def broken(**_: Any) -> None:
    raise ZeroDivisionError("a hook of the project fails")


def test_neighbour_keeps_no_code_and_no_token(
    tiktok: Any,
    visit: Any,
    desk: Client,
    hear: Any,
    kept: Callable[[], str],
    everything: Callable[[], str],
) -> None:
    """Through logins, a consent, refusals, a failing hook, a removal and the admin."""
    own, hosted = reverse("ttminis_login_by_code"), reverse("ttminis_app_code")
    visitor = Client(raise_request_exception=False)
    steps = [
        visit(own, visitor),
        visit(own, visitor, process="authorize"),
        visit(hosted, Client()),
    ]
    steps.append(visit(own, visitor, code=steps[0].code))
    session_token = steps[2].answer.json()["meta"]["session_token"]
    form = {"code": tiktok.issue_code(DRAMA, "mia")}
    tiktok.order_fault("server_error")
    assert visitor.post("/own/login/", form).status_code == 401
    desk.get(reverse("admin:ttminis_auth_identity_changelist"))
    hear(user_logged_in, broken)
    steps += [
        visit(url, Client(raise_request_exception=False)) for url in (own, hosted)
    ]
    assert [step.status for step in steps] == [200, 200, 200, 401, 500, 500]
    tiktok.remove()

    plain = {form["code"], *(step.code for step in steps)}
    codes = plain | {quote(code, safe="") for code in plain}
    for text in (everything(), kept()):
        assert not TOKEN.search(text)
        assert {code for code in codes if code in text} == set()
    assert session_token not in kept()
    assert (len(kept()) > 200) == beside.has_records


def test_pages_of_the_admin_open(tiktok: Any, client: Client, desk: Client) -> None:
    tiktok.log_in(client)
    tiktok.consent(client)
    tiktok.remove()
    pages = ["/admin/"]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages.append(reverse(f"{name}_changelist"))
        if first := model._base_manager.first():
            pages.append(reverse(f"{name}_change", args=[first.pk]))
    opened = {page: desk.get(page, follow=True).status_code for page in pages}

    assert len(pages) > 10
    assert {page: status for page, status in opened.items() if status != 200} == {}


@pytest.mark.only("django-axes")
def test_rejected_codes_lock_nobody_out(visit: Any, tiktok: Any) -> None:
    own = reverse("ttminis_login_by_code")
    statuses = [visit(own, Client(), code="never issued").status for _ in range(5)]

    assert statuses == [401] * 5
    tiktok.log_in(Client())


@pytest.mark.only("django-axes")
def test_guessed_passwords_do_not_lock_visitors_of_tiktok_out(tiktok: Any) -> None:
    guesses = [
        Client().post("/admin/login/", {"username": "olga", "password": "guess"})
        for _ in range(5)
    ]

    assert guesses[-1].status_code in (403, 429)
    tiktok.log_in(Client())


@pytest.mark.only("django-tenants")
def test_shops_have_users_of_their_own(tiktok: Any, visit: Any) -> None:
    films = Client(HTTP_HOST="films.example")
    tiktok.log_in(Client())
    assert visit("/accounts/ttminis/login/code/", films).status == 200
    assert User.objects.count() == Identity.objects.count() == 1

    connection.set_schema("books")
    tiktok.remove()
    assert Identity.objects.get().state == Identity.State.REMOVED
    connection.set_schema("films")
    assert Identity.objects.get().state == Identity.State.ACTIVE


@pytest.mark.only("djangorestframework-simplejwt")
def test_token_for_a_visitor_opens_the_api(tiktok: Any, client: Client) -> None:
    from rest_framework_simplejwt.tokens import RefreshToken

    user = tiktok.log_in(client)
    token = RefreshToken.for_user(user).access_token
    answer = Client().get("/api/me/", HTTP_AUTHORIZATION=f"Bearer {token}")

    assert answer.json() == {"user": user.pk}


@pytest.mark.only("django-oauth-toolkit")
def test_visitor_grants_another_site_their_account(tiktok: Any, client: Client) -> None:
    from oauth2_provider.models import Application, Grant

    user = tiktok.log_in(client)
    other = Application.objects.create(
        client_type="public",
        authorization_grant_type="authorization-code",
        redirect_uris="https://other.example/back",
        skip_authorization=True,
    )
    query = {
        "client_id": other.client_id,
        "response_type": "code",
        "redirect_uri": "https://other.example/back",
        "code_challenge": "x" * 43,
        "code_challenge_method": "plain",
    }
    answer = client.get("/o/authorize/", query)

    assert answer["Location"].startswith("https://other.example/back?code=")
    assert Grant.objects.get().user == user


@pytest.mark.only("django-unfold")
def test_our_pages_have_the_theme(tiktok: Any, client: Client, desk: Client) -> None:
    tiktok.log_in(client)
    page = desk.get(reverse("admin:ttminis_auth_identity_changelist"))

    assert "unfold/css/styles.css" in page.content.decode()


@pytest.mark.only("sentry-sdk")
def test_failing_hook_is_reported(visit: Any, hear: Any, sent: list[bytes]) -> None:
    hear(user_logged_in, broken)
    step = visit(
        reverse("ttminis_login_by_code"), Client(raise_request_exception=False)
    )

    assert step.status == 500
    (report,) = [each for each in sent if b"ZeroDivisionError" in each]
    assert json.loads(report.splitlines()[2])["request"]["data"]["code"] == "[Filtered]"
