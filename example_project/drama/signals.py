from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from drama import progress


@receiver(user_logged_in)
def adopt_anonymous_progress(
    request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
) -> None:
    """Move what was watched before the login from the session to the user."""
    progress.adopt(request, user)
