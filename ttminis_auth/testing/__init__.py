"""Fixtures for the test suite of a project that uses ``ttminis_auth``.

Add to your ``conftest.py``::

    pytest_plugins = ["ttminis_auth.testing.fixtures"]

Needs pytest and pytest-django, and nothing of TikTok's.
"""
