"""Whatever arrives: a stranger's is a 400, and TikTok's a 200; nothing is a 500."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.fixtures import DRAMA
from tests.lengths import times
from tests.webhooks.conftest import signed
from ttminis_auth.models import WebhookDelivery

pytestmark = pytest.mark.django_db

MANY = hypothesis_settings(max_examples=times(25))
KEYS = ("client_key", "event", "create_time", "user_openid", "content", "more")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
SAID = st.dictionaries(st.sampled_from(KEYS), JSON | JSON.map(json.dumps))
BODIES = st.one_of(
    st.binary(),
    JSON.map(json.dumps).map(str.encode),
    SAID.map(lambda said: json.dumps(said | {"client_key": DRAMA}).encode()),
)
HEADERS = st.one_of(
    st.text(),
    st.lists(st.tuples(st.sampled_from("ts"), st.text()).map("=".join)).map(",".join),
    st.binary(max_size=80).map(signed),
)


@MANY
@given(body=BODIES, header=HEADERS)
def test_nothing_unsigned_is_accepted_or_breaks_us(post, body, header):
    assert post(body, header).status_code == 400
    assert not WebhookDelivery.objects.exists()


@MANY
@given(said=SAID)
def test_nothing_signed_breaks_us(post, said):
    body = json.dumps(said | {"client_key": DRAMA}).encode()

    assert post(body, signed(body)).status_code == 200
    WebhookDelivery.objects.get().delete()


@pytest.mark.parametrize("depth", [10, 100, 900, 5000])
def test_nothing_signed_is_too_deep(post, depth):
    deep = "[" * depth + "]" * depth
    packed = json.dumps({"client_key": DRAMA, "content": deep}).encode()
    plain = packed.replace(f'"{deep}"'.encode(), deep.encode())

    assert post(packed, signed(packed)).status_code == 200
    # Beyond some depth, which differs between Pythons, it is no JSON to us.
    assert post(plain, signed(plain)).status_code in (200, 400)
