"""Fixtures for the test suite of a project that uses ``ttminis_auth``.

Add to your ``conftest.py``::

    pytest_plugins = ["ttminis_auth.testing.fixtures"]

A test asks for the fixture ``tiktok``, which is a
:class:`~ttminis_auth.simulator.world.World`, and gets a TikTok fresh from the factory::

    def test_removed_player_is_logged_out(client, tiktok):
        code = tiktok.issue_code("mnsimdrama000001", "mia")
        ...  # log in
        body, headers = tiktok.forge_webhook(
            "mnsimdrama000001",
            "authorization.removed",
            handle="mia",
            content={"reason": 1},
        )
        url = reverse("ttminis_webhook")
        client.post(url, body, content_type="application/json", headers=headers)
        ...  # see that she has to log in again

``forge_webhook`` only writes and signs. ``send_webhook`` takes the same and posts it to
the app's ``webhook_url``, over HTTP, for suites with a ``live_server``; there,
``tiktok.remove_app("mia", "mnsimdrama000001")`` is the whole story in one line.

Needs pytest and pytest-django, and nothing of TikTok's.
"""
