"""Bugs that the state machine found, each as its shortest sequence."""

from django.contrib.auth import get_user_model
from django.test import override_settings

from tests.properties.model import BASIC


def test_a_connected_account_gives_no_access_to_its_older_user(new_machine):
    """Mia connected Noah's account to hers; that gives her no older user of his."""
    machine = new_machine("merge")
    machine.authorize("phone", ("noah", "drama"), BASIC)
    noahs_user = machine.user_pk("phone")
    machine.log_in_silently("laptop", ("mia", "drama"))

    machine.connect_on_the_web("laptop", "noah")

    assert machine.identity(("mia", "drama")).account.user_id != noahs_user


def test_connecting_without_a_session_does_not_log_in(new_machine):
    machine = new_machine("merge")
    machine.authorize("phone", ("mia", "game"), BASIC)
    with override_settings(TTMINIS_UNION_LINKING="report"):
        machine.log_in_on_the_web("laptop", "mia", more=False)
    machine.log_out("laptop")

    machine.use_the_web_login("laptop", "mia", "connect", more=False)

    assert get_user_model().objects.count() == 3  # no login, so no merge
    assert machine.user_pk("laptop") is None
