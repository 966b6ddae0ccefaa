"""Web logins that join in: a drop-in for allauth's own ``tiktok`` provider.

Keep ``allauth.socialaccount.providers.tiktok`` installed, and name our class::

    SOCIALACCOUNT_PROVIDERS = {
        "tiktok": {
            "provider_class": "ttminis_auth.web.provider.TikTokWebProvider",
            "APPS": [...],
        },
    }

allauth then takes provider, views and URLs from this package, under the same names.
"""
