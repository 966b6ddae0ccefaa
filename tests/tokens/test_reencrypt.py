"""The key changes, and no user has to log in again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.management import CommandError
from django.db.models import TextField, Value

from tests.databases import connection
from tests.grants import access, encrypted, refresh
from tests.stored import NEXT_KEY, TOKEN, expire, identity
from tests.waiting import until_somebody_waits
from ttminis_auth.core import batches
from ttminis_auth.crypto import encrypt, reencrypt
from ttminis_auth.errors import ReauthorizationRequired
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tiktok.secret import Secret
from ttminis_auth.tokens import access as tokens
from ttminis_auth.tokens import reencrypt as keys
from ttminis_auth.tokens import refresh_grant
from ttminis_auth.tokens.reencrypt import Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(send_code):
    send_code("mia")
    return identity()


def pair():
    grant = Grant.objects.get()
    return access(grant) or None, refresh(grant) or None


def sealed():
    """The columns of the only grant, as the database has them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM ttminis_auth_grant")
        return cursor.fetchone()


def renew(grant):
    tokens = {"access_token": "act.renewed", "refresh_token": "rft.renewed"}
    Grant.objects.filter(pk=grant.pk).update(**encrypted(grant.identity, **tokens))


def outcomes(**options):
    return [result.outcome for result in keys.reencrypt_all(**options)]


def test_text_of_the_current_key_is_kept():
    assert reencrypt(text := encrypt(Secret("act.1"), "a"), "a") == text


def test_text_that_no_key_decrypts_is_not_renewed():
    assert reencrypt("gAAAAA", "a") is None


def test_whole_rotation_loses_no_token(mia, rotate_key, run, drop_old_key):
    before = pair()
    rotate_key()

    assert run("reencrypt") == "Grants: 1 re-encrypted.\n"
    drop_old_key()
    assert pair() == before


def test_tokens_can_be_renewed_after_a_rotation(mia, rotate_key, run, drop_old_key):
    rotate_key()
    run("reencrypt")
    drop_old_key()
    expire()

    assert tokens.access_token(mia) == pair()[0]


def test_without_the_command_the_old_key_is_still_needed(mia, rotate_key, drop_old_key):
    rotate_key()
    drop_old_key()

    assert pair() == (None, None)


def test_dry_run_changes_nothing(mia, rotate_key, run):
    before = sealed()
    rotate_key()

    assert run("reencrypt", "--dry-run") == "Grants: 1 re-encrypted.\n"
    assert sealed() == before


def test_tokens_under_the_current_key_are_not_written_again(mia, rotate_key, run):
    rotate_key()
    run("reencrypt")
    before = sealed()

    assert run("reencrypt") == "Grants: 1 current already.\n"
    assert sealed() == before


def test_dead_grant_without_tokens_is_passed_over(mia, rotate_key, run):
    Grant.objects.update(access_token=None, refresh_token=None)
    rotate_key()

    assert run("reencrypt") == "Grants: none with tokens.\n"


def test_missing_token_stays_missing(mia, rotate_key, drop_old_key):
    access, _ = pair()
    Grant.objects.update(refresh_token=None)
    rotate_key()

    assert outcomes() == [Outcome.RESEALED]
    drop_old_key()
    assert pair() == (access, None)


def test_run_that_was_stopped_is_taken_up(authorize, send_code, rotate_key):
    send_code("mia")
    send_code("noah", process="switch")
    rotate_key()
    next(keys.reencrypt_all())

    assert outcomes() == [Outcome.CURRENT, Outcome.RESEALED]


def test_all_batches_are_gone_through(tiktok, send_code, rotate_key, monkeypatch):
    monkeypatch.setattr(batches, "SIZE", 2)
    for number in range(5):
        tiktok.add_person(f"p{number}", "P")
        send_code(f"p{number}", process="switch")
    rotate_key()

    assert outcomes() == [Outcome.RESEALED] * 5


# A wrong key in the settings must not cost users their tokens.


def test_unreadable_tokens_are_reported_and_stay(mia, settings, run, capsys):
    before = sealed()
    settings.SECRET_KEY = NEXT_KEY

    with pytest.raises(CommandError, match="1 cannot be read"):
        run("reencrypt")

    assert f"Grant {Grant.objects.get().pk}: unreadable" in capsys.readouterr().err
    assert sealed() == before


