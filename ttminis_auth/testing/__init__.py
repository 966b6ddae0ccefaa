"""Fixtures for the test suite of a project that uses ``ttminis_auth``.

Add to your ``conftest.py``::

    pytest_plugins = ["ttminis_auth.testing.fixtures"]

A test asks for the fixture ``tiktok``, which is a
:class:`~ttminis_auth.testing.kit.TikTok`, and gets a TikTok fresh from the factory::

    def test_removed_player_is_logged_out(client, db, tiktok):
        tiktok.log_in(client, "mia")
        tiktok.remove("mia")
        assert client.get("/me/").status_code == 302

Without pytest, ``ttminis_auth.testing.kit.TikTokMixin`` brings ``self.tiktok``.
``send_webhook`` posts to the app's ``webhook_url`` over HTTP, for suites with a
``live_server``; ``post_webhook`` needs none.
"""
