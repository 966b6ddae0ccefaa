"""The settings: their defaults, and the messages for wrong ones."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from ttminis_auth.conf import conf


def test_the_defaults_are_tiktok_s_own_addresses():
    assert conf.TTMINIS_API_BASE_URL == "https://open.tiktokapis.com"
    assert conf.TTMINIS_SDK_URL == "https://connect.tiktok-minis.com/drama/sdk.js"
    assert conf.TTMINIS_AUTHORIZE_URL == "https://www.tiktok.com/v2/auth/authorize/"


def test_the_defaults_are_careful():
    assert conf.TTMINIS_STORE_TOKENS is True
    assert conf.TTMINIS_REJECTED_CODE_LIMIT == "20/m/ip"
    assert conf.TTMINIS_SDK_CALL_STYLE == "auto"
    assert timedelta(seconds=10) == conf.TTMINIS_SDK_TIMEOUT


def test_a_setting_is_read_when_it_is_used(settings):
    settings.TTMINIS_API_BASE_URL = "http://127.0.0.1:8000/tiktok/"

    assert conf.TTMINIS_API_BASE_URL == "http://127.0.0.1:8000/tiktok"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TTMINIS_API_BASE_URL", None),
        ("TTMINIS_SDK_URL", b"https://sdk"),
        ("TTMINIS_SDK_CALL_STYLE", "promise"),
        ("TTMINIS_UNION_LINKING", "always"),
        ("TTMINIS_SDK_TIMEOUT", 10),
        ("TTMINIS_STORE_TOKENS", "yes"),
        ("TTMINIS_REJECTED_CODE_LIMIT", 20),
        ("TTMINIS_MAX_CONCURRENT_CALLS", 0),
        ("TTMINIS_MAX_CONCURRENT_CALLS", "4"),
        ("TTMINIS_REVOKE_ON", "disconnect"),
        ("TTMINIS_REVOKE_ON", ["logout"]),
        ("TTMINIS_REMOVAL_ACTIONS", ["deactivate"]),
        ("TTMINIS_REMOVAL_ACTIONS", {"default": ["delete"]}),
        ("TTMINIS_REMOVAL_ACTIONS", {"banned": ["deactivate"]}),
        ("TTMINIS_REMOVAL_ACTIONS", {4: "deactivate"}),
        ("TTMINIS_WEBHOOK_TOLERANCE", 300),
        ("TTMINIS_WEBHOOK_RETENTION", 90),
        ("TTMINIS_REMOVED_RETENTION", 365),
    ],
)
def test_a_wrong_setting_is_named(settings, name, value):
    setattr(settings, name, value)

    with pytest.raises(ImproperlyConfigured, match=name):
        getattr(conf, name)


def test_nothing_is_revoked_or_deleted_by_default():
    assert frozenset() == conf.TTMINIS_REVOKE_ON
    assert conf.TTMINIS_REMOVAL_ACTIONS == {"default": ["end_minis_sessions"]}
    assert conf.TTMINIS_REMOVED_RETENTION is None


def test_webhooks_outlast_tiktok_s_own_retries():
    assert timedelta(hours=72) < conf.TTMINIS_WEBHOOK_TOLERANCE
    assert conf.TTMINIS_WEBHOOK_TOLERANCE < conf.TTMINIS_WEBHOOK_RETENTION


def test_a_reason_of_the_project_leaves_the_default_in_place(settings):
    settings.TTMINIS_REMOVAL_ACTIONS = {4: ["deactivate"]}

    assert conf.TTMINIS_REMOVAL_ACTIONS["default"] == ["end_minis_sessions"]


def test_a_retention_of_the_project_is_taken(settings):
    settings.TTMINIS_REMOVED_RETENTION = timedelta(days=365)

    assert timedelta(days=365) == conf.TTMINIS_REMOVED_RETENTION
