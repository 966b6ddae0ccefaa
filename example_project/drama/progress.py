"""What a viewer has watched: in the database for a user, else in the session."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from drama.models import Progress

SESSION_KEY = "drama_progress"


def seen(request: HttpRequest) -> dict[int, float]:
    """Return the furthest second by episode number."""
    if request.user.is_authenticated:
        rows = Progress.objects.filter(user=request.user)
        return dict(rows.values_list("episode", "seconds"))
    stored = request.session.get(SESSION_KEY, {})
    return {int(episode): seconds for episode, seconds in stored.items()}


def remember(request: HttpRequest, episode: int, seconds: float) -> None:
    """Store how far the viewer has watched, unless a further place is stored."""
    if request.user.is_authenticated:
        _remember_for_user(request.user, episode, seconds)
    elif seconds > seen(request).get(episode, 0):
        # Sessions are stored as JSON, which has no integer keys.
        stored = request.session.get(SESSION_KEY, {})
        request.session[SESSION_KEY] = {**stored, str(episode): seconds}


def adopt(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Move the progress of the anonymous session to the user."""
    for episode, seconds in request.session.pop(SESSION_KEY, {}).items():
        _remember_for_user(user, int(episode), seconds)


def move(source: AbstractBaseUser, target: AbstractBaseUser) -> None:
    """Move one user's progress to another; in each episode, the further one wins."""
    theirs = Progress.objects.filter(user=source.pk)
    ours = Progress.objects.filter(user=target.pk)
    theirs.exclude(episode__in=ours.values("episode")).update(user=target)
    for row in theirs:
        _remember_for_user(target, row.episode, row.seconds)
        row.delete()


@transaction.atomic
def _remember_for_user(user: AbstractBaseUser, episode: int, seconds: float) -> None:
    row, created = Progress.objects.get_or_create(
        user=user, episode=episode, defaults={"seconds": seconds}
    )
    if not created:
        # Two reports may arrive in the wrong order; the further one wins.
        further = Progress.objects.filter(pk=row.pk, seconds__lt=seconds)
        further.update(seconds=seconds, updated=timezone.now())
