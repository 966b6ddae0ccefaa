"""One test for each id and for each way to get it."""

import re
from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.tiktok.provider import TikTokProvider
from django.core.checks import run_checks
from django.core.checks.registry import registry as known_checks
from django.db import DatabaseError, connections
from django.db.migrations.recorder import MigrationRecorder

from tests.databases import PEOPLE, connection
from ttminis_auth.checks.databases import check_transaction_mode
from ttminis_auth.checks.surroundings import check_times
from ttminis_auth.models import Identity
from ttminis_auth.web.provider import TikTokWebProvider

APPS = [{"client_id": "mn1", "secret": "s1"}, {"client_id": "mn2", "secret": "s2"}]
DRAMA_APP = {**APPS[0], "provider_id": "drama"}
GAME_APP = {**APPS[1], "provider_id": "game"}


BACKENDS = {
    "ttminis": "ttminis_auth.backends.TTMinisBackend",
    "django": "django.contrib.auth.backends.ModelBackend",
    "allauth": "allauth.account.auth_backends.AuthenticationBackend",
}


def said(**options):
    """What is said, but for the simulator, which is open here; see its own tests."""
    found = [m for m in run_checks(**options) if m.id.startswith("ttminis_auth")]
    return [m for m in found if m.id != "ttminis_auth.E091"]


@pytest.fixture
def ids():
    """The ids of what our checks say now."""
    return lambda: [m.id for m in said()]


@pytest.fixture
def ids_with_rows(db):
    """The same of ``check --database ...``."""
    return lambda: [m.id for m in said(databases=[PEOPLE])]


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
def test_an_address_that_would_reveal_the_secret_is_reported(ids, settings, url):
    settings.TTMINIS_API_BASE_URL = url

    assert ids() == ["ttminis_auth.E002"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/tiktok", "http://[::1]:1", "http://localhost"]
)
def test_the_simulator_s_address_is_fine(ids, settings, url):
    settings.TTMINIS_API_BASE_URL = url

    assert ids() == []


@pytest.mark.parametrize("limit", ["20", "0/m/ip", "x/m/ip", "20/m/user", "20/y/ip"])
def test_a_limit_that_is_no_rate_per_address(ids, settings, limit):
    settings.TTMINIS_REJECTED_CODE_LIMIT = limit

    assert ids() == ["ttminis_auth.E003"]


@pytest.mark.parametrize("limit", ["", "1/m/ip", "20/m", "20/m/ip,100/d/ip"])
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
        # allauth finds both under "ttminis", whichever has a provider_id, too.
        [APPS[0], GAME_APP],
        [DRAMA_APP, {**APPS[1], "provider_id": "drama"}],
        [DRAMA_APP, {**APPS[1], "provider_id": "drama", "settings": {"hidden": True}}],
    ],
    ids=["neither named", "one named", "named alike", "one hidden"],
)
def test_two_apps_that_allauth_cannot_distinguish_are_reported(
    ids, configure, provider, apps
):
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


def test_one_app_twice_is_reported(ids, configure):
    configure(APPS=[DRAMA_APP, {**DRAMA_APP, "provider_id": "again"}])

    assert ids() == ["ttminis_auth.E006"]


@pytest.mark.parametrize("renamed", [{}, {"provider_id": "drama"}])
def test_one_client_key_for_minis_and_for_the_web(ids, settings, renamed):
    app = APPS[0]
    settings.SOCIALACCOUNT_PROVIDERS = {
        "ttminis": {"APP": {**app, **renamed}},
        "tiktok": {"APP": app},
    }

    assert ids() == ["ttminis_auth.E014"]


def test_one_client_key_for_minis_and_for_the_stock_provider(
    ids, settings, stock_tiktok
):
    app = {"APP": APPS[0]}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": app, "tiktok": app}

    assert ids() == []


def test_missing_client_keys_are_not_one_for_both(ids, settings):
    app = {"APP": {"client_id": " ", "secret": "s"}}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": app, "tiktok": app}

    assert ids() == ["ttminis_auth.E004"] * 2


