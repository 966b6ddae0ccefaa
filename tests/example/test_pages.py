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
def test_pages_need_nothing_inline_but_the_nonce(visitor: Visitor, path: str) -> None:
    check_policy(visitor.get(path))


def test_account_page_needs_no_more_than_the_others(visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    check_policy(visitor.get("/me/"))


def test_pages_name_no_other_host(visitor: Visitor) -> None:
    addresses = re.findall(r'(?:src|href)="(.*?)"', visitor.get("/").text)
    assert addresses
    assert all(address.startswith("/") for address in addresses)


def test_nonce_is_new_for_each_answer(visitor: Visitor) -> None:
    policies = {visitor.get("/").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


def test_page_about_a_user_is_not_cached(visitor: Visitor) -> None:
    assert "no-store" in visitor.get("/").headers["Cache-Control"]


def test_names_differ_for_each_user(new_visitor: Callable[[], Visitor]) -> None:
    names = set()
    for handle in ("mia", "noah", "aiko"):
        visitor = new_visitor()
        visitor.log_in_silently(handle)
        names.add(visitor.viewer()["name"])
    assert len(names) == 3


def test_login_page_offers_tiktok_beside_username_and_password(
    visitor: Visitor,
) -> None:
    text = visitor.get("/accounts/login/").text
    assert 'name="login"' in text
    assert 'name="password"' in text
    assert 'href="/accounts/ttminis/login/' in text
    assert 'href="/accounts/tiktok/login/' in text


def test_admin_gets_in_with_the_printed_password(visitor: Visitor) -> None:
    visitor.log_in_by_password()
    assert visitor.viewer()["name"] == "admin"
    assert visitor.get("/admin/drama/progress/").status_code == 200


def test_tiktok_does_not_take_over_a_password_session(visitor: Visitor) -> None:
    visitor.log_in_by_password()
    assert visitor.log_in_silently("mia").status_code == 409
    assert visitor.viewer()["name"] == "admin"


def test_account_page_asks_strangers_to_log_in(visitor: Visitor, demo: Demo) -> None:
    assert visitor.get("/me/").url == f"{demo.url}/accounts/login/?next=/me/"


def test_account_page_lists_a_connected_tiktok_account(visitor: Visitor) -> None:
    open_id = visitor.log_in_silently("mia").json()["data"]["ttminis"]["open_id"]
    text = visitor.get("/me/connected/").text
    assert open_id in text
    assert 'data-ttminis="connect"' not in text


def test_account_page_offers_to_connect(visitor: Visitor) -> None:
    visitor.log_in_by_password()
    assert 'data-ttminis="connect"' in visitor.get("/me/").text