def test_half_of_a_pair_that_can_be_read_is_sealed_anew(mia, rotate_key, drop_old_key):
    access, _ = pair()
    Grant.objects.update(refresh_token=Value("nonsense", TextField()))
    rotate_key()

    assert outcomes() == [Outcome.UNREADABLE]
    drop_old_key()
    assert pair() == (access, None)
    assert sealed()[1] == "nonsense"


def test_no_token_is_printed(mia, rotate_key, run, settings, capsys):
    rotate_key()
    shown = run("reencrypt")
    settings.SECRET_KEY = "yet another key, long enough to be taken for one"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(CommandError) as caught:
        run("reencrypt")

    assert not TOKEN.search(shown + str(caught.value) + "".join(capsys.readouterr()))


def test_unreadable_token_means_a_new_login(mia, settings, send_code):
    settings.SECRET_KEY = NEXT_KEY

    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(mia)
    assert identity().state == Identity.State.NEEDS_LOGIN

    settings.SECRET_KEY_FALLBACKS = []
    send_code("mia")
    assert tokens.access_token(mia).startswith("act.")


# The tokens are refreshed at the same time.


@pytest.fixture
def between_two(send_code, rotate_key):
    """A run that has read both grants, and written the first of them."""
    send_code("mia")
    send_code("noah", process="switch")
    rotate_key()
    run = keys.reencrypt_all()
    next(run)
    return run


def test_tokens_that_were_refreshed_meanwhile_stay(between_two):
    renew(Grant.objects.last())

    assert next(between_two).outcome is Outcome.CURRENT
    assert access(Grant.objects.last()) == "act.renewed"


def test_tokens_refreshed_with_the_old_key_are_re_encrypted(
    between_two, settings, drop_old_key
):
    """By a process that has not been restarted yet."""
    both = settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = both[1][0], []
    renew(Grant.objects.last())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = both

    assert next(between_two).outcome is Outcome.RESEALED
    drop_old_key()
    assert refresh(Grant.objects.last()) == "rft.renewed"


def test_grant_that_ended_meanwhile_stays_empty(between_two):
    Grant.objects.filter(pk=Grant.objects.last().pk).end()

    assert next(between_two).outcome is Outcome.GONE
    assert Grant.objects.last().access_token is None


def in_a_thread(act):
    try:
        return act()
    finally:
        connection.close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_refresh_under_way_is_waited_for_and_kept(mia, rotate_key, drop_old_key):
    before = pair()
    rotate_key()
    with ThreadPoolExecutor(1) as pool:
        with refresh_grant.locked(Grant.objects.get()) as held:
            resealing = pool.submit(in_a_thread, outcomes)
            until_somebody_waits()
            refresh_grant.renew(held)
        assert resealing.result() == [Outcome.CURRENT]

    drop_old_key()
    assert pair() != before
    assert None not in pair()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_forty_refreshes_meanwhile_lose_nothing(
    tiktok, send_code, rotate_key, drop_old_key
):
    for number in range(40):
        tiktok.add_person(f"p{number}", "P")
        send_code(f"p{number}", process="switch")
    expire()
    rotate_key()
    barrier = Barrier(5)
    shares = [list(Identity.objects.all())[start::4] for start in range(4)]

    def refresh(share):
        barrier.wait()
        return [tokens.access_token(each) for each in share]

    def reencrypt_all():
        barrier.wait()
        return outcomes()

    with ThreadPoolExecutor(5) as pool:
        resealed = pool.submit(in_a_thread, reencrypt_all)
        fresh = list(
            pool.map(lambda share: in_a_thread(lambda: refresh(share)), shares)
        )

    assert Outcome.UNREADABLE not in resealed.result()
    drop_old_key()
    stored = {access(grant) for grant in Grant.objects.all()}
    assert stored == {token for share in fresh for token in share}
    # What is stored is the last pair that TikTok gave: it can be renewed again.
    expire()
    for each in Identity.objects.all():
        assert tokens.access_token(each) not in stored
