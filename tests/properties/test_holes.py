"""What the machine found, each as short as it gets."""

from django.contrib.auth import get_user_model
from django.test import override_settings

from tests.properties.model import BASIC


def test_merge_lets_no_other_account_into_the_older_user(people):
    """Mia connected Noah's account to hers; that gives her none of his older users."""
    they = people("merge")
    they.authorize("phone", ("noah", "drama"), BASIC)
    noah_s = they.user_pk("phone")
    they.log_in_silently("laptop", ("mia", "drama"))

    they.connect_on_the_web("laptop", "noah")

    assert they.identity(("mia", "drama")).account.user_id != noah_s


def test_connecting_without_a_session_logs_no_user_in(people):
    they = people("merge")
    they.authorize("phone", ("mia", "game"), BASIC)
    with override_settings(TTMINIS_UNION_LINKING="report"):
        they.log_in_on_the_web("laptop", "mia", more=False)
    they.log_out("laptop")

    they.take_the_web("laptop", "mia", "connect", more=False)

    assert get_user_model().objects.count() == 3  # without a union_id, none is merged
    assert they.user_pk("laptop") is None
