"""One test for each id and for each way to get it."""

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.tiktok.provider import TikTokProvider
from django.core.checks import run_checks
from django.db import connection

from ttminis_auth.models import Identity
from ttminis_auth.web.provider import TikTokWebProvider

APPS = [{"client_id": "mn1", "secret": "s1"}, {"client_id": "mn2", "secret": "s2"}]
DRAMA_APP = {**APPS[0], "provider_id": "drama"}
GAME_APP = {**APPS[1], "provider_id": "game"}


def said(**options):
    return [m for m in run_checks(**options) if m.id.startswith("ttminis_auth")]


@pytest.fixture
def ids():
    """The ids of what our checks say now."""
    return lambda: [m.id for m in said()]


@pytest.fixture
def ids_with_rows(db):
    """The same of ``check --database default``."""
    return lambda: [m.id for m in said(databases=["default"])]


@pytest.fixture
def configure(settings):
    def configure(name="ttminis", **provider):
        settings.SOCIALACCOUNT_PROVIDERS = {name: provider}

    return configure


@pytest.fixture
def stock_tiktok():
    registry.register(TikTokProvider)
    yield
    registry.register(TikTokWebProvider)


def add_row(app, provider="ttminis"):
    return SocialApp.objects.create(provider=provider, name="An app", **app)


def add_account(user, provider, client_key):
    account = SocialAccount.objects.create(user=user, provider=provider, uid="1")
    Identity.objects.create(account=account, client_key=client_key, open_id="1")
    return account


def test_a_good_project_hears_nothing(ids):
    assert ids() == []


def test_every_message_has_a_hint(settings):
    settings.TTMINIS_STORE_TOKENS = "yes"
    settings.SOCIALACCOUNT_STORE_TOKENS = True
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [{"client_id": "mn1"}] * 2}}

    assert len({m.id for m in said()}) == 5
    assert all(m.hint for m in said())


def test_a_setting_of_a_wrong_type(ids, settings):
    settings.TTMINIS_STORE_TOKENS = "yes"

    assert ids() == ["ttminis_auth.E001"]


@pytest.mark.parametrize(
    "url",
    [
        "http://open.tiktokapis.com",
        "ftp://127.0.0.1",
        "open.tiktokapis.com",
        "https://",
    ],
)
def test_an_address_that_would_tell_the_secret(ids, settings, url):
    settings.TTMINIS_API_BASE_URL = url

    assert ids() == ["ttminis_auth.E002"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/tiktok", "http://[::1]:1", "http://localhost"]
)
def test_the_simulator_s_address_is_fine(ids, settings, url):
    settings.TTMINIS_API_BASE_URL = url

    assert ids() == []


@pytest.mark.parametrize("limit", ["20", "x/m/ip", "20/m/user", "20/y/ip"])
def test_a_limit_that_is_no_rate_per_address(ids, settings, limit):
    settings.TTMINIS_REJECTED_CODE_LIMIT = limit

    assert ids() == ["ttminis_auth.E003"]


@pytest.mark.parametrize("limit", ["", "20/m", "20/m/ip,100/d/ip"])
def test_a_limit_that_is_one(ids, settings, limit):
    settings.TTMINIS_REJECTED_CODE_LIMIT = limit

    assert ids() == []


# Apps in the settings.


@pytest.mark.parametrize("provider", ["ttminis", "tiktok"])
@pytest.mark.parametrize("missing", ["client_id", "secret"])
def test_an_incomplete_app(ids, configure, provider, missing):
    configure(provider, APP={**APPS[0], missing: ""})

    assert ids() == ["ttminis_auth.E004"]


@pytest.mark.parametrize("provider", ["ttminis", "tiktok"])
@pytest.mark.parametrize(
    "apps",
    [
        APPS,
        # allauth finds both under "ttminis", whoever has a provider_id besides.
        [APPS[0], GAME_APP],
        [DRAMA_APP, {**APPS[1], "provider_id": "drama"}],
        [DRAMA_APP, {**APPS[1], "provider_id": "drama", "settings": {"hidden": True}}],
    ],
    ids=["neither named", "one named", "named alike", "one hidden"],
)
def test_two_apps_that_allauth_cannot_tell_apart(ids, configure, provider, apps):
    configure(provider, APPS=apps)

    assert ids() == ["ttminis_auth.E005"]


@pytest.mark.parametrize("provider", ["ttminis", "tiktok"])
@pytest.mark.parametrize(
    "apps",
    [
        [],
        [GAME_APP],
        [DRAMA_APP, GAME_APP],
        [APPS[0], {**GAME_APP, "settings": {"hidden": True}}],
    ],
    ids=["none", "one", "both named", "the named one hidden"],
)
def test_apps_that_it_can(ids, configure, provider, apps):
    configure(provider, APPS=apps)

    assert ids() == []


def test_an_app_named_like_another_provider(ids, configure):
    configure(APP={**APPS[0], "provider_id": "tiktok"})

    assert ids() == ["ttminis_auth.E005"]


