"""Pages that a service worker has kept, and shows as they were."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from .conftest import CLIENT_KEY, Visit
from .test_other_tabs import do_elsewhere
from .urls import urlpatterns as usual

pytestmark = pytest.mark.browser

# Keeps each page that was opened with "?kept", and never asks for it again.
WORKER = """
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

async function keptOrFresh(request) {
  const pages = await caches.open("pages");
  const kept = await pages.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  await pages.put(request, fresh.clone());
  return fresh;
}

addEventListener("fetch", (event) => {
  const isKept = event.request.url.includes("kept");
  if (event.request.mode === "navigate" && isKept) {
    event.respondWith(keptOrFresh(event.request));
  }
});
"""
REGISTER = """
navigator.serviceWorker.register("/worker.js", { scope: "/" })
  .then(() => navigator.serviceWorker.ready).then(() => undefined)
"""
KEPT = "/stage/?quiet&kept"
NOTE = "TTMinisAuth.fetch('/api/note/', {method: 'POST', body: 'hello'})"


def worker(request: HttpRequest) -> HttpResponse:
    return HttpResponse(WORKER, content_type="text/javascript")


urlpatterns = [path("worker.js", worker), *usual]


@pytest.fixture(params=["cookie"])
def csrf_token(request: Any, settings: Any) -> str:
    """Where Django keeps the CSRF token: the other places are hidden from scripts."""
    if request.param != "cookie":
        setattr(settings, request.param, True)
    return str(request.param)


@pytest.fixture
def mias_copy(visit: Visit, csrf_token: str, settings: Any) -> str:
    """Have the worker keep a page that was rendered for Mia; return her id."""
    settings.ROOT_URLCONF = __name__
    visit.open()
    visit.event("login")
    visit.page.evaluate(REGISTER)
    visit.open(KEPT)
    visit.ready()
    return str(visit.page.evaluate("TTMinisAuth.session.userId"))


def status_of_a_note(visit: Visit) -> Any:
    """Return the status of a write, or the name of the error."""
    return visit.page.evaluate(f"{NOTE}.then((r) => r.status, (e) => e.code || e.name)")


def open_copy(visit: Visit) -> None:
    visit.open(KEPT)
    visit.ready()
    assert visit.page.evaluate("navigator.serviceWorker.controller !== null")


@pytest.mark.usefixtures("mias_copy")
def test_kept_page_writes_for_the_person_who_is_still_in(visit: Visit) -> None:
    open_copy(visit)
    assert status_of_a_note(visit) == 200


@pytest.mark.parametrize(
    "csrf_token", ["cookie", "CSRF_COOKIE_HTTPONLY", "CSRF_USE_SESSIONS"], indirect=True
)
def test_kept_page_writes_again_after_another_login_of_the_same_person(
    mias_copy: str, visit: Visit
) -> None:
    do_elsewhere(visit, "TTMinisAuth.logout().then(() => TTMinisAuth.login())")
    open_copy(visit)
    visit.refusals_expected = True
    assert status_of_a_note(visit) == 200
    assert visit.page.evaluate("TTMinisAuth.session.userId") == mias_copy


@pytest.mark.usefixtures("mias_copy")
def test_kept_page_writes_nothing_under_the_next_persons_name(
    visit: Visit, tiktok: Any
) -> None:
    visit.new_code = lambda: tiktok.issue_code(CLIENT_KEY, "noah")
    do_elsewhere(visit, "TTMinisAuth.logout().then(() => TTMinisAuth.login())")
    open_copy(visit)
    visit.refusals_expected = True
    assert status_of_a_note(visit) in (403, "cancelled")


@pytest.mark.usefixtures("mias_copy")
def test_cached_page_does_not_log_in_after_a_logout(visit: Visit) -> None:
    do_elsewhere(visit, "TTMinisAuth.logout()")
    open_copy(visit)
    visit.refusals_expected = True
    assert status_of_a_note(visit) in (401, 403)
    visit.open()
    visit.ready()
    assert visit.who() == ""
