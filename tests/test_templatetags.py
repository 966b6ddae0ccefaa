"""What the tags put into a page."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, RequestContext, Template
from django.test import RequestFactory

DRAMA = "mnsimdrama000001"
GAME = "mnsimgame0000002"

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(rf: RequestFactory) -> Any:
    request = rf.get("/")
    request.user = AnonymousUser()
    return request


@pytest.fixture
def two_apps(settings: Any) -> None:
    apps = [{"client_id": key, "secret": "s"} for key in (DRAMA, GAME)]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}


def render(request: Any, tag: str, **context: Any) -> str:
    template = Template("{% load ttminis %}{% " + tag + " %}")
    return template.render(RequestContext(request, context))


def config(html: str) -> dict[str, Any]:
    block = re.search(r'id="ttminis-auth-config"[^>]*>(.*?)</script>', html)
    assert block is not None
    loaded: dict[str, Any] = json.loads(block[1])
    return loaded


def test_sdk_comes_first_then_init_then_our_file(request_: Any) -> None:
    html = render(request_, "ttminis_sdk")
    sdk = html.index('<script src="https://connect.tiktok-minis.com/drama/sdk.js">')
    init = html.index(f'TTMinis.init({{clientKey: "{DRAMA}"}})')
    assert sdk < init < html.index("ttminis_auth/ttminis-auth.js")


def test_sdk_address_is_a_setting(request_: Any, settings: Any) -> None:
    settings.TTMINIS_SDK_URL = "/tiktok/sdk.js"
    assert '<script src="/tiktok/sdk.js">' in render(request_, "ttminis_sdk")


def test_inline_init_can_be_left_to_the_file(request_: Any) -> None:
    html = render(request_, "ttminis_sdk inline_init=False")
    assert "TTMinis.init" not in html


def test_client_key_cannot_break_out_of_the_script(
    request_: Any, settings: Any
) -> None:
    apps = [{"client_id": '"</script><b>', "secret": "s"}]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}
    assert "<b>" not in render(request_, "ttminis_sdk")


def test_configuration_says_what_the_script_needs(request_: Any) -> None:
    said = config(render(request_, "ttminis_sdk"))
    del said["csrfToken"], said["messages"]
    assert said == {
        "clientKey": DRAMA,
        "mode": "session",
        "silent": True,
        "process": "login",
        "loginUrl": "/accounts/ttminis/login/code/",
        "logoutUrl": "/accounts/logout/",
        "next": None,
        "callStyle": "auto",
        "sdkTimeout": 10000,
        "userId": None,
    }


def test_arguments_reach_the_configuration(request_: Any) -> None:
    said = config(render(request_, 'ttminis_sdk silent=False next="/a/?b=1&c=2"'))
    assert (said["silent"], said["next"]) == (False, "/a/?b=1&c=2")


def test_settings_reach_the_configuration(request_: Any, settings: Any) -> None:
    settings.TTMINIS_SDK_CALL_STYLE = "options"
    settings.TTMINIS_SDK_TIMEOUT = timedelta(seconds=2.5)
    said = config(render(request_, "ttminis_sdk"))
    assert (said["callStyle"], said["sdkTimeout"]) == ("options", 2500)


def test_csrf_token_is_fit_to_be_sent_back(request_: Any) -> None:
    said = config(render(request_, "ttminis_sdk"))
    assert len(said["csrfToken"]) == 64
    assert "CSRF_COOKIE" in request_.META


def test_user_is_named_by_primary_key(request_: Any, django_user_model: Any) -> None:
    request_.user = django_user_model.objects.create_user("mia")
    assert config(render(request_, "ttminis_sdk"))["userId"] == str(request_.user.pk)


def test_connect_page_is_never_silent(request_: Any) -> None:
    said = config(render(request_, 'ttminis_sdk process="connect"'))
    assert (said["process"], said["silent"]) == ("connect", False)


def test_unknown_process_is_refused(request_: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="process"):
        render(request_, 'ttminis_sdk process="switch"')


@pytest.mark.usefixtures("two_apps")
def test_client_key_chooses_among_apps(request_: Any) -> None:
    html = render(request_, "ttminis_sdk client_key=key", key=GAME)
    assert config(html)["clientKey"] == GAME


@pytest.mark.usefixtures("two_apps")
def test_several_apps_need_a_client_key(request_: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="client_key"):
        render(request_, "ttminis_sdk")


def test_unknown_client_key_is_refused(request_: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="No such"):
        render(request_, 'ttminis_sdk client_key="mnother"')


def test_context_without_request_names_the_remedy() -> None:
    template = Template("{% load ttminis %}{% ttminis_sdk %}")
    with pytest.raises(ImproperlyConfigured, match="context processor"):
        template.render(Context())


class LazyNonce:
    """As in django-csp and Django 6: false until somebody has read it."""

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "abc"


def test_nonce_of_the_request_is_on_each_script(request_: Any) -> None:
    request_.csp_nonce = LazyNonce()
    html = render(request_, "ttminis_sdk")
    assert html.count('nonce="abc"') == 3


def test_nonce_of_the_context_is_on_each_script(request_: Any) -> None:
    html = render(request_, "ttminis_sdk", csp_nonce=LazyNonce())
    assert html.count('nonce="abc"') == 3


def test_without_nonce_there_is_no_attribute(request_: Any) -> None:
    assert "nonce" not in render(request_, "ttminis_sdk")


@pytest.mark.parametrize(
    ("process", "text"),
    [("login", "Log in with TikTok"), ("connect", "Connect your TikTok account")],
)
def test_button_is_a_real_button_with_a_place_for_news(
    process: str, text: str, request_: Any
) -> None:
    html = render(request_, f"ttminis_{process}_button")
    button = f'<button type="button" data-ttminis="{process}"'
    assert html.startswith(button)
    assert f'>{text}</button><span role="status" aria-live="polite"' in html


@pytest.mark.parametrize("process", ["login", "connect"])
def test_button_takes_text_and_class_and_escapes_them(
    process: str, request_: Any
) -> None:
    tag = f'ttminis_{process}_button text=text css_class="primary"'
    html = render(request_, tag, text="<i>Go")
    assert 'class="primary">&lt;i&gt;Go</button>' in html
