"""docs/how-to/csp.rst"""

import os
import re

import pytest
from django.shortcuts import render
from django.urls import path
from mysite.urls import urlpatterns as of_the_project

TEMPLATE = os.environ["CSP_TEMPLATE"]


def page(request):
    return render(request, TEMPLATE)


urlpatterns = [path("page/", page), *of_the_project]


@pytest.fixture
def answer(client, db, settings):
    settings.ROOT_URLCONF = __name__
    return client.get("/page/")


def test_each_script_has_the_nonce_of_the_policy(answer):
    policy = answer.headers["Content-Security-Policy"]
    (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
    scripts = re.findall(r"<script[^>]*>", answer.content.decode())

    runs = [script for script in scripts if "application/json" not in script]
    assert len(runs) == 4
    assert [script for script in runs if f'nonce="{nonce}"' not in script] == []


def test_the_page_has_no_inline_style(answer):
    assert " style=" not in answer.content.decode()


def test_the_login_page_has_a_nonce(client, db):
    answer = client.get("/accounts/ttminis/login/")

    assert "'nonce-" in answer.headers["Content-Security-Policy"]