def test_apps_of_the_stock_provider_are_not_ours(ids, configure, stock_tiktok):
    configure("tiktok", APPS=[*APPS, {}])

    assert ids() == []


def test_no_app_at_all(ids, configure):
    configure()

    assert ids() == []


# Apps in the database.


@pytest.mark.parametrize("provider", ["ttminis", "tiktok"])
def test_rows_that_allauth_cannot_distinguish_are_reported(
    ids_with_rows, configure, provider
):
    configure(provider)
    for app in APPS:
        add_row(app, provider)

    assert ids_with_rows() == ["ttminis_auth.E005"]


def test_a_row_that_allauth_cannot_distinguish_from_a_setting_is_reported(
    ids_with_rows, configure
):
    configure(APPS=[DRAMA_APP])
    add_row(APPS[1])

    assert ids_with_rows() == ["ttminis_auth.E005"]


def test_a_row_and_a_setting_that_it_can(ids_with_rows, configure):
    configure(APPS=[DRAMA_APP])
    add_row(GAME_APP)

    assert ids_with_rows() == []


def test_one_app_as_a_row_and_as_a_setting_is_reported(ids_with_rows, configure):
    configure(APPS=[DRAMA_APP])
    add_row(DRAMA_APP)

    assert ids_with_rows() == ["ttminis_auth.E006"]


def test_one_client_key_of_a_row_for_minis_and_a_setting_for_the_web(
    ids_with_rows, configure
):
    configure("tiktok", APP=APPS[0])
    add_row(APPS[0])

    assert ids_with_rows() == ["ttminis_auth.E014"]


def test_a_mistake_of_the_settings_is_reported_once(ids_with_rows, configure):
    configure(APPS=APPS)
    add_row(APPS[1])

    assert ids_with_rows() == ["ttminis_auth.E005"]


@pytest.mark.django_db
def test_rows_are_left_alone_unless_their_database_is_checked(ids, configure):
    configure(APPS=APPS[:1])
    add_row(APPS[1])

    assert ids() == []


@pytest.mark.parametrize("table", [SocialApp, Identity])
def test_a_database_that_has_yet_to_be_migrated(ids_with_rows, table, take_away):
    MigrationRecorder(connection).migration_qs.filter(app="ttminis_auth").delete()
    take_away(table)

    assert ids_with_rows() == []
    assert SocialAccount.objects.count() == 0  # PostgreSQL still answers


def test_other_trouble_with_the_database_is_not_hidden(ids_with_rows, take_away):
    take_away(SocialApp)

    with pytest.raises(DatabaseError):
        ids_with_rows()


@pytest.fixture
def take_away(monkeypatch):
    """Have a table not be there; to rename it would end MariaDB's transaction."""
    return lambda table: monkeypatch.setattr(table._meta, "db_table", "not_yet")


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
    lost = said(databases=[PEOPLE])
    add_row(DRAMA_APP)

    assert all(m.hint for m in [*lost, *said(databases=[PEOPLE])])


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


@pytest.mark.parametrize(
    "required", [True, {"socialaccount"}, {"mfa", "socialaccount"}]
)
def test_a_code_by_mail_for_who_has_no_address(ids, settings, required):
    settings.ACCOUNT_LOGIN_BY_CODE_REQUIRED = required

    assert ids() == ["ttminis_auth.W020"]


@pytest.mark.parametrize("required", [False, set(), {"password"}])
def test_a_code_by_mail_for_others(ids, settings, required):
    settings.ACCOUNT_LOGIN_BY_CODE_REQUIRED = required

    assert ids() == []


def test_a_copy_of_the_tokens_in_clear(ids, settings):
    settings.SOCIALACCOUNT_STORE_TOKENS = True

    assert ids() == ["ttminis_auth.W002"]


# Webhooks.


def test_deliveries_that_are_forgotten_while_they_could_come_again(ids, settings):
    settings.TTMINIS_WEBHOOK_RETENTION = timedelta(hours=72)

    assert ids() == ["ttminis_auth.E010"]


