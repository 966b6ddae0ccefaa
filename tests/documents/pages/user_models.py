"""docs/how-to/user-models.rst"""

import pytest
from django.core.management import call_command


def test_two_users_without_an_email_address_can_log_in(client, db, tiktok):
    mia = tiktok.log_in(client, "mia")
    client.logout()
    noah = tiktok.log_in(client, "noah")

    assert mia != noah
    assert getattr(mia, "email", None) is getattr(noah, "email", None) is None


def test_the_adapter_fills_a_column(client, db, tiktok):
    assert tiktok.log_in(client, "mia").coins == 10


def test_a_closed_site_refuses_new_users_and_accepts_known_ones(
    client, db, tiktok, settings
):
    mia = tiktok.log_in(client, "mia")
    client.logout()
    settings.SOCIALACCOUNT_ADAPTER = "people.closed.ClosedAdapter"

    assert tiktok.log_in(client, "mia") == mia
    client.logout()
    with pytest.raises(AssertionError, match="signup_closed"):
        tiktok.log_in(client, "noah")


def test_system_checks_accept_the_user_model(db, settings):
    settings.DEBUG = True
    call_command("check", fail_level="WARNING")
