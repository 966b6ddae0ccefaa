"""Tokens at rest: readable with today's and yesterday's key, and with no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttminis_auth.crypto import decrypt, encrypt


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_can_be_read(text):
    assert decrypt(encrypt(text)) == text


def test_the_same_text_is_sealed_differently_each_time():
    assert encrypt("act.1") != encrypt("act.1")


def test_a_former_key_still_opens(settings):
    sealed = encrypt("act.1")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key, long enough to be taken for one"

    assert decrypt(sealed) == "act.1"


def test_a_lost_key_opens_nothing(settings):
    sealed = encrypt("act.1")
    settings.SECRET_KEY = "another key, long enough to be taken for one"

    assert decrypt(sealed) is None


def test_a_key_of_bytes_will_do(settings):
    settings.SECRET_KEY = b"\xff\x00 a key need not be text, says Django"

    assert decrypt(encrypt("act.1")) == "act.1"


@pytest.mark.parametrize("sealed", ["", "act.1", "gAAAAA", "ü"])
def test_what_was_never_sealed_opens_to_nothing(sealed):
    assert decrypt(sealed) is None


def test_a_tampered_seal_opens_nothing():
    sealed = encrypt("act.1")

    assert decrypt(sealed[:-2] + "AA") is None
