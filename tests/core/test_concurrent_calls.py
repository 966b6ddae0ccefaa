"""While TikTok is slow, most threads of a process stay free for other pages."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from allauth.socialaccount.models import SocialApp
from asgiref.sync import async_to_sync
from django.contrib.auth.signals import user_logged_in
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.utils import timezone

from tests.databases import connection
from tests.fixtures import BASIC, DRAMA, error_code
from tests.tokens.processes import eventually
from ttminis_auth.core import concurrent_calls, counts, rare_warnings, upstream
from ttminis_auth.errors import TikTokNotReached
from ttminis_auth.middleware import TTMinisMiddleware
from ttminis_auth.models import Grant, Identity
from ttminis_auth.profile.user_info import fetch as fetch_profile
from ttminis_auth.tokens import access, refresh_grant
from ttminis_auth.tokens.refresh_all import refresh_due
from ttminis_auth.tokens.refresh_identity import refresh_identity

APP = SocialApp(client_id=DRAMA, secret="simulated-drama-secret", provider="ttminis")
# Long enough for a busy machine to notice; a test that passes never waits so long.
LONG = 60
JSON = "application/json"


@pytest.fixture(autouse=True)
def _limited(settings):
    settings.TTMINIS_MAX_CONCURRENT_CALLS = 2
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = LONG


@pytest.fixture
def threads():
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def hanging(tiktok, threads):
    """Two codes are being exchanged and TikTok does not answer."""
    tiktok.clear_requests()
    tiktok.order_fault("timeout", times=2, seconds=LONG)
    calls = [threads.submit(upstream.exchange, APP, f"code {n}") for n in range(2)]
    eventually(lambda: len(tiktok.requests) == 2)
    yield calls
    tiktok.release()


@pytest.mark.django_db
def test_login_without_a_free_place_is_refused_at_once(hanging, send_code, tiktok):
    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (503, "tiktok_unavailable")
    assert response["Retry-After"] == "2"
    assert len(tiktok.requests) == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("hanging")
def test_login_without_a_free_place_does_not_spend_its_code(
    tiktok, client, code_url, hanging
):
    body = {"code": tiktok.issue_code(DRAMA, "mia")}
    client.post(code_url, body, content_type="application/json")
    tiktok.release()
    for call in hanging:
        call.exception()

    response = client.post(code_url, body, content_type="application/json")
    assert response.status_code == 200


@pytest.fixture
def expired(authorize):
    authorize("mia")
    past = timezone.now() - timedelta(seconds=1)
    Grant.objects.update(access_expires_at=past)
    return Identity.objects.get()


@pytest.fixture
def overloaded(expired, request):
    """An identity with expired tokens, at a moment when all places are taken."""
    request.getfixturevalue("hanging")
    return expired


@pytest.mark.django_db
@pytest.mark.parametrize("act", [access.access_token, fetch_profile])
def test_token_refresh_in_a_view_without_a_free_place_is_refused(overloaded, act):
    with pytest.raises(TikTokNotReached) as refused:
        act(overloaded)

    assert refused.value.retry_after == 2


@pytest.mark.django_db
def test_refresh_by_an_operator_without_a_free_place_is_refused(overloaded):
    assert refresh_identity(overloaded).failed == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: upstream.exchange(APP, "code"),
        lambda: upstream.refresh(APP, "rft"),
        lambda: upstream.revoke(APP, "act"),
        lambda: upstream.user_info(APP, "act", ["open_id"]),
    ],
    ids=["exchange", "refresh", "revoke", "user_info"],
)
@pytest.mark.usefixtures("hanging")
def test_each_kind_of_call_needs_a_place(call):
    with pytest.raises(TikTokNotReached):
        call()


@pytest.mark.django_db
def test_refresh_of_many_needs_no_place(overloaded):
    assert refresh_due(workers=1).refreshed == 1


@pytest.mark.django_db
def test_waiting_for_a_row_lock_takes_a_place(expired, settings):
    settings.TTMINIS_MAX_CONCURRENT_CALLS = 1

    with refresh_grant.locked(expired.grants.get()), ThreadPoolExecutor(1) as elsewhere:
        call = elsewhere.submit(upstream.exchange, APP, "code")
        assert isinstance(call.exception(), TikTokNotReached)


def test_place_is_free_again_after_a_failure(tiktok):
    tiktok.order_fault("html_502", times=5)
    for _ in range(5):
        with pytest.raises(TikTokNotReached) as failure:
            upstream.exchange(APP, "code")

    assert failure.value.__cause__.status == 502


@pytest.mark.django_db
def test_consent_takes_one_place_for_code_and_profile(settings, authorize):
    settings.TTMINIS_MAX_CONCURRENT_CALLS = 1

    response = authorize("mia", scopes=BASIC)
    assert response.json()["data"]["ttminis"]["profile"]["display_name"] == "Mia"


@pytest.mark.usefixtures("hanging")
def test_overload_is_logged_at_intervals(monkeypatch, caplog):
    monkeypatch.setattr(rare_warnings, "_logged_at", {})
    for _ in range(20):
        with pytest.raises(TikTokNotReached):
            upstream.exchange(APP, "code")

    assert [record.getMessage()[:31] for record in caplog.records] == [
        "2 requests wait for TikTok alre"
    ]


def test_calls_of_the_parent_take_no_place_in_a_fork():
    places = concurrent_calls._Places()
    assert [places.take() for _ in range(3)] == [True, True, False]
    places._pid = 1  # as a fork finds it

    assert places.take()


@pytest.mark.process
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.usefixtures("hanging")
def test_forked_process_begins_with_all_places_free():
    read, write = os.pipe()

    if (child := os.fork()) == 0:
        with concurrent_calls.place():
            os.write(write, b"free")
        os._exit(0)

    os.waitpid(child, 0)
    assert os.read(read, 10) == b"free"
    os.close(read)
    os.close(write)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_other_views_are_answered_while_tiktok_hangs(tiktok, code_url, threads):
    """With a server of eight threads, and more logins than that."""
    tiktok.order_fault("timeout", times=12, seconds=LONG)
    codes = [tiktok.issue_code(DRAMA, "mia") for _ in range(12)]
    done = Event()

    def ask(method, *sent):
        try:
            return getattr(Client(), method)(*sent, content_type="application/json")
        finally:
            connection.close()

    logins = [threads.submit(ask, "post", code_url, {"code": code}) for code in codes]
    page = threads.submit(ask, "get", "/accounts/ttminis/login/")
    page.add_done_callback(lambda _: done.set())

    try:
        assert done.wait(LONG / 2)
        assert page.result().status_code == 200
    finally:
        tiktok.release()
    assert [login.result().status_code for login in logins] == [503] * 12
    assert len(tiktok.requests) == 2


# More logins than places.


@pytest.fixture(params=["behind all others", "before all others"])
def _middleware(request, settings):
    others = [m for m in settings.MIDDLEWARE if "TTMinisMiddleware" not in m]
    ours = "ttminis_auth.middleware.TTMinisMiddleware"
    first = request.param == "before all others"
    settings.MIDDLEWARE = [ours, *others] if first else [*others, ours]


async def refused_async(code_url):
    return await AsyncClient().post(code_url, {"code": "x"}, content_type=JSON)


@pytest.mark.django_db
@pytest.mark.usefixtures("hanging", "_middleware")
def test_login_without_a_free_place_is_refused_under_asgi(code_url):
    response = async_to_sync(refused_async)(code_url)

    assert (response.status_code, error_code(response)) == (503, "tiktok_unavailable")
    assert response["Retry-After"] == "2"


@pytest.mark.django_db
@pytest.mark.usefixtures("hanging", "_middleware")
def test_middleware_refuses_a_login_without_a_query(
    olga, client, code_url, django_assert_num_queries
):
    with django_assert_num_queries(0):
        response = client.post(code_url, {"code": "x"}, content_type=JSON)

    assert response.status_code == 503


@pytest.mark.django_db
@pytest.mark.usefixtures("hanging")
def test_view_without_the_middleware_refuses_a_login_without_a_query(
    olga, client, code_url, settings, django_assert_num_queries
):
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "TTMinis" not in m]
    with django_assert_num_queries(0):
        response = client.post(code_url, {"code": "x"}, content_type=JSON)

    assert response.status_code == 503


@pytest.mark.django_db
@pytest.mark.usefixtures("hanging", "_middleware")
def test_other_pages_need_no_place(client, code_url):
    assert client.get("/accounts/login/").status_code == 200
    assert client.post("/accounts/login/", {}).status_code == 200
    assert client.get(code_url).status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("hanging", "_middleware")
def test_logins_without_a_free_place_are_counted(client, code_url):
    for _ in range(3):
        client.post(code_url, {"code": "x"}, content_type=JSON)

    (counted,) = counts.unwritten.counts.items()
    assert (counted[0].code, counted[1]) == ("tiktok_unavailable", 3)


def answered_by_the_loop(request):
    """Call our middleware under ASGI; the view tries to take one more place."""

    async def view(request):
        with ThreadPoolExecutor(1) as elsewhere:
            other = elsewhere.submit(upstream.exchange, APP, "code").exception()
        return HttpResponse(type(other).__name__)

    return asyncio.run(TTMinisMiddleware(view)(request))


def test_event_loop_takes_the_place_of_a_login(settings, rf, code_url):
    settings.TTMINIS_MAX_CONCURRENT_CALLS = 1

    assert answered_by_the_loop(rf.post(code_url)).content == b"TikTokNotReached"


@pytest.mark.usefixtures("hanging")
def test_event_loop_refuses_a_login_without_a_place(rf, code_url):
    response = answered_by_the_loop(rf.post(code_url))

    assert (response.status_code, response["Retry-After"]) == (503, "2")


@pytest.mark.usefixtures("hanging")
@pytest.mark.parametrize("method", ["get", "post"])
def test_event_loop_lets_other_requests_pass(rf, method):
    assert answered_by_the_loop(getattr(rf, method)("/")).status_code == 200


@pytest.mark.usefixtures("hanging")
def test_middleware_lets_all_pass_if_the_project_has_no_login_url(
    settings, rf, code_url
):
    settings.ROOT_URLCONF = "ttminis_auth.webhooks.urls"

    assert answered_by_the_loop(rf.post(code_url)).status_code == 200


@pytest.mark.django_db
def test_login_keeps_its_place_until_it_is_stored(settings, send_code):
    """The login keeps one database connection while it waits for TikTok."""
    settings.TTMINIS_MAX_CONCURRENT_CALLS = 1
    others = []

    def ask_meanwhile(**kwargs):
        with ThreadPoolExecutor(1) as elsewhere:
            call = elsewhere.submit(upstream.exchange, APP, "code")
            others.append(type(call.exception()))

    user_logged_in.connect(ask_meanwhile)
    try:
        assert send_code("mia").status_code == 200
    finally:
        user_logged_in.disconnect(ask_meanwhile)
    assert others == [TikTokNotReached]
