"""One test for each id and for each way to get it."""

import pytest
from django.core.checks import run_checks

APPS = [{"client_id": "mn1", "secret": "s1"}, {"client_id": "mn2", "secret": "s2"}]


@pytest.fixture
def ids():
    """The ids of what our checks say now."""
    return lambda: [m.id for m in run_checks() if m.id.startswith("ttminis_auth")]


@pytest.fixture
def configure(settings):
    def configure(**provider):
        settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": provider}

    return configure


def test_a_good_project_hears_nothing(ids):
    assert ids() == []


def test_every_message_has_a_hint(settings):
    settings.TTMINIS_STORE_TOKENS = "yes"
    settings.SOCIALACCOUNT_STORE_TOKENS = True
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [{"client_id": "mn1"}] * 2}}

    ours = [m for m in run_checks() if m.id.startswith("ttminis_auth")]
    assert len({m.id for m in ours}) == 5
    assert all(m.hint for m in ours)


def test_a_setting_of_a_wrong_type(ids, settings):
    settings.TTMINIS_STORE_TOKENS = "yes"

    assert ids() == ["ttminis_auth.E001"]


@pytest.mark.parametrize(
    "url",
    [
        "http://open.tiktokapis.com",
        "ftp://127.0.0.1",
        "open.tiktokapis.com",
        "https://",
    ],
)
def test_an_address_that_would_tell_the_secret(ids, settings, url):
    settings.TTMINIS_API_BASE_URL = url

    assert ids() == ["ttminis_auth.E002"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/tiktok", "http://[::1]:1", "http://localhost"]
)
def test_the_simulator_s_address_is_fine(ids, settings, url):
    settings.TTMINIS_API_BASE_URL = url

    assert ids() == []


@pytest.mark.parametrize("limit", ["20", "x/m/ip", "20/m/user", "20/y/ip"])
def test_a_limit_that_is_no_rate_per_address(ids, settings, limit):
    settings.TTMINIS_REJECTED_CODE_LIMIT = limit

    assert ids() == ["ttminis_auth.E003"]


@pytest.mark.parametrize("limit", ["", "20/m", "20/m/ip,100/d/ip"])
def test_a_limit_that_is_one(ids, settings, limit):
    settings.TTMINIS_REJECTED_CODE_LIMIT = limit

    assert ids() == []


@pytest.mark.parametrize("missing", ["client_id", "secret"])
def test_an_incomplete_app(ids, configure, missing):
    configure(APP={**APPS[0], missing: ""})

    assert ids() == ["ttminis_auth.E004"]


def test_two_apps_that_allauth_cannot_tell_apart(ids, configure):
    configure(APPS=APPS)

    assert ids() == ["ttminis_auth.E005"]


def test_two_apps_that_it_can(ids, configure):
    configure(APPS=[APPS[0], {**APPS[1], "provider_id": "game"}])

    assert ids() == []


def test_apps_in_the_database_are_not_missed(ids, configure):
    configure()

    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOCIALACCOUNT_AUTO_SIGNUP", False),
        ("SOCIALACCOUNT_EMAIL_REQUIRED", True),
        ("SOCIALACCOUNT_EMAIL_VERIFICATION", "mandatory"),
    ],
)
def test_a_form_in_the_way_of_a_silent_login(ids, settings, name, value):
    setattr(settings, name, value)

    assert ids() == ["ttminis_auth.W001"]


def test_a_copy_of_the_tokens_in_clear(ids, settings):
    settings.SOCIALACCOUNT_STORE_TOKENS = True

    assert ids() == ["ttminis_auth.W002"]
