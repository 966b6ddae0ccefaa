"""A cache that is away stops no good code, and is not left unseen."""

import pytest
from django.core.cache.backends.locmem import LocMemCache

from tests.fixtures import error_code
from ttminis_auth.core import rare_warnings

pytestmark = pytest.mark.django_db


LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


def log_line(error):
    """Return the warning, as ``docs/reference/logs.rst`` has it."""
    return f"The cache fails with {error}, so rejected codes are not limited."


class Away(LocMemCache):
    """As a client of Redis is, when there is no Redis."""

    def _fail(self, *args, **kwargs):
        raise ConnectionError("redis://:password@cache.example:6379 refused")

    get = set = add = delete = _fail


class Forgetful(LocMemCache):
    """Fails at the second step: between reading and writing the cache went away."""

    def _fail(self, *args, **kwargs):
        raise TimeoutError

    set = delete = _fail


@pytest.fixture(autouse=True)
def _away(settings, monkeypatch):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Away"}}
    monkeypatch.setattr(rare_warnings, "_logged_at", {})


def test_good_code_is_taken(send_code):
    assert send_code("mia").status_code == 200


def test_bad_code_is_rejected_as_ever(send_code):
    assert error_code(send_code(code="made up")) == "code_rejected"


def test_bad_code_is_rejected_when_it_cannot_be_counted(send_code, settings, caplog):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Forgetful"}}

    assert error_code(send_code(code="made up")) == "code_rejected"
    assert log_line("TimeoutError") in caplog.messages


def test_outage_is_logged_once_in_a_while(send_code, caplog):
    for _ in range(5):
        send_code("mia")

    assert caplog.messages.count(log_line("ConnectionError")) == 1


def test_cache_that_has_nothing_yet_is_not_away(send_code, settings, caplog):
    settings.CACHES = {"default": {"BACKEND": LOCMEM}}
    send_code("mia")
    send_code(code="made up")

    assert "cache" not in caplog.text


def test_error_of_the_cache_is_not_quoted(send_code, caplog):
    send_code(code="made up")

    assert "password" not in caplog.text


def test_limit_that_is_off_needs_no_cache(send_code, caplog, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = ""
    send_code("mia")

    assert "cache" not in caplog.text
