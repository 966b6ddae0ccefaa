"""Pages, buttons, messages and errors are shown in the visitor's language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.template import Context, RequestContext, Template
from django.test import Client, RequestFactory
from django.utils import translation
from playwright.sync_api import Browser

from tools import messages
from tools.messages import LANGUAGES
from ttminis_auth.errors import LoginRefused
from ttminis_auth.page.config import messages as page_messages

CODES = [translation.to_language(language) for language in LANGUAGES]
# These are the same in every language.
NAMES = {"TikTok", "olga"}
ENGLISH = re.compile(r"\b(the|this|you|your|please|with|not|and|log|send)\b", re.I)

LAYOUT = """<title>{% block head_title %}{% endblock %}</title>
{% block content %}{% endblock %}"""
TAGS = """{% load ttminis %}{% ttminis_sdk %}{% ttminis_login_button %}
{% ttminis_connect_button %}{% ttminis_authorize_button %}{% ttminis_avatar user %}"""
PAGE = "/accounts/ttminis/login/"


class Pieces(HTMLParser):
    """Collect the texts of a page that a visitor can read or hear."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.tag = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        spoken = {"alt", "aria-label", "placeholder", "title"}
        self.found |= {value or "" for name, value in attrs if name in spoken}

    def handle_endtag(self, tag: str) -> None:
        self.tag = ""

    def handle_data(self, data: str) -> None:
        if self.tag == "script" and data.lstrip().startswith("{"):
            self.found |= set(json.loads(data)["messages"].values())
        elif self.tag not in ("script", "style"):
            self.found.add(data.strip())


def english_in(texts: set[str], english: set[str]) -> set[str]:
    """Return the texts that are as in English, or have an English word."""
    same = {text for text in texts & english if re.search(r"[A-Za-z]{2}", text)}
    return (same | {text for text in texts if ENGLISH.search(text)}) - NAMES


@pytest.fixture(autouse=True)
def _language_ends_with_the_test() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def visitor(settings: Any, client: Client) -> Client:
    """Return a browser on a site that follows the browser's language."""
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.middleware.locale.LocaleMiddleware",
    ]
    loaders = [
        (
            "django.template.loaders.locmem.Loader",
            # allauth's own layout has texts of its own.
            {"allauth/layouts/base.html": LAYOUT},
        ),
        "django.template.loaders.app_directories.Loader",
    ]
    (templates,) = settings.TEMPLATES
    options = {**templates["OPTIONS"], "loaders": loaders}
    settings.TEMPLATES = [{**templates, "APP_DIRS": False, "OPTIONS": options}]
    return client


def pages(visitor: Client, code: str, user: Any) -> set[str]:
    """Return the texts of the login page, the page to connect, and the tags."""
    headers = {"accept-language": code}
    visitor.logout()
    shown = [visitor.get(PAGE, headers=headers).content.decode()]
    visitor.force_login(user, "django.contrib.auth.backends.ModelBackend")
    connect = visitor.get(PAGE, {"process": "connect"}, headers=headers)
    request = RequestFactory().get("/")
    request.user = user
    with translation.override(code):
        tags = Template(TAGS).render(RequestContext(request, {"user": user}))
    return set().union(
        *(Pieces(page).found for page in (*shown, connect.content.decode(), tags))
    )


@pytest.mark.parametrize("code", CODES)
def test_pages_and_buttons_have_no_english_text(
    code: str, visitor: Client, local_user: Any
) -> None:
    english = pages(visitor, "en", local_user)
    texts = pages(visitor, code, local_user)
    assert len(texts) == len(english) > 20
    assert english_in(texts, english) == set()


def test_login_page_sets_its_language_if_the_layout_does_not(
    visitor: Client, db: None
) -> None:
    found = {
        code: visitor.get(PAGE, headers={"accept-language": code}).content.decode()
        for code in ("ar", "pt-br")
    }
    assert '<div lang="ar" dir="rtl">' in found["ar"]
    assert '<div lang="pt-br" dir="ltr">' in found["pt-br"]


WALL = """{% load ttminis %}<!DOCTYPE html><style>{{ css|safe }}</style>
<meta name="viewport" content="width=device-width">
{% ttminis_login_button %}{% ttminis_connect_button %}{% ttminis_authorize_button %}
{% for text in texts %}<p>{% ttminis_login_button %}</p>{% endfor %}"""
SAY = """(texts) => document.querySelectorAll("p > [role=status]").forEach(
  (each, index) => { each.textContent = texts[index]; })"""
WIDTHS = """() => [document.documentElement.scrollWidth, ...Array.from(
  document.querySelectorAll("button, [role=status]"),
  (each) => Math.max(each.getBoundingClientRect().right, each.scrollWidth))]"""


@pytest.mark.browser
def test_buttons_and_messages_fit_a_narrow_phone_in_each_language(
    chromium: Browser, db: None
) -> None:
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    css = (messages.PACKAGE / "static/ttminis_auth/ttminis-auth.css").read_text()
    too_wide = []
    for code in CODES:
        with translation.override(code):
            texts = [*page_messages().values(), *map(str, texts_of_refusals())]
            page.set_content(
                Template(WALL).render(Context({"css": css, "texts": texts}))
            )
        page.evaluate(SAY, texts)
        too_wide += [(code, width) for width in page.evaluate(WIDTHS) if width > 320]
    page.close()
    assert too_wide == []


# Malformed requests, and a code that TikTok does not know.
REQUESTS: list[Any] = [
    [],
    "x" * 20_000,
    "no JSON",
    {"code": 1},
    {"code": "c", "process": "?"},
    {"code": "c", "next": "https://evil.example/"},
    {"code": "c", "client_key": "unknown"},
    {"code": ""},
    {"code": "spent"},
]


def errors(visitor: Client, code: str, url: str) -> set[str]:
    """Return the endpoint's messages about all these requests."""
    headers = {"accept-language": code}
    answers = [visitor.get(url, headers=headers), visitor.post(url, headers=headers)]
    for request in REQUESTS:
        body = request if isinstance(request, str) else json.dumps(request)
        answers.append(visitor.post(url, body, "application/json", headers=headers))
    return {answer.json()["errors"][0]["message"] for answer in answers}


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_endpoint_answers_in_the_language_of_the_request(
    code: str, visitor: Client, code_url: str, tiktok: Any
) -> None:
    english = errors(visitor, "en", code_url)
    texts = errors(visitor, code, code_url)
    assert len(texts) == len(english) > 8
    assert english_in(texts, english) == set()


def texts_of_refusals() -> list[Any]:
    """Return the lazy text of each kind of refusal."""
    return [kind.text for kind in kinds(LoginRefused)]


def kinds(parent: type[LoginRefused]) -> Iterator[type[LoginRefused]]:
    yield parent
    for child in parent.__subclasses__():
        if child.__module__.startswith("ttminis_auth."):
            yield from kinds(child)


@pytest.mark.parametrize("code", CODES)
def test_each_refusal_is_translated_into_the_active_language(code: str) -> None:
    english = {str(text) for text in texts_of_refusals()}
    with translation.override(code):
        texts = {str(text) for text in texts_of_refusals()}
    assert len(texts) == len(english) > 14
    assert english_in(texts, english) == set()


@pytest.mark.parametrize(("code", "general"), [("es-mx", "es"), ("de-at", "de")])
def test_a_variant_of_a_language_uses_its_translations(code: str, general: str) -> None:
    with translation.override(general):
        expected = translation.gettext("Please log in again.")
    with translation.override(code):
        assert translation.gettext("Please log in again.") == expected