def test_deliveries_that_are_kept_just_long_enough(ids, settings):
    settings.TTMINIS_WEBHOOK_RETENTION = timedelta(hours=73)

    assert ids() == []


@pytest.fixture
def unfindable(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"


@pytest.mark.parametrize("reason", ["default", 4])
def test_removals_that_could_not_end_all_sessions(ids, settings, unfindable, reason):
    settings.TTMINIS_REMOVAL_ACTIONS = {reason: ["end_sessions"]}

    assert ids() == ["ttminis_auth.W012"]


def test_removals_that_could(ids, settings):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["end_sessions"]}

    assert ids() == []


def test_minis_sessions_end_wherever_they_are_kept(ids, unfindable):
    assert ids() == []


def test_sessions_that_no_backend_could_end(ids, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

    assert ids() == ["ttminis_auth.E013"]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("ttminis django", ["ttminis_auth.W021"]),
        ("ttminis django allauth", []),
        ("django ttminis", []),
        ("ttminis", []),
        ("", ["ttminis_auth.E013"]),
    ],
)
def test_backend_that_would_get_the_sessions_of_others(ids, settings, order, found):
    settings.AUTHENTICATION_BACKENDS = [BACKENDS[name] for name in order.split()]

    assert ids() == found


def test_backend_of_a_project_s_own(ids, settings):
    settings.AUTHENTICATION_BACKENDS = ["tests.login.backends.OwnBackend"]

    assert ids() == []


JWT = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"


def test_tokens_that_outlive_their_session(ids, settings):
    settings.HEADLESS_TOKEN_STRATEGY = JWT
    settings.CORS_ALLOW_HEADERS = (*settings.CORS_ALLOW_HEADERS, "authorization")

    assert ids() == ["ttminis_auth.W015"]


def test_tokens_that_are_asked_for_their_session(ids, settings):
    settings.HEADLESS_TOKEN_STRATEGY = JWT
    settings.HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
    settings.CORS_ALLOW_HEADERS = (*settings.CORS_ALLOW_HEADERS, "authorization")

    assert ids() == []


# Proxies, with ``check --deploy``.


@pytest.fixture
def deploy_ids():
    return lambda: [m.id for m in said(include_deployment_checks=True)]


def test_addresses_that_a_proxy_might_hide(deploy_ids, ids):
    assert deploy_ids() == ["ttminis_auth.W011"]
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLAUTH_TRUSTED_PROXY_COUNT", 1),
        ("ALLAUTH_TRUSTED_CLIENT_IP_HEADER", "X-Real-IP"),
        ("ACCOUNT_ADAPTER", "tests.endpoints.hosted.adapters.KnowsAddresses"),
        ("TTMINIS_REJECTED_CODE_LIMIT", ""),
    ],
)
def test_addresses_that_are_known_or_not_asked_for(deploy_ids, settings, name, value):
    setattr(settings, name, value)

    assert deploy_ids() == []


