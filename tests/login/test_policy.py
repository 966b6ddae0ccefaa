"""The policy's table, row by row: which user a code may enter as."""

from dataclasses import dataclass

import pytest

from ttminis_auth.errors import (
    AccountMismatch,
    ConnectedOther,
    LoginRequired,
    UserInactive,
)
from ttminis_auth.login.policy import Step, decide


@dataclass(frozen=True)
class Person:
    name: str
    is_active: bool = True


A, B = Person("A"), Person("B")


@pytest.mark.parametrize(
    ("current", "owner", "process", "minis_session", "step"),
    [
        (None, A, "login", False, Step.ENTER),
        (None, None, "login", False, Step.ENTER),
        (A, A, "login", False, Step.STAY),
        (A, A, "login", True, Step.STAY),
        (A, A, "connect", False, Step.STAY),
        (A, A, "switch", False, Step.STAY),
        (A, B, "login", True, Step.ENTER),
        (A, None, "login", True, Step.ENTER),
        (A, None, "connect", False, Step.JOIN),
        (A, None, "connect", True, Step.JOIN),
        (A, B, "switch", False, Step.ENTER),
        (A, None, "switch", False, Step.ENTER),
        (None, B, "switch", False, Step.ENTER),
        (None, None, "switch", False, Step.ENTER),
        (None, A, "authorize", False, Step.ENTER),
        (None, None, "authorize", False, Step.ENTER),
        (A, A, "authorize", False, Step.STAY),
    ],
)
def test_a_code_may_do_this(current, owner, process, minis_session, step):
    decided = decide(
        current=current, owner=owner, process=process, minis_session=minis_session
    )

    assert decided is step


@pytest.mark.parametrize(
    ("current", "owner", "process", "minis_session", "refusal"),
    [
        (A, B, "login", False, AccountMismatch),
        (A, None, "login", False, AccountMismatch),
        (A, B, "connect", False, ConnectedOther),
        (A, B, "connect", True, ConnectedOther),
        (A, B, "authorize", False, AccountMismatch),
        (A, B, "authorize", True, AccountMismatch),
        (A, None, "authorize", False, AccountMismatch),
        (A, None, "authorize", True, AccountMismatch),
    ],
)
def test_a_code_may_not_do_this(current, owner, process, minis_session, refusal):
    with pytest.raises(refusal):
        decide(
            current=current, owner=owner, process=process, minis_session=minis_session
        )


@pytest.mark.parametrize("process", ["login", "connect", "switch", "authorize"])
def test_a_login_never_enters_an_inactive_user(process):
    banned = Person("banned", is_active=False)

    with pytest.raises(UserInactive):
        decide(current=A, owner=banned, process=process, minis_session=True)


@pytest.mark.parametrize("owner", [None, A])
def test_an_account_is_not_connected_without_a_login(owner):
    with pytest.raises(LoginRequired):
        decide(current=None, owner=owner, process="connect", minis_session=False)
