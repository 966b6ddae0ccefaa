"""Test suites of the projects of the how-to pages; run by ``test_how_to.py``.

Each module is a test suite of the project that its page describes.
"""