def test_an_app_of_another_provider_named_like_ours(ids, settings):
    oidc = {**APPS[1], "provider_id": "ttminis"}
    settings.SOCIALACCOUNT_PROVIDERS = {
        "ttminis": {"APP": APPS[0]},
        "openid_connect": {"APPS": [oidc]},
    }

    assert ids() == ["ttminis_auth.E005"]


def test_one_app_twice(ids, configure):
    configure(APPS=[DRAMA_APP, {**DRAMA_APP, "provider_id": "again"}])

    assert ids() == ["ttminis_auth.E006"]


def test_minis_and_web_may_share_a_client_key(ids, settings):
    app = {"APP": APPS[0]}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": app, "tiktok": app}

    assert ids() == []


def test_apps_of_the_stock_provider_are_not_ours(ids, configure, stock_tiktok):
    configure("tiktok", APPS=[*APPS, {}])

    assert ids() == []


def test_no_app_at_all(ids, configure):
    configure()

    assert ids() == []


# Apps in the database.


@pytest.mark.parametrize("provider", ["ttminis", "tiktok"])
def test_rows_that_allauth_cannot_tell_apart(ids_with_rows, configure, provider):
    configure(provider)
    for app in APPS:
        add_row(app, provider)

    assert ids_with_rows() == ["ttminis_auth.E005"]


def test_a_row_and_a_setting_that_it_cannot(ids_with_rows, configure):
    configure(APPS=[DRAMA_APP])
    add_row(APPS[1])

    assert ids_with_rows() == ["ttminis_auth.E005"]


def test_a_row_and_a_setting_that_it_can(ids_with_rows, configure):
    configure(APPS=[DRAMA_APP])
    add_row(GAME_APP)

    assert ids_with_rows() == []


def test_one_app_as_a_row_and_as_a_setting(ids_with_rows, configure):
    configure(APPS=[DRAMA_APP])
    add_row(DRAMA_APP)

    assert ids_with_rows() == ["ttminis_auth.E006"]


def test_a_mistake_of_the_settings_is_told_once(ids_with_rows, configure):
    configure(APPS=APPS)
    add_row(APPS[1])

    assert ids_with_rows() == ["ttminis_auth.E005"]


@pytest.mark.django_db
def test_rows_are_left_alone_unless_their_database_is_checked(ids, configure):
    configure(APPS=APPS[:1])
    add_row(APPS[1])

    assert ids() == []


@pytest.mark.parametrize("table", [SocialApp, Identity])
def test_a_database_that_has_yet_to_be_migrated(ids_with_rows, table):
    name = table._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO not_yet")

    assert ids_with_rows() == []
    assert SocialAccount.objects.count() == 0  # PostgreSQL still answers


# Accounts in the database.


def test_accounts_of_an_app_that_was_renamed(ids_with_rows, configure, local_user):
    configure(APPS=[DRAMA_APP, GAME_APP])
    add_account(local_user, "ttminis", "mn1")

    assert ids_with_rows() == ["ttminis_auth.W003"]


def test_accounts_that_were_renamed_with_it(ids_with_rows, configure, local_user):
    configure(APPS=[DRAMA_APP, GAME_APP])
    add_account(local_user, "ttminis", "mn1")

    SocialAccount.objects.filter(
        provider="ttminis", ttminis_identity__client_key="mn1"
    ).update(provider="drama")
    assert ids_with_rows() == []


def test_the_name_of_a_single_app_may_change(ids_with_rows, configure, local_user):
    configure(APPS=[DRAMA_APP])
    add_account(local_user, "ttminis", "mn1")

    assert ids_with_rows() == []


def test_accounts_of_other_providers_are_not_ours(ids_with_rows, configure, local_user):
    configure(APPS=[DRAMA_APP])
    SocialAccount.objects.create(user=local_user, provider="gone", uid="1")

    assert ids_with_rows() == []


def test_every_message_on_rows_has_a_hint(db, configure, local_user):
    configure(APPS=[DRAMA_APP])
    add_account(local_user, "gone", "mn1")
    lost = said(databases=["default"])
    add_row(DRAMA_APP)

    assert all(m.hint for m in [*lost, *said(databases=["default"])])


# Settings of allauth.


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOCIALACCOUNT_AUTO_SIGNUP", False),
        ("SOCIALACCOUNT_EMAIL_REQUIRED", True),
        ("SOCIALACCOUNT_EMAIL_VERIFICATION", "mandatory"),
    ],
)
def test_a_form_in_the_way_of_a_silent_login(ids, settings, name, value):
    setattr(settings, name, value)

    assert ids() == ["ttminis_auth.W001"]


def test_a_copy_of_the_tokens_in_clear(ids, settings):
    settings.SOCIALACCOUNT_STORE_TOKENS = True

    assert ids() == ["ttminis_auth.W002"]
