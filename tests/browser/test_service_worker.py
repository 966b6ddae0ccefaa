"""Old pages from the cache of a service worker."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from .conftest import CLIENT_KEY, Visit
from .test_other_tabs import do_in_other_tab
from .urls import urlpatterns as usual

pytestmark = pytest.mark.browser

# Caches each page that was opened with "?cached", and never requests it again.
WORKER = """
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

async function cachedOrFresh(request) {
  const pages = await caches.open("pages");
  const cached = await pages.match(request);
  if (cached) return cached;
  const fresh = await fetch(request);
  await pages.put(request, fresh.clone());
  return fresh;
}

addEventListener("fetch", (event) => {
  const isCached = event.request.url.includes("cached");
  if (event.request.mode === "navigate" && isCached) {
    event.respondWith(cachedOrFresh(event.request));
  }
});
"""
REGISTER = """
navigator.serviceWorker.register("/worker.js", { scope: "/" })
  .then(() => navigator.serviceWorker.ready).then(() => undefined)
"""
CACHED = "/stage/?quiet&cached"
NOTE = "TTMinisAuth.fetch('/api/note/', {method: 'POST', body: 'hello'})"


def worker(request: HttpRequest) -> HttpResponse:
    return HttpResponse(WORKER, content_type="text/javascript")


urlpatterns = [path("worker.js", worker), *usual]


@pytest.fixture(params=["cookie"])
def csrf_token(request: Any, settings: Any) -> str:
    """The place of the CSRF token; scripts can read only the plain cookie."""
    if request.param != "cookie":
        setattr(settings, request.param, True)
    return str(request.param)


@pytest.fixture
def cached_page(visit: Visit, csrf_token: str, settings: Any) -> str:
    """Have the worker cache a page that was rendered for Mia; return her id."""
    settings.ROOT_URLCONF = __name__
    visit.open()
    visit.event("login")
    visit.page.evaluate(REGISTER)
    visit.open(CACHED)
    visit.ready()
    return str(visit.page.evaluate("TTMinisAuth.session.userId"))


def status_of_a_note(visit: Visit) -> Any:
    """Return the status of a write, or the name of the error."""
    return visit.page.evaluate(f"{NOTE}.then((r) => r.status, (e) => e.code || e.name)")


def open_cached_page(visit: Visit) -> None:
    visit.open(CACHED)
    visit.ready()
    assert visit.page.evaluate("navigator.serviceWorker.controller !== null")


@pytest.mark.usefixtures("cached_page")
def test_a_cached_page_can_write_for_the_same_user(visit: Visit) -> None:
    open_cached_page(visit)
    assert status_of_a_note(visit) == 200


@pytest.mark.parametrize(
    "csrf_token", ["cookie", "CSRF_COOKIE_HTTPONLY", "CSRF_USE_SESSIONS"], indirect=True
)
def test_a_cached_page_can_write_after_another_login_of_the_user(
    cached_page: str, visit: Visit
) -> None:
    do_in_other_tab(visit, "TTMinisAuth.logout().then(() => TTMinisAuth.login())")
    open_cached_page(visit)
    visit.refusals_expected = True
    assert status_of_a_note(visit) == 200
    assert visit.page.evaluate("TTMinisAuth.session.userId") == cached_page


@pytest.mark.usefixtures("cached_page")
def test_a_cached_page_cannot_write_for_another_user(visit: Visit, tiktok: Any) -> None:
    visit.new_code = lambda: tiktok.issue_code(CLIENT_KEY, "noah")
    do_in_other_tab(visit, "TTMinisAuth.logout().then(() => TTMinisAuth.login())")
    open_cached_page(visit)
    visit.refusals_expected = True
    assert status_of_a_note(visit) in (403, "cancelled")


@pytest.mark.usefixtures("cached_page")
def test_a_cached_page_does_not_log_in_after_a_logout(visit: Visit) -> None:
    do_in_other_tab(visit, "TTMinisAuth.logout()")
    open_cached_page(visit)
    visit.refusals_expected = True
    assert status_of_a_note(visit) in (401, 403)
    visit.open()
    visit.ready()
    assert visit.who() == ""
