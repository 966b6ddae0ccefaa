"""Every ``TTMINIS_*`` setting: name, default, unit and meaning.

Read as ``conf.TTMINIS_SDK_URL``, always at the moment of use, so that
``override_settings`` needs no help. No other module reads ``django.conf.settings``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib import import_module
from types import ModuleType
from typing import Any, Literal, TypeAlias, TypeVar, cast

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

T = TypeVar("T")

UnionLinking = Literal["off", "report", "merge"]
SDKCallStyle = Literal["auto", "options", "callback"]
RemovalActions: TypeAlias = Mapping[int | str, Sequence[str]]

REMOVAL_ACTIONS = frozenset(
    {"end_minis_sessions", "end_sessions", "deactivate", "anonymise"}
)
LOGOUT_MIDDLEWARE = "ttminis_auth.middleware.TTMinisMiddleware"


class Settings:
    """One lazy, typed property for each setting, named as in the settings file."""

    @property
    def TTMINIS_API_BASE_URL(self) -> str:  # noqa: N802
        """Where TikTok's server API answers, without a trailing slash.

        Point it at the simulator during development.
        """
        default = "https://open.tiktokapis.com"
        return _typed("TTMINIS_API_BASE_URL", str, default).rstrip("/")

    @property
    def TTMINIS_AUTHORIZE_URL(self) -> str:  # noqa: N802
        """The page on which people consent to a web login (login-kit-web).

        Used by the drop-in for allauth's own ``tiktok`` provider. Point it at the
        simulator during development.
        """
        default = "https://www.tiktok.com/v2/auth/authorize/"
        return _typed("TTMINIS_AUTHORIZE_URL", str, default)

    @property
    def TTMINIS_SDK_URL(self) -> str:  # noqa: N802
        """The script that defines ``window.TTMinis``.

        A setting because TikTok has moved it before (minis-sdk-get-started).
        """
        default = "https://connect.tiktok-minis.com/drama/sdk.js"
        return _typed("TTMINIS_SDK_URL", str, default)

    @property
    def TTMINIS_SDK_CALL_STYLE(self) -> SDKCallStyle:  # noqa: N802
        """How the page calls the SDK: ``"auto"``, ``"options"`` or ``"callback"``.

        TikTok's pages of 2026 disagree; ``"auto"`` asks ``TTMinis.canIUse``.
        """
        style = _typed("TTMINIS_SDK_CALL_STYLE", str, "auto")
        if style not in ("auto", "options", "callback"):
            raise ImproperlyConfigured(
                'TTMINIS_SDK_CALL_STYLE must be "auto", "options" or "callback".'
            )
        return cast("SDKCallStyle", style)

    @property
    def TTMINIS_SDK_TIMEOUT(self) -> timedelta:  # noqa: N802
        """How long the page waits for the SDK to load, and again for its answer.

        Outside TikTok the SDK may load and then never answer. Default 10 seconds.
        """
        return _typed("TTMINIS_SDK_TIMEOUT", timedelta, timedelta(seconds=10))

    @property
    def TTMINIS_STORE_TOKENS(self) -> bool:  # noqa: N802
        """Whether TikTok's tokens are kept (encrypted). ``False`` stores none."""
        return _typed("TTMINIS_STORE_TOKENS", bool, True)

    @property
    def TTMINIS_REFRESH_AFTER_LOGIN(self) -> timedelta | None:  # noqa: N802
        """For how long after a person's last login ``ttminis_refresh`` renews tokens.

        Later, the next use renews them, for as long as TikTok takes the refresh token.
        None renews the tokens of people who never came back for ever.
        """
        default = timedelta(days=90)
        if getattr(settings, "TTMINIS_REFRESH_AFTER_LOGIN", default) is None:
            return None
        return _typed("TTMINIS_REFRESH_AFTER_LOGIN", timedelta, default)

    @property
    def TTMINIS_UNION_LINKING(self) -> UnionLinking:  # noqa: N802
        """What happens when two users turn out to share a ``union_id``.

        ``"off"``: nothing. ``"report"``: a ``LinkingConflict`` is stored and signalled.
        ``"merge"``: the younger user is merged into the older one, if TikTok is the
        only way into both users; whatever is less clear than that is reported.
        """
        policy = _typed("TTMINIS_UNION_LINKING", str, "report")
        if policy not in ("off", "report", "merge"):
            raise ImproperlyConfigured(
                'TTMINIS_UNION_LINKING must be "off", "report" or "merge".'
            )
        return cast("UnionLinking", policy)

    @property
    def TTMINIS_REJECTED_CODE_LIMIT(self) -> str:  # noqa: N802
        """How many codes TikTok may reject per address, in allauth's rate syntax.

        Good codes are never counted: a carrier puts thousands of people behind
        one address. Codes of users who are logged in count against the user, not the
        address. An empty string switches the limit off.
        """
        return _typed("TTMINIS_REJECTED_CODE_LIMIT", str, "20/m/ip")

    @property
    def TTMINIS_MAX_CONCURRENT_CALLS(self) -> int:  # noqa: N802
        """How many logins and other calls to TikTok one process has at the same time.

        The next one is answered 503 with ``Retry-After`` at once, so that the rest of
        the site has threads and database connections left while TikTok is slow. About
        half of the threads of a process; under ASGI fewer than its database
        connections. ``ttminis_refresh`` and its task do not count.
        """
        calls = _typed("TTMINIS_MAX_CONCURRENT_CALLS", int, 4)
        if calls < 1:
            raise ImproperlyConfigured("TTMINIS_MAX_CONCURRENT_CALLS must be above 0.")
        return calls

    @property
    def TTMINIS_ORIGIN_SUFFIXES(self) -> tuple[str, ...]:  # noqa: N802
        """The domains under which TikTok hosts bundles, without a leading dot.

        Only hosts that carry the client key of one of your apps are let in. A setting
        because no page of TikTok's names them, and other regions may have others. On
        your own machine, and nowhere else, one may be ``"http://localhost:8001"``.
        """
        return _texts("TTMINIS_ORIGIN_SUFFIXES", ("tiktokminis.us",))

    @property
    def TTMINIS_ALLOW_MISSING_ORIGIN(self) -> bool:  # noqa: N802
        """Whether a code from a TikTok-hosted page may come without an ``Origin``.

        Native mini games send none; nor does an attacker's own program.
        """
        return _typed("TTMINIS_ALLOW_MISSING_ORIGIN", bool, False)

    @property
    def TTMINIS_CORS_PATHS(self) -> tuple[str, ...]:  # noqa: N802
        """Paths of yours that your bundles may call, by how they begin: ``"/api/"``.

        The login's own paths need not be listed. Needs django-cors-headers.
        """
        return _texts("TTMINIS_CORS_PATHS", ())

    @property
    def TTMINIS_REVOKE_ON(self) -> frozenset[str]:  # noqa: N802
        """When a user's tokens are revoked with TikTok.

        ``"disconnect"``: a TikTok account is taken off its user. ``"delete"``: the user
        is deleted. Never at logout: revoking removes the app from the person's TikTok
        settings. Default: neither.
        """
        moments = frozenset(_texts("TTMINIS_REVOKE_ON", ()))
        if not moments <= {"disconnect", "delete"}:
            raise ImproperlyConfigured(
                'TTMINIS_REVOKE_ON may hold "disconnect" and "delete".'
            )
        return moments

    @property
    def TTMINIS_REMOVAL_ACTIONS(self) -> RemovalActions:  # noqa: N802
        """What else happens when TikTok says that a user removed the app.

        Maps TikTok's reason, a number (webhooks-events), or ``"default"`` to a list of:
        ``"end_minis_sessions"`` (those of the user that a Minis login began),
        ``"end_sessions"`` (these, and all others that can be found), ``"deactivate"``
        (the user), ``"anonymise"`` (erase name and picture). The tokens end in any
        case, and no user is deleted. Default: the Minis sessions end.
        """
        given: RemovalActions = _typed("TTMINIS_REMOVAL_ACTIONS", dict, {})
        if not all(_fits(reason, actions) for reason, actions in given.items()):
            raise ImproperlyConfigured(
                'TTMINIS_REMOVAL_ACTIONS maps reasons, or "default", to lists of '
                f"{', '.join(sorted(REMOVAL_ACTIONS))}."
            )
        return {"default": ["end_minis_sessions"], **given}

    @property
    def TTMINIS_WEBHOOK_TOLERANCE(self) -> timedelta:  # noqa: N802
        """How old a webhook's signature may be.

        TikTok tries again for 72 hours (webhooks-overview), and no page says that it
        then signs anew. Replays within that time do nothing: each event counts once.
        """
        return _typed("TTMINIS_WEBHOOK_TOLERANCE", timedelta, timedelta(hours=73))

    @property
    def TTMINIS_WEBHOOK_RETENTION(self) -> timedelta:  # noqa: N802
        """How long ``ttminis_prune`` leaves webhook deliveries in the database.

        No shorter than the tolerance, or a replay would find itself forgotten.
        """
        return _typed("TTMINIS_WEBHOOK_RETENTION", timedelta, timedelta(days=90))

    @property
    def TTMINIS_REMOVED_RETENTION(self) -> timedelta | None:  # noqa: N802
        """How long ``ttminis_prune`` leaves identities that TikTok removed.

        Who comes back later is a new user. None keeps them for ever.
        """
        if getattr(settings, "TTMINIS_REMOVED_RETENTION", None) is None:
            return None
        return _typed("TTMINIS_REMOVED_RETENTION", timedelta, timedelta())

    @property
    def TTMINIS_ADMIN_BASE(self) -> str:  # noqa: N802
        """The module with the ``ModelAdmin`` and ``TabularInline`` to build upon.

        For a theme that brings its own: ``"unfold.admin"``.
        """
        return _typed("TTMINIS_ADMIN_BASE", str, "django.contrib.admin")

    @property
    def TTMINIS_ADMIN_USER_INLINE(self) -> bool:  # noqa: N802
        """Whether Django's own user admin is registered anew, with TikTok identities.

        For an admin of your own take ``ttminis_auth.admin.TikTokUserAdminMixin``.
        """
        return _typed("TTMINIS_ADMIN_USER_INLINE", bool, False)

    @property
    def TTMINIS_ADMIN_MASK_SECRETS(self) -> bool:  # noqa: N802
        """Whether allauth's admin pages keep tokens, secrets and session keys hidden.

        They can still be written, and are never shown.
        """
        return _typed("TTMINIS_ADMIN_MASK_SECRETS", bool, True)

    @property
    def TTMINIS_ADMIN_GUARD_ACCOUNTS(self) -> bool:  # noqa: N802
        """Whether allauth's admin leaves the user of a TikTok account alone.

        And shows TikTok's apps as superusers' to write; the model refuses others in
        any case. For admins of your own take ``GuardedSocialAccountMixin`` and
        ``GuardedSocialAppMixin``.
        """
        return _typed("TTMINIS_ADMIN_GUARD_ACCOUNTS", bool, True)

    @property
    def admin_base(self) -> ModuleType:
        """The module that ``TTMINIS_ADMIN_BASE`` names."""
        name = self.TTMINIS_ADMIN_BASE
        try:
            base = import_module(name)
        except (ImportError, TypeError, ValueError) as error:
            raise ImproperlyConfigured(
                f"TTMINIS_ADMIN_BASE names {name!r}, which cannot be imported: {error}"
            ) from error
        if not (hasattr(base, "ModelAdmin") and hasattr(base, "TabularInline")):
            raise ImproperlyConfigured(
                f"TTMINIS_ADMIN_BASE names {name!r}, which has no ModelAdmin and "
                "TabularInline."
            )
        return base

    @property
    def session_store(self) -> type[SessionBase]:
        """The class behind Django's ``SESSION_ENGINE``."""
        return cast(
            "type[SessionBase]",
            import_string(f"{settings.SESSION_ENGINE}.SessionStore"),
        )

    @property
    def authentication_backends(self) -> tuple[str, ...]:
        """Django's ``AUTHENTICATION_BACKENDS``."""
        return tuple(settings.AUTHENTICATION_BACKENDS)

    @property
    def middleware(self) -> tuple[str, ...]:
        """Django's ``MIDDLEWARE``."""
        return tuple(settings.MIDDLEWARE)

    @property
    def debug(self) -> bool:
        """Django's ``DEBUG``."""
        return bool(settings.DEBUG)

    @property
    def has_urls(self) -> bool:
        """Whether the project has a ``ROOT_URLCONF``; a worker may have none."""
        return bool(getattr(settings, "ROOT_URLCONF", None))

    @property
    def readable_csrf_cookie(self) -> str | None:
        """Django's ``CSRF_COOKIE_NAME``; None where no script can read the token."""
        hidden = settings.CSRF_USE_SESSIONS or settings.CSRF_COOKIE_HTTPONLY
        return None if hidden else settings.CSRF_COOKIE_NAME

    @property
    def csrf_header(self) -> str:
        """Django's ``CSRF_HEADER_NAME`` as a browser sends it: ``"X-CSRFToken"``."""
        name = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
        return "X-CSRFToken" if name == "X-CSRFTOKEN" else name

    @property
    def has_logout_middleware(self) -> bool:
        """Whether ``MIDDLEWARE`` has what shows logouts to the page's script."""
        return LOGOUT_MIDDLEWARE in settings.MIDDLEWARE

    @property
    def login_url(self) -> str:
        """Django's ``LOGIN_URL``: a path, an address, or a URL's name."""
        return str(settings.LOGIN_URL)

    @property
    def session_cookie_scope(self) -> dict[str, Any]:
        """Where Django's session cookie is sent, as arguments of ``set_cookie``."""
        return {
            "domain": settings.SESSION_COOKIE_DOMAIN,
            "path": settings.SESSION_COOKIE_PATH,
            "secure": settings.SESSION_COOKIE_SECURE or None,
            "samesite": settings.SESSION_COOKIE_SAMESITE,
        }

    @property
    def encryption_secrets(self) -> tuple[str | bytes, ...]:
        """Django's ``SECRET_KEY``, then its ``SECRET_KEY_FALLBACKS``, newest first."""
        return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def _fits(reason: object, actions: object) -> bool:
    known = reason == "default" or isinstance(reason, int)
    listed = isinstance(actions, (list, tuple))
    return known and listed and REMOVAL_ACTIONS.issuperset(cast("list[str]", actions))


def _texts(name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    given = getattr(settings, name, default)
    # A single text would be taken letter by letter.
    listed = isinstance(given, (list, tuple, set, frozenset))
    if not listed or not all(isinstance(each, str) for each in given):
        raise ImproperlyConfigured(f"{name} must be a list of texts.")
    return tuple(given)


def _typed(name: str, kind: type[T], default: T) -> T:
    value: object = getattr(settings, name, default)
    if not isinstance(value, kind):
        raise ImproperlyConfigured(f"{name} must be a {kind.__name__}.")
    return value


conf = Settings()
