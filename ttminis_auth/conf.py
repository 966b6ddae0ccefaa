"""Every ``TTMINIS_*`` setting: name, default, unit and meaning.

Read as ``conf.TTMINIS_SDK_URL``, always at the moment of use, so that
``override_settings`` needs no help. No other module reads ``django.conf.settings``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal, TypeVar, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

UnionLinking = Literal["off", "report", "merge"]
SDKCallStyle = Literal["auto", "options", "callback"]


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
    def TTMINIS_UNION_LINKING(self) -> UnionLinking:  # noqa: N802
        """What happens when two users turn out to share a ``union_id``.

        ``"off"``: nothing. ``"report"``: a ``LinkingConflict`` is stored and signalled.
        ``"merge"``: a user made by silent login alone is merged into the older one;
        whatever is less clear than that is reported.
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
        one address. An empty string switches the limit off.
        """
        return _typed("TTMINIS_REJECTED_CODE_LIMIT", str, "20/m/ip")

    @property
    def encryption_secrets(self) -> tuple[str | bytes, ...]:
        """Django's ``SECRET_KEY``, then its ``SECRET_KEY_FALLBACKS``, newest first."""
        return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def _typed(name: str, kind: type[T], default: T) -> T:
    value: Any = getattr(settings, name, default)
    if not isinstance(value, kind):
        raise ImproperlyConfigured(f"{name} must be a {kind.__name__}.")
    return value


conf = Settings()