def test_a_limit_of_a_wrong_type_is_reported_once(deploy_ids, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = None

    assert deploy_ids() == ["ttminis_auth.E001"]


# Bundles that TikTok hosts.


@pytest.mark.parametrize(
    "suffix",
    [
        "https://tiktokminis.us",
        "*.tiktokminis.us",
        ".tiktokminis.us",
        "tiktokminis.us.",
        "tiktokminis.us:443",
        "tiktokminis.us/",
        "TikTokMinis.us",
        "tiktok minis.us",
        "tiktokminis.us\n",
        "tikt\u043ekminis.us",
        "us",
        "",
        "http://tiktokminis.us",
        "https://localhost:8001",
        "localhost:8001",
    ],
)
def test_a_suffix_that_no_host_ends_with(ids, settings, suffix):
    settings.TTMINIS_ORIGIN_SUFFIXES = ["tiktokminis.us", suffix]

    assert ids() == ["ttminis_auth.E007"]


@pytest.mark.parametrize(("debug", "found"), [(True, []), (False, ["E008"])])
@pytest.mark.parametrize("suffix", ["http://localhost:8001", "http://localhost"])
def test_the_own_machine_as_a_suffix(ids, settings, suffix, debug, found):
    settings.DEBUG = debug
    settings.TTMINIS_ORIGIN_SUFFIXES = ["tiktokminis.us", suffix]

    assert ids() == [f"ttminis_auth.{name}" for name in found]


@pytest.mark.parametrize("path", ["", "api/", "https://testserver/api/"])
def test_a_path_that_is_none(ids, settings, path):
    settings.TTMINIS_CORS_PATHS = ["/api/", path]

    assert ids() == ["ttminis_auth.E009"]


CORS = "corsheaders.middleware.CorsMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"


@pytest.fixture
def middleware(settings):
    """Put a middleware in front, or take one away."""

    def change(*first, without=()):
        rest = [path for path in settings.MIDDLEWARE if path not in (*first, *without)]
        settings.MIDDLEWARE = [*first, *rest]

    return change


def test_project_without_cors_middleware_is_warned(ids, middleware):
    middleware(without=[CORS])

    assert ids() == ["ttminis_auth.W004"]


@pytest.mark.parametrize(
    "first",
    [
        COMMON,
        "django.middleware.cache.FetchFromCacheMiddleware",
        "django.middleware.cache.CacheMiddleware",
        "tests.endpoints.hosted.middleware.OwnCommonMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
    ],
)
def test_middleware_that_answers_before_cors_is_warned_of(ids, middleware, first):
    """Also one that is derived, and one that is not even installed here."""
    middleware(first)

    assert ids() == ["ttminis_auth.W005"]


def test_middleware_that_answers_nothing_is_accepted(ids, middleware):
    middleware(
        "django.contrib.sessions.middleware.SessionMiddleware",
        "tests.endpoints.hosted.middleware.last_seen",
    )

    assert ids() == []


def test_a_derived_middleware_answers_bundles_too(ids, middleware):
    middleware("tests.endpoints.hosted.middleware.OwnCorsMiddleware", without=[CORS])

    assert ids() == []


@pytest.mark.parametrize(
    "headers", [["content-type"], ["X-Session-Token"], [], ["authorization"]]
)
def test_headers_that_a_bundle_may_not_send(ids, settings, headers):
    settings.CORS_ALLOW_HEADERS = headers

    assert ids() == ["ttminis_auth.W006"]


@pytest.mark.parametrize(("strategy", "found"), [(JWT, ["W006"]), (None, [])])
def test_the_header_of_a_json_web_token(ids, settings, strategy, found):
    settings.CORS_ALLOW_HEADERS = ["Content-Type", "X-Session-Token"]
    if strategy:
        settings.HEADLESS_TOKEN_STRATEGY = strategy
        settings.HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True

    assert ids() == [f"ttminis_auth.{name}" for name in found]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CORS_ALLOW_ALL_ORIGINS", True),
        ("CORS_ALLOWED_ORIGIN_REGEXES", [r"^https://.*\.tiktokminis\.us$"]),
        ("CORS_ALLOWED_ORIGIN_REGEXES", [re.compile("https://minis-")]),
    ],
)
def test_strangers_who_may_read_too(ids, settings, name, value):
    setattr(settings, name, value)

    assert ids() == ["ttminis_auth.W007"]


