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
    """Let nobody lose their place by becoming one with themselves.

    Runs inside the merge's transaction. Rows that nobody moves are not lost either:
    they keep the younger user alive, though unable to log in.
    """
    progress.move(younger, older)


@receiver(users_merged)
def tell_viewer(older: AbstractBaseUser, **kwargs: Any) -> None:
    viewers.note_joined(older)


@receiver(authorization_removed)
def tell_why_session_ended(identity: Identity, **kwargs: Any) -> None:
    """Let the open pages say why nobody is logged in any more."""
    transaction.on_commit(partial(viewers.note_removed, identity))
