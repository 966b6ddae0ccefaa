"""The apps of TikTok, of the settings and the table, as allauth distinguishes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from allauth import app_settings as allauth_settings
from allauth.socialaccount import app_settings
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers import registry
from django.core import checks
from django.db import DatabaseError, connections, router, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.text import slugify

from ..core.client_apps import PROVIDER_ID, TIKTOK, is_blank
from ..login.foreign_providers import is_tiktok_name
from ..models import Identity
from ..web.provider import TikTokWebProvider

_APP_FIELDS = ("provider_id", "client_id", "secret", "settings")

GUIDE = "https://django-ttminis-auth.readthedocs.io/en/latest/how-to/several-apps.html"


def check_apps(**kwargs: object) -> list[checks.CheckMessage]:
    """Check the apps of Minis, and of our ``tiktok``, that the settings name."""
    apps = _settings_apps()
    return [*_incomplete(apps), *_mix_ups(apps, "")]


def check_app_rows(
    *, databases: Collection[str] | None = None, **kwargs: object
) -> list[checks.CheckMessage]:
    """Check the rows of ``SocialApp`` beside the settings, on each site.

    Runs with ``migrate`` and ``check --database``, and says nothing before the tables
    are there, nor while the settings alone are wrong.
    """
    using = _database()
    if using not in (databases or ()) or check_apps():
        return []
    try:
        # PostgreSQL takes no more of a transaction that met an error, so this is one.
        with transaction.atomic(using):
            places = list(_places())
            # Also of a site without TikTok: accounts are of all sites.
            rows = list(SocialApp.objects.order_by("pk"))
            found = [m for where, apps in places for m in _mix_ups(apps, where)]
            found = found or [*_foreign([*_settings_apps(), *rows])]
            return [*_incomplete(rows), *(found or _lost_accounts(places))]
    except DatabaseError:
        if not waits_for_migrations(using):
            raise
        return []


def waits_for_migrations(using: str) -> bool:
    """Return whether ``migrate`` has something left to do."""
    executor = MigrationExecutor(connections[using])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _database() -> str:
    return str(router.db_for_read(SocialApp))


def _settings_apps() -> list[SocialApp]:
    """Return what allauth makes of the settings, for all of its providers."""
    return [
        SocialApp(
            provider=provider, **{key: app[key] for key in _APP_FIELDS if key in app}
        )
        for provider, configured in app_settings.PROVIDERS.items()
        for app in _configured(configured)
    ]


def _configured(provider: dict[str, Any]) -> list[dict[str, object]]:
    apps: list[dict[str, object]] | None = provider.get("APPS")
    if apps is None:
        app = provider.get("APP")
        return [] if app is None else [app]
    return apps


def _places() -> Iterator[tuple[str, list[SocialApp]]]:
    """Yield each site that has a TikTok app, with all apps that allauth finds there."""
    rows = SocialApp.objects.order_by("pk")
    if not allauth_settings.SITES_ENABLED:
        yield "", [*_settings_apps(), *rows]
        return
    sites = SocialApp._meta.get_field("sites").related_model
    for site in sites._default_manager.order_by("pk"):
        apps = [*_settings_apps(), *rows.filter(sites=site)]
        if _ours(apps):
            yield f" on {site}", apps


def _ours(apps: Iterable[SocialApp]) -> list[SocialApp]:
    classes = {cls.id: cls for cls in registry.get_class_list()}
    drop_in = classes.get(TikTokWebProvider.id, object)
    names = {PROVIDER_ID}
    if issubclass(drop_in, TikTokWebProvider):
        names.add(TikTokWebProvider.id)
    return [app for app in apps if app.provider in names]


def _incomplete(apps: list[SocialApp]) -> Iterator[checks.CheckMessage]:
    for app in _ours(apps):
        place = f"SOCIALACCOUNT_PROVIDERS['{app.provider}']"
        if app.pk:
            place = f"the database, row {app.pk} of the provider '{app.provider}',"
        for key in ("client_id", "secret"):
            if is_blank(getattr(app, key)):
                yield checks.Error(
                    f"An app of {place} has no {key}.",
                    hint="Copy the client key (as client_id) and the client secret "
                    "(as secret) from TikTok's developer portal.",
                    id="ttminis_auth.E004",
                )


def _name(app: SocialApp) -> str:
    """Return the one thing that an account remembers of its app."""
    return str(app.provider_id or app.provider)


def _found(
    apps: list[SocialApp], name: str, client_key: str | None = None
) -> SocialApp | None:
    """Return the app that allauth finds, or None where it raises an error."""
    found = [app for app in apps if name in (app.provider, app.provider_id)]
    if client_key:
        found = [app for app in found if app.client_id == client_key]
    if len(found) > 1:
        found = [app for app in found if not app.settings.get("hidden")]
    return found[0] if len(found) == 1 else None


def _mix_ups(apps: list[SocialApp], where: str) -> list[checks.CheckMessage]:
    # Two of one key have one name too, but other names would not help them.
    shared = [*_shared_keys(apps, where)] or [*_shared_names(apps, where)]
    return [*_both_providers(apps, where), *shared]


def _both_providers(apps: list[SocialApp], where: str) -> Iterator[checks.CheckMessage]:
    ours = [app for app in _ours(apps) if not is_blank(app.client_id)]
    minis, web = ({a.client_id for a in ours if a.provider == kind} for kind in TIKTOK)
    for client_key in sorted(minis & web):
        yield checks.Error(
            f"The client key {client_key} is configured for Minis and the web{where}.",
            hint="TikTok gives a mini app and a web site a client key each. allauth "
            "would mix up the users of the two: take the key out of 'ttminis' or "
            "'tiktok'.",
            id="ttminis_auth.E014",
        )


def _shared_keys(apps: list[SocialApp], where: str) -> Iterator[checks.CheckMessage]:
    lost = [a for a in _ours(apps) if _found(apps, a.provider, a.client_id) is not a]
    for client_key in sorted({app.client_id for app in lost if app.client_id}):
        yield checks.Error(
            f"The client key {client_key} is configured more than once{where}.",
            hint="Keep one of the two, in the settings or among the social "
            "applications of the admin: allauth raises an error where it finds both.",
            id="ttminis_auth.E006",
        )


def _shared_names(apps: list[SocialApp], where: str) -> Iterator[checks.CheckMessage]:
    lost = [app for app in _ours(apps) if not _is_found_by_name(app, apps)]
    for name in sorted({_name(app) for app in lost}):
        yield checks.Error(
            f"The provider name '{name}' means more than one TikTok app, or another "
            f"provider{where}.",
            hint="Give each app a provider_id of its own, which no provider has: "
            f"{_apart(apps)}. An account remembers nothing else of its app, so allauth "
            "could take one person for another, and its pages raise errors. If people "
            f'have logged in already, "check --database {_database()}" then names the '
            "accounts to rename. See " + GUIDE,
            id="ttminis_auth.E005",
        )


def _apart(apps: list[SocialApp]) -> str:
    """Return the settings, or what to write in the admin, that distinguish the apps."""
    by_provider: dict[str, list[str]] = {}
    for number, app in enumerate(_ours(apps), start=1):
        name = slugify(app.name) or f"app{number}"
        one = f'"client_id": "{app.client_id}", "provider_id": "{app.provider}-{name}"'
        by_provider.setdefault(app.provider, []).append(f'{{{one}, "secret": …}}')
    parts = [
        f'"{name}": {{"APPS": [{", ".join(one)}]}}' for name, one in by_provider.items()
    ]
    return f"SOCIALACCOUNT_PROVIDERS = {{{', '.join(parts)}}}"


def _is_found_by_name(app: SocialApp, apps: list[SocialApp]) -> bool:
    others = {cls.id for cls in registry.get_class_list()} - {app.provider}
    return _name(app) not in others and _found(apps, _name(app)) is app


def _foreign(apps: Iterable[SocialApp]) -> Iterator[checks.CheckMessage]:
    """Report apps of other providers under TikTok's names, be they no longer in use."""
    for provider, name in sorted({(app.provider, _name(app)) for app in apps}):
        if provider not in TIKTOK and is_tiktok_name(name):
            yield checks.Error(
                f"An app of the provider '{provider}' is called '{name}', as accounts "
                "of TikTok are.",
                hint="Give that app another provider_id, or delete it. An attacker may "
                "have set it up to log in as other users; such logins are refused.",
                id="ttminis_auth.E005",
            )


def _lost_accounts(
    places: list[tuple[str, list[SocialApp]]],
) -> Iterator[checks.CheckMessage]:
    """Warn of accounts, perhaps of the future, that find no app on some site.

    No errors, because ``migrate`` stops at those, and may be what renames accounts.
    """
    names = {_name(app) for _, apps in places for app in _ours(apps)}
    stored = SocialAccount.objects.values_list("provider", flat=True).distinct()
    for where, apps in places:
        for name in sorted(names.union(stored)):
            if not _found(apps, name) and (name in names or _is_ours(name)):
                yield _lost(name, where)


def _is_ours(name: str) -> bool:
    return Identity.objects.filter(account__provider=name).exists()


def _lost(name: str, where: str) -> checks.CheckMessage:
    return checks.Warning(
        f"Accounts of the provider name '{name}' find no app, or several{where}.",
        hint="allauth raises an error where it is to show one of them. Configure the "
        "app there too, or rename the accounts: SocialAccount.objects.filter("
        f'provider="{name}", ttminis_identity__client_key="...")'
        '.update(provider="the provider_id of that app").',
        id="ttminis_auth.W003",
    )