def test_pages_of_the_project_s_own_may(ids, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    settings.CORS_ALLOWED_ORIGIN_REGEXES = [
        r"^https://\w+\.shop\.example$",
        r"^https://minis-mn1-[a-z0-9]+-\d+\.tiktokminis\.us$",
    ]

    assert ids() == []


def test_cookies_that_a_bundle_might_bring(ids, settings):
    settings.CORS_ALLOW_CREDENTIALS = True

    assert ids() == ["ttminis_auth.W008"]


@pytest.mark.parametrize(
    "urlconf",
    ["tests.endpoints.hosted.urls_without_headless", None],
    ids=["others", "none"],
)
def test_tokens_that_no_address_takes(ids, settings, urlconf):
    settings.ROOT_URLCONF = urlconf

    assert ids() == ["ttminis_auth.W009"]


def test_tokens_that_headless_is_not_to_take(ids, settings):
    settings.HEADLESS_CLIENTS = ("browser",)

    assert ids() == ["ttminis_auth.W010"]


@pytest.mark.parametrize(("strategy", "found"), [(JWT, []), (None, ["W013"])])
def test_tokens_that_name_no_session(ids, settings, strategy, found):
    settings.ROOT_URLCONF = "tests.endpoints.hosted.urls_without_webhooks"
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    if strategy:
        settings.HEADLESS_TOKEN_STRATEGY = strategy
        settings.HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True

    assert ids() == [f"ttminis_auth.{name}" for name in found]


@pytest.fixture
def everything_wrong(settings, middleware):
    middleware(COMMON)
    settings.CORS_ALLOW_HEADERS = []
    settings.CORS_ALLOW_ALL_ORIGINS = settings.CORS_ALLOW_CREDENTIALS = True
    settings.ROOT_URLCONF = "tests.endpoints.hosted.urls_with_webhooks_only"
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.TTMINIS_ORIGIN_SUFFIXES = ["*", "http://localhost"]
    settings.TTMINIS_CORS_PATHS = [""]
    settings.TTMINIS_WEBHOOK_RETENTION = timedelta()
    settings.TTMINIS_REMOVAL_ACTIONS = {4: ["end_sessions"]}


def test_every_message_on_bundles_has_a_hint(everything_wrong):
    found = said(include_deployment_checks=True)

    assert len({m.id for m in found}) == 12
    assert all(m.hint for m in found)


def test_a_project_that_has_no_bundles_hears_nothing_of_them(settings, middleware, ids):
    settings.TTMINIS_ORIGIN_SUFFIXES = []
    middleware(without=[CORS])

    assert ids() == []


def test_project_without_allauth_headless_gets_no_check_of_hosted_pages(
    settings, middleware, ids
):
    settings.INSTALLED_APPS = [
        a for a in settings.INSTALLED_APPS if "headless" not in a
    ]
    middleware(without=[CORS])

    assert ids() == []


def test_local_times_are_refused(settings):
    settings.USE_TZ = False

    assert [message.id for message in check_times()] == ["ttminis_auth.E011"]


def test_times_in_utc_are_fine():
    assert check_times() == []


class ToChecked:
    """Sends users to a database that is no test's."""

    def db_for_write(self, model, **hints):
        return "checked"


@pytest.fixture
def sqlite(settings, monkeypatch):
    """Have the users in SQLite, under this name and with these options."""

    def configure(name, **options):
        there = {"ENGINE": "django.db.backends.sqlite3", "NAME": name}
        database = connection.settings_dict | there | {"OPTIONS": options}
        monkeypatch.setitem(connections.databases, "checked", database)
        settings.DATABASE_ROUTERS = [f"{__name__}.ToChecked"]

    yield configure
    del connections["checked"]


def test_each_site_is_asked_how_its_transactions_begin():
    assert check_transaction_mode in known_checks.get_checks()


def test_a_sqlite_file_where_requests_do_not_wait_for_each_other(sqlite, tmp_path):
    sqlite(tmp_path / "db.sqlite3", timeout=20)

    assert [m.id for m in check_transaction_mode()] == ["ttminis_auth.W017"]


@pytest.mark.parametrize("mode", ["IMMEDIATE", "immediate", "EXCLUSIVE"])
def test_a_sqlite_file_where_they_do(sqlite, tmp_path, mode):
    sqlite(tmp_path / "db.sqlite3", transaction_mode=mode)

    assert check_transaction_mode() == []


def test_sqlite_in_memory_is_for_one_request_at_a_time(sqlite):
    sqlite(":memory:")

    assert check_transaction_mode() == []
