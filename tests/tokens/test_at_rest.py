"""An attacker with the database has no token."""

import pytest

from tests.grants import access, refresh
from tests.stored import TOKEN, expire, identity
from ttminis_auth.models import Grant
from ttminis_auth.removal import deauthorize
from ttminis_auth.tokens import access as tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def every_token(send_code, authorize):
    """Log in, consent and refresh; returns each token that was good at some time."""
    seen = set()

    def look():
        for grant in Grant.objects.all():
            seen.update({access(grant), refresh(grant)})

    for act in (send_code, authorize):
        act("mia")
        look()
    expire()
    tokens.access_token(identity())
    look()
    return seen


def test_dump_of_the_database_holds_no_token_in_clear(every_token, dump):
    content = dump()

    assert len(every_token) == 6
    assert identity().open_id in content
    assert not TOKEN.search(content)
    assert not any(token in content for token in every_token)


def test_dump_after_the_end_holds_no_token_either(every_token, dump):
    deauthorize.revoke(identity())

    assert not TOKEN.search(dump())
