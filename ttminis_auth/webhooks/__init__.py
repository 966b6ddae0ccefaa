"""The endpoint for TikTok's webhooks.

Include it at a path of its own, and register that address in TikTok's portal::

    path("hooks/tiktok/", include("ttminis_auth.webhooks.urls")),

``views`` finds out whether it is TikTok who calls, ``handlers`` does what an event asks
for, and the signal ``webhook_received`` takes it to the project.
"""
