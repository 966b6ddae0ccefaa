"""Logins beside other apps, and allauth's own suite: ``make neighbours``."""
