"""Tokens at rest: readable in their place, with today's and yesterday's key."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from ttminis_auth import crypto
from ttminis_auth.crypto import decrypt, encrypt, reencrypt
from ttminis_auth.models import Grant
from ttminis_auth.tiktok.secret import Secret

TOKEN = Secret("act.1")
PLACE = ("mnkey", "open-1", "access_token")


def from_before(text, key):
    """Encrypt as it was done before texts were bound to their place."""
    return Fernet(crypto._key(key, crypto._PURPOSE)).encrypt(text.encode()).decode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_encrypted_text_can_be_decrypted(text):
    assert decrypt(encrypt(Secret(text), *PLACE), *PLACE).reveal() == text


def test_the_same_text_is_encrypted_differently_each_time():
    assert encrypt(TOKEN, *PLACE) != encrypt(TOKEN, *PLACE)


@pytest.mark.parametrize(
    "place",
    [
        ("mnother", "open-1", "access_token"),
        ("mnkey", "open-2", "access_token"),
        ("mnkey", "open-1", "refresh_token"),
        ("mnkeyopen-1", "", "access_token"),
        ("mnkey", "OPEN-1", "access_token"),
        ('mnkey", "open-1', "access_token"),
        (),
    ],
)
def test_encrypted_text_is_readable_in_no_other_place(place):
    assert decrypt(encrypt(TOKEN, *PLACE), *place) is None


def test_encrypted_text_of_another_place_is_not_encrypted_anew():
    assert reencrypt(encrypt(TOKEN, *PLACE), "mnkey", "open-2", "access_token") is None


def test_a_former_key_still_decrypts(settings):
    encrypted = encrypt(TOKEN, *PLACE)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key, long enough to be taken for one"

    assert decrypt(encrypted, *PLACE) == TOKEN


def test_a_lost_key_decrypts_nothing(settings):
    encrypted = encrypt(TOKEN, *PLACE)
    settings.SECRET_KEY = "another key, long enough to be taken for one"

    assert decrypt(encrypted, *PLACE) is None


def test_a_key_of_bytes_will_do(settings):
    settings.SECRET_KEY = b"\xff\x00 a key need not be text, says Django"

    assert decrypt(encrypt(TOKEN, *PLACE), *PLACE) == TOKEN


@pytest.mark.parametrize("encrypted", ["", "act.1", "gAAAAA", "2:", "2:gAAAAA", "ü"])
def test_text_that_was_never_encrypted_decrypts_to_none(encrypted):
    assert decrypt(encrypted, *PLACE) is None
    assert reencrypt(encrypted, *PLACE) is None


def test_a_tampered_text_decrypts_to_nothing():
    encrypted = encrypt(TOKEN, *PLACE)

    assert decrypt(encrypted[:-2] + "AA", *PLACE) is None


# From before: such a text fits any row, so the server reads it nowhere.


def test_a_text_from_before_is_not_read_as_it_is(settings):
    assert decrypt(from_before("act.1", settings.SECRET_KEY), *PLACE) is None


def test_a_text_from_before_is_bound_to_its_place(settings):
    bound = reencrypt(from_before("act.1", settings.SECRET_KEY), *PLACE)

    assert decrypt(bound, *PLACE) == TOKEN
    assert decrypt(bound, "mnkey", "open-2", "access_token") is None


def test_a_text_from_before_and_of_a_former_key_is_bound(settings):
    settings.SECRET_KEY_FALLBACKS = ["the former key"]

    bound = reencrypt(from_before("act.1", "the former key"), *PLACE)

    assert decrypt(bound, *PLACE) == TOKEN


@pytest.mark.parametrize("change", ["take the prefix off", "put the prefix on"])
def test_a_change_of_prefix_opens_nothing(change, settings):
    bound, unbound = encrypt(TOKEN, *PLACE), from_before("act.1", settings.SECRET_KEY)
    forged = bound[2:] if change == "take the prefix off" else f"2:{unbound}"

    assert decrypt(forged, *PLACE) is None
    assert reencrypt(forged, *PLACE) is None


# The column takes nothing else.


@pytest.mark.parametrize("token", ["act.1", "a token", "[hidden]"])
def test_a_token_in_clear_is_not_stored(token):
    field = Grant._meta.get_field("access_token")

    with pytest.raises(ValueError, match="access_token takes encrypted text only") as e:
        field.get_prep_value(token)
    assert token not in str(e.value)


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_token_is_stored_as_null(nothing):
    assert Grant._meta.get_field("refresh_token").get_prep_value(nothing) is None
