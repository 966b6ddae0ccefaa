"""A user model that can hold one TikTok user only; run by ``tests.test_apart``."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from tests.fixtures import DRAMA, error_code
from ttminis_auth.checks.users import check_user_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def _first_user(send_code):
    assert send_code("mia").status_code == 200


def test_check_names_the_column_and_the_ways_out():
    (found,) = check_user_model()

    assert found.id == "ttminis_auth.E015"
    assert "people.Colleague" in found.msg
    assert "email must be unique" in found.msg
    assert "null=True" in found.hint


@pytest.mark.parametrize("url_name", ["ttminis_login_by_code", "ttminis_app_code"])
@pytest.mark.usefixtures("_first_user")
def test_second_login_is_misconfigured_and_the_log_says_why(
    send_code, caplog, url_name
):
    client = Client(headers={"origin": f"https://minis-{DRAMA}-1.tiktokminis.us"})

    refusal = send_code("noah", by=client, url=reverse(url_name))

    assert (refusal.status_code, error_code(refusal)) == (503, "misconfigured")
    (record,) = [r for r in caplog.records if "email must be unique" in r.message]
    assert record.levelno == logging.ERROR
    assert get_user_model().objects.count() == 1


@pytest.mark.usefixtures("_first_user")
def test_first_user_comes_back(send_code):
    assert send_code("mia", by=Client()).status_code == 200


@pytest.mark.usefixtures("_first_user")
def test_django_authenticates_no_user(tiktok):
    code = tiktok.issue_code(DRAMA, "noah")

    assert authenticate(HttpRequest(), ttminis_code=code) is None
