from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from drama import progress, viewers
from ttminis_auth.models import Identity
from ttminis_auth.signals import authorization_removed, merging_users, users_merged


@receiver(user_logged_in)
def adopt_anonymous_progress(
    request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
) -> None:
    """Move what was watched before the login from the session to the user."""
    progress.adopt(request, user)


@receiver(merging_users)
def move_progress(
    older: AbstractBaseUser, younger: AbstractBaseUser, **kwargs: Any
) -> None:
    """Move the younger user's progress to the older user before the merge.

    Runs inside the merge's transaction. Rows that no receiver moves are not lost: the
    younger user is then not deleted, and cannot log in.
    """
    progress.move(younger, older)


@receiver(users_merged)
def tell_viewer(older: AbstractBaseUser, **kwargs: Any) -> None:
    viewers.note_joined(older)


@receiver(authorization_removed)
def tell_why_session_ended(identity: Identity, **kwargs: Any) -> None:
    """Have the open pages show why the viewer was logged out."""
    transaction.on_commit(partial(viewers.note_removed, identity))
