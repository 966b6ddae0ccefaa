"""The same package on hosts that look like ours: it gets nothing there."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session

from tests.fixtures import DRAMA

from . import names
from .servers import Exchange
from .visitors import ChromiumVisitor

pytestmark = pytest.mark.browser

LOOKALIKES = {
    "other developer": f"https://{names.OTHER_DEVELOPER}",
    "other suffix": f"https://{names.OTHER_SUFFIX}",
    "no TLS": f"http://{names.BUNDLE}",
}


@pytest.fixture(params=LOOKALIKES.values(), ids=LOOKALIKES)
def stranger(request: Any, visitor: ChromiumVisitor) -> ChromiumVisitor:
    """A visitor is lured to a copy of the page, and TikTok's SDK plays along."""
    visitor.open(f"{request.param}/index.html")
    assert visitor.ask("location.origin") == request.param
    visitor.who()
    return visitor


def test_copy_of_the_page_gets_no_token(stranger: ChromiumVisitor) -> None:
    assert (stranger.who(), stranger.token()) == ("nobody", None)
    assert not Session.objects.exists()
    assert not get_user_model().objects.exists()


def test_copy_of_the_page_spends_no_code(
    stranger: ChromiumVisitor, tiktok: Any
) -> None:
    assert {each.endpoint for each in tiktok.requests} == {"sdk_login"}


def test_copy_of_the_page_gets_no_answer(
    stranger: ChromiumVisitor, exchanges: list[Exchange]
) -> None:
    assert {each.method for each in exchanges} == {"OPTIONS", "GET"}
    assert [each for each in exchanges if each.is_open] == []


def test_copy_of_the_page_cannot_do_without_asking_first(
    stranger: ChromiumVisitor, tiktok: Any, exchanges: list[Exchange]
) -> None:
    code = tiktok.issue_code(DRAMA)
    body = f'{{"code": "{code}"}}'
    url = f"https://{names.API}/accounts/ttminis/app/code/"
    stranger.ask(f"fetch('{url}', {{method: 'POST', mode: 'no-cors', body: '{body}'}})")
    assert (exchanges[-1].method, exchanges[-1].status) == ("POST", 400)
    assert tiktok.redeem_code(code, DRAMA) is not None
