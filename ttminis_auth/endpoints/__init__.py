"""The JSON endpoints and the login page: translate, decide nothing.

``views`` serves pages of the site itself; ``hosted`` serves pages that TikTok hosts, on
another origin where no cookie arrives, and exists only where ``allauth.headless`` is
installed. ``inputs`` reads what a page sends, ``answers`` writes what it gets.
"""
