"""The face towards pages that TikTok hosts: another origin, where no cookie arrives.

Reached only where ``allauth.headless`` is installed; it brings the sessions that are
named by a header.
"""
