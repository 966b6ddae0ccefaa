"""What the tags put into a page."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.db.models import JSONField, Value
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.utils import timezone

from ttminis_auth.identity import Person, common_fields
from ttminis_auth.models import Identity
from ttminis_auth.page.config import avatar
from ttminis_auth.tiktok.types import TokenGrant, UserInfo

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


def test_page_that_tiktok_hosts_loads_the_file_for_tokens(request_: Any) -> None:
    html = render(request_, 'ttminis_sdk mode="token" api_base="https://api.example"')
    assert "ttminis_auth/ttminis-auth.token.js" in html
    assert "ttminis_auth/ttminis-auth.js" not in html


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
        "csrfCookie": "csrftoken",
        "csrfHeader": "X-CSRFToken",
        "logoutCookie": "ttminis_logout",
        "next": None,
        "callStyle": "auto",
        "sdkTimeout": 10000,
        "language": "en-us",
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


def test_page_knows_how_the_project_calls_the_csrf_header(
    request_: Any, settings: Any
) -> None:
    settings.CSRF_HEADER_NAME = "HTTP_X_MY_TOKEN"
    assert config(render(request_, "ttminis_sdk"))["csrfHeader"] == "X-MY-TOKEN"


def test_page_waits_for_no_cookie_where_the_middleware_is_missing(
    request_: Any, settings: Any
) -> None:
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    assert config(render(request_, "ttminis_sdk"))["logoutCookie"] is None


def test_csrf_token_is_fit_to_be_sent_back(request_: Any) -> None:
    said = config(render(request_, "ttminis_sdk"))
    assert len(said["csrfToken"]) == 64
    assert "CSRF_COOKIE" in request_.META


@pytest.mark.parametrize("name", ["CSRF_COOKIE_HTTPONLY", "CSRF_USE_SESSIONS"])
def test_cookie_that_no_script_can_read_is_not_named(
    request_: Any, settings: Any, name: str
) -> None:
    request_.session = {}
    setattr(settings, name, True)
    assert config(render(request_, "ttminis_sdk"))["csrfCookie"] is None


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


def test_client_key_that_only_an_export_fills_may_be_missing(request_: Any) -> None:
    html = render(request_, "ttminis_sdk mode=ttminis_mode client_key=client_key")
    assert config(html)["clientKey"] == DRAMA


@pytest.mark.usefixtures("two_apps")
def test_several_apps_need_a_client_key(request_: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="client_key"):
        render(request_, "ttminis_sdk")


def test_unknown_client_key_is_refused(request_: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="No such"):
        render(request_, 'ttminis_sdk client_key="mnother"')


def test_context_without_request_names_the_remedy() -> None:
    template = Template("{% load ttminis %}{% ttminis_sdk %}")
    with pytest.raises(ImproperlyConfigured, match="with the request"):
        template.render(Context())


def test_hosted_template_without_a_mode_names_the_remedy(request_: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="mode=ttminis_mode api_base"):
        render(request_, "ttminis_sdk", ttminis_mode="token")


class LazyNonce:
    """As in django-csp and Django 6: false until it has been read."""

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
    [
        ("login", "Log in with TikTok"),
        ("connect", "Connect your TikTok account"),
        ("authorize", "Show my name and picture"),
    ],
)
def test_button_is_a_real_button_with_a_place_for_news(
    process: str, text: str, request_: Any
) -> None:
    html = render(request_, f"ttminis_{process}_button")
    button = f'<button type="button" data-ttminis="{process}"'
    assert html.startswith(button)
    assert f'>{text}</button><span role="status" aria-live="polite"' in html


@pytest.mark.parametrize("process", ["login", "connect", "authorize"])
def test_button_takes_text_and_class_and_escapes_them(
    process: str, request_: Any
) -> None:
    tag = f'ttminis_{process}_button text=text css_class="primary"'
    html = render(request_, tag, text="<i>Go")
    assert 'class="primary">&lt;i&gt;Go</button>' in html


def test_consent_is_asked_for_name_and_picture_by_default(request_: Any) -> None:
    html = render(request_, "ttminis_authorize_button")
    assert 'data-scope="user.info.basic" data-return-scopes="false"' in html


def test_consent_button_says_which_scopes(request_: Any) -> None:
    tag = 'ttminis_authorize_button scope="a,b" return_scopes=True'
    assert 'data-scope="a,b" data-return-scopes="true"' in render(request_, tag)


PICTURE = "https://p16.tiktokcdn.example/mia.webp?x-expires=1"


@pytest.fixture
def mia(django_user_model: Any) -> Any:
    return django_user_model.objects.create_user("user_mia")


def account_of(user: Any, provider: str = "ttminis", **extra_data: Any) -> Any:
    uid = f"{provider}-{len(SocialAccount.objects.all())}"
    return SocialAccount.objects.create(
        user=user, provider=provider, uid=uid, extra_data=extra_data
    )


def identity_of(user: Any, *, days_old: int | None = None, **extra_data: Any) -> Any:
    """Make an identity whose profile was fetched that long ago, if at all."""
    fetched_at = None
    if days_old is not None:
        fetched_at = timezone.now() - timedelta(days=days_old)
    account = account_of(user, **extra_data)
    return Identity.objects.create(
        account=account,
        client_key=DRAMA,
        open_id=account.uid,
        profile_fetched_at=fetched_at,
    )


def test_avatar_shows_picture_and_name(mia: Any, request_: Any) -> None:
    identity_of(mia, display_name='Mia "M"', avatar_url=PICTURE)
    html = render(request_, "ttminis_avatar person size=32", person=mia)
    image = f'<img src="{PICTURE}" alt="Mia &quot;M&quot;" width="32" height="32"'
    assert image in html
    assert '<span hidden="hidden"><svg' in html


def test_avatar_without_picture_shows_the_initial(mia: Any, request_: Any) -> None:
    html = render(request_, 'ttminis_avatar person css_class="face"', person=mia)
    assert "<img" not in html
    assert 'class="face"' in html
    assert ">U</text>" in html


def test_avatar_of_a_user_costs_one_query(
    mia: Any, django_assert_num_queries: Any
) -> None:
    identity_of(mia, avatar_url=PICTURE)
    identity_of(mia, days_old=1)
    with django_assert_num_queries(1):
        assert avatar(mia)["url"] == PICTURE


def test_avatar_of_what_is_at_hand_costs_no_query(
    mia: Any, django_assert_num_queries: Any
) -> None:
    identity_of(mia, avatar_url=PICTURE)
    identity = Identity.objects.with_user().get()
    with django_assert_num_queries(0):
        shown = avatar(identity)
        assert shown == avatar(identity.account)
    assert (shown["url"], shown["name"]) == (PICTURE, "user_mia")


def test_freshest_picture_is_shown(mia: Any) -> None:
    identity_of(mia, days_old=1, avatar_url=PICTURE)
    identity_of(mia, days_old=9, avatar_url="https://old.example/")
    identity_of(mia, avatar_url="https://undated.example/")
    identity_of(mia, days_old=0)
    assert avatar(mia)["url"] == PICTURE


def test_picture_of_a_web_login_is_shown(mia: Any) -> None:
    account_of(mia, "tiktok", avatar_url=PICTURE)
    account_of(mia, "github", avatar_url="https://elsewhere.example/")
    assert avatar(mia)["url"] == PICTURE


@pytest.mark.parametrize(
    "address",
    [
        "http://p16.tiktokcdn.example/mia.webp",
        "javascript:alert(1)",
        "//p16.tiktokcdn.example/mia.webp",
        "https://",
        "https://[/",
        "",
        7,
        None,
    ],
)
def test_address_that_no_page_should_load_is_left_out(address: Any) -> None:
    account = SocialAccount(extra_data={"display_name": "M", "avatar_url": address})
    assert avatar(account)["url"] is None


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_laptop_may_do_without_https(host: str) -> None:
    url = f"http://{host}/mia.svg"
    account = SocialAccount(extra_data={"display_name": "M", "avatar_url": url})
    assert avatar(account)["url"] == url


@pytest.mark.parametrize("stored", [[], "Mia", 5, Value(None, JSONField())])
def test_account_of_which_no_object_is_stored_shows_the_username(
    mia: Any, stored: Any
) -> None:
    identity_of(mia)
    SocialAccount.objects.update(extra_data=stored)
    assert avatar(mia) == {"url": None, "name": "user_mia", "initial": "U"}


@pytest.mark.parametrize("anonymous", [None, AnonymousUser(), ""])
def test_anonymous_visitor_has_neither_picture_nor_name(anonymous: Any) -> None:
    assert avatar(anonymous) == {"url": None, "name": "", "initial": "?"}


@pytest.mark.parametrize(
    ("name", "initial"), [("noah", "N"), ("愛子", "愛"), ("_ mia", "M"), ("✨", "✨")]
)
def test_initial_is_the_first_letter(name: str, initial: str) -> None:
    account = SocialAccount(extra_data={"display_name": name})
    assert avatar(account)["initial"] == initial


NOTHING_TO_SEE = [
    " \t\n",
    "\u00a0\u3000",
    "\u200b\u200d\ufeff",
    "\u202e\u2066",
    "\u0301\u20dd",
    "\u3164\uffa0",
    "\u2800",
    "\U000e0041\U000e0fff",
]


@pytest.mark.parametrize("name", NOTHING_TO_SEE, ids=ascii)
def test_name_that_shows_nothing_gives_way_to_the_username(mia: Any, name: str) -> None:
    identity_of(mia, display_name=name)
    shown = avatar(mia)
    assert (shown["name"], shown["initial"]) == ("user_mia", "U")


@pytest.mark.parametrize("name", NOTHING_TO_SEE, ids=ascii)
def test_name_that_shows_nothing_fills_in_no_name(name: str) -> None:
    user_info = UserInfo.from_json({"open_id": "-000mia", "display_name": name})
    token = {"open_id": "-000mia", "access_token": "a", "scope": "user.info.basic"}
    person = Person(token_grant=TokenGrant.from_json(token), user_info=user_info)
    assert common_fields(person)["name"] is None


@pytest.mark.parametrize(
    ("name", "initial"),
    [
        ("\u200b✨", "✨"),
        ("\u3164mia", "M"),
        ("\u0301é", "É"),
        ("\U0001fae8", "\U0001fae8"),
    ],
)
def test_initial_can_be_seen(name: str, initial: str) -> None:
    account = SocialAccount(extra_data={"display_name": name})
    assert avatar(account)["initial"] == initial


def tag_without_request(arguments: str, **context: Any) -> str:
    template = Template("{% load ttminis %}{% ttminis_sdk " + arguments + " %}")
    return template.render(Context(context))


TOKEN = 'mode="token" api_base="https://api.example"'


def test_hosted_page_gets_the_address_of_the_server() -> None:
    said = config(tag_without_request(TOKEN))
    del said["messages"]
    session = "https://api.example/_allauth/app/v1/auth/session"
    assert said == {
        "clientKey": DRAMA,
        "mode": "token",
        "silent": True,
        "process": "login",
        "apiBase": "https://api.example",
        "loginUrl": "https://api.example/accounts/ttminis/app/code/",
        "sessionUrl": session,
        "logoutUrl": session,
        "refreshUrl": "https://api.example/_allauth/app/v1/tokens/refresh",
        "tokenScheme": "Bearer",
        "next": None,
        "callStyle": "auto",
        "sdkTimeout": 10000,
        "language": "en-us",
    }


def test_hosted_page_takes_nothing_of_a_request(
    request_: Any, django_user_model: Any
) -> None:
    request_.user = django_user_model.objects.create_user("mia")
    assert render(request_, f"ttminis_sdk {TOKEN}") == tag_without_request(TOKEN)
    assert "CSRF_COOKIE" not in request_.META


def test_hosted_page_holds_the_client_key_literally() -> None:
    html = tag_without_request(f"{TOKEN} client_key=key", key="mnother")
    assert 'TTMinis.init({clientKey: "mnother"})' in html


def test_hosted_page_with_a_client_key_needs_no_database(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        tag_without_request(f'{TOKEN} client_key="{GAME}"')


@pytest.mark.usefixtures("two_apps")
def test_hosted_page_of_one_of_several_apps_needs_a_client_key() -> None:
    with pytest.raises(ImproperlyConfigured, match="client_key"):
        tag_without_request(TOKEN)


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("/tiktok/sdk.js", "https://api.example/tiktok/sdk.js"),
        ("https://sdk.example/sdk.js", "https://sdk.example/sdk.js"),
    ],
)
def test_hosted_page_finds_the_sdk(setting: str, found: str, settings: Any) -> None:
    settings.TTMINIS_SDK_URL = setting
    assert f'<script src="{found}"' in tag_without_request(TOKEN)


@pytest.mark.parametrize("process", ["login", "connect", "authorize"])
def test_buttons_need_no_request(process: str) -> None:
    template = Template("{% load ttminis %}{% ttminis_" + process + "_button %}")
    assert f'data-ttminis="{process}"' in template.render(Context())


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example/",
        "https://api.example:8443",
        "https://api.example/site",
        "http://localhost:8000",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "http://api.localhost",
    ],
)
def test_api_base_comes_before_each_path(address: str) -> None:
    html = tag_without_request('mode="token" api_base=address', address=address)
    said = config(html)
    assert said["apiBase"] == address.rstrip("/")
    assert said["loginUrl"] == f"{said['apiBase']}/accounts/ttminis/app/code/"


@pytest.mark.parametrize(
    "address",
    [
        "",
        None,
        "api.example",
        "//api.example",
        "http://api.example",
        "http://localhost.example",
        "https://",
        "https://[",
        "https://api.example:port",
        "https://me@api.example",
        "https://api.example/?a=b",
        "https://api.example/#a",
        "javascript://api.example",
    ],
)
def test_api_base_that_would_not_do_is_refused(address: str | None) -> None:
    with pytest.raises(ImproperlyConfigured, match="api_base"):
        tag_without_request('mode="token" api_base=address', address=address)


def test_hosted_page_needs_allauth_headless(settings: Any) -> None:
    settings.INSTALLED_APPS = [
        app for app in settings.INSTALLED_APPS if app != "allauth.headless"
    ]
    with pytest.raises(ImproperlyConfigured, match=r'"allauth\.headless"'):
        tag_without_request(TOKEN)


def test_hosted_page_needs_the_addresses_of_headless(settings: Any) -> None:
    settings.ROOT_URLCONF = "allauth.urls"
    with pytest.raises(ImproperlyConfigured, match=r"allauth\.headless\.urls"):
        tag_without_request(TOKEN)


def test_unknown_mode_is_refused(request_: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="mode"):
        render(request_, 'ttminis_sdk mode="cookie"')


def test_variable_that_the_context_lacks_means_session_mode(request_: Any) -> None:
    html = render(request_, "ttminis_sdk mode=ttminis_mode api_base=api_base")
    assert config(html)["mode"] == "session"


def test_hosted_page_is_never_silent_about_connecting() -> None:
    assert config(tag_without_request(f'{TOKEN} process="connect"'))["silent"] is False
