"""Which users are operators, whatever columns their model has."""

from types import SimpleNamespace

import pytest

from ttminis_auth.linking.staff_rules import is_privileged, is_superuser


def test_user_model_without_flags_has_no_operators():
    user = SimpleNamespace(is_active=True)

    assert (is_privileged(user), is_superuser(user)) == (False, False)


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_one_flag_alone_makes_an_operator(flag):
    assert is_privileged(SimpleNamespace(**{flag: True}))
