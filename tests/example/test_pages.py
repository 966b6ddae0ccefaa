import re
from collections.abc import Callable

import pytest
from requests import Response

from tests.example.conftest import DRAMA, Demo, Visitor

BUTTON = f"/accounts/ttminis/login/?client_key={DRAMA}"
PATHS = ["/", "/game/", "/accounts/login/", BUTTON, "/tiktok/"]


def check_policy(answer: Response) -> None:
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-(.+?)'", policy)
    scripts = re.findall(r"<script\b[^>]*>", answer.text)
    assert "unsafe" not in policy
    assert nonce
    assert all(
        "src=" in tag or nonce[1] in tag or "application/json" in tag for tag in scripts
    )
    assert not re.search(r"<style|\sstyle=|\son\w+=", answer.text)


@pytest.mark.parametrize("path", PATHS)
def test_pages_have_no_inline_code_without_a_nonce(visitor: Visitor, path: str) -> None:
    check_policy(visitor.get(path))


def test_the_account_page_has_no_inline_code_without_a_nonce(visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    check_policy(visitor.get("/me/"))


def test_pages_load_nothing_from_other_hosts(visitor: Visitor) -> None:
    addresses = re.findall(r'(?:src|href)="(.*?)"', visitor.get("/").text)
    assert addresses
    assert all(address.startswith("/") for address in addresses)


def test_each_answer_has_a_new_nonce(visitor: Visitor) -> None:
    policies = {visitor.get("/").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


def test_the_drama_page_is_not_cached(visitor: Visitor) -> None:
    assert "no-store" in visitor.get("/").headers["Cache-Control"]


def test_nicknames_are_different(new_visitor: Callable[[], Visitor]) -> None:
    names = set()
    for handle in ("mia", "noah", "aiko"):
        visitor = new_visitor()
        visitor.log_in_silently(handle)
        names.add(visitor.viewer()["name"])
    assert len(names) == 3


def test_the_login_page_offers_tiktok_and_a_password(
    visitor: Visitor,
) -> None:
    text = visitor.get("/accounts/login/").text
    assert 'name="login"' in text
    assert 'name="password"' in text
    assert 'href="/accounts/ttminis/login/' in text
    assert 'href="/accounts/tiktok/login/' in text


def test_the_admin_can_log_in_with_the_printed_password(visitor: Visitor) -> None:
    visitor.log_in_by_password()
    assert visitor.viewer()["name"] == "admin"
    assert visitor.get("/admin/drama/progress/").status_code == 200


def test_a_silent_login_does_not_end_a_session_by_password(visitor: Visitor) -> None:
    visitor.log_in_by_password()
    assert visitor.log_in_silently("mia").status_code == 409
    assert visitor.viewer()["name"] == "admin"


def test_the_account_page_redirects_anonymous_visitors_to_the_login(
    visitor: Visitor, demo: Demo
) -> None:
    assert visitor.get("/me/").url == f"{demo.url}/accounts/login/?next=/me/"


def test_the_account_page_lists_a_connected_tiktok_account(visitor: Visitor) -> None:
    open_id = visitor.log_in_silently("mia").json()["data"]["ttminis"]["open_id"]
    text = visitor.get("/me/connected/").text
    assert open_id in text
    assert 'data-ttminis="connect"' not in text


def test_the_account_page_offers_to_connect_tiktok(visitor: Visitor) -> None:
    visitor.log_in_by_password()
    assert 'data-ttminis="connect"' in visitor.get("/me/").text
