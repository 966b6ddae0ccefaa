"""What user models may be like, and what a project with such a one needs.

It is a table of ``docs/reference/compatibility.rst``, and ``tests.test_apart`` tries
each model that it names. Nothing of Django is imported: the documents are built without
these models.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Likeness:
    """What a project needs, and who is like this in ``tests.people.models``."""

    needs: str
    models: tuple[str, ...]


SETTINGS = "settings of `allauth's <../how-to/user-models.rst>`_"

USERS = {
    "``AbstractUser`` with a unique e-mail": Likeness(
        "``null=True`` for the column: NULL is stored",
        # The second lacks it, and holds one user.
        ("Member", "Colleague"),
    ),
    "the e-mail is the login, no username": Likeness(
        f"``null=True``, and four {SETTINGS}", ("Subscriber",)
    ),
    "``AbstractBaseUser`` alone: no names, no e-mail, no ``is_active``": Likeness(
        f"three {SETTINGS}", ("Player",)
    ),
    "a key that is a UUID or a text": Likeness(
        "a default for the key", ("Person", "Subscriber", "Player")
    ),
    "a short username": Likeness(
        "nothing: 12 random characters, or as many as fit", ("Customer",)
    ),
    "a manager that hides, joins or defers": Likeness(
        "nothing; a user that it hides may not log in", ("Member",)
    ),
    "a model of two tables": Likeness("nothing", ("Customer",)),
    "``save()`` calls ``full_clean()``": Likeness(
        "``blank=True`` for what TikTok leaves empty", ("Customer",)
    ),
}
