"""What the projects of the how-to pages have to do; run by ``test_how_to.py``.

Each module is a test suite of the project that its page describes.
"""
