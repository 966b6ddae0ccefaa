from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.dispatch import receiver

from game.models import Punch
from ttminis_auth.signals import merging_users


@receiver(merging_users)
def move_punches(
    older: AbstractBaseUser, younger: AbstractBaseUser, **kwargs: Any
) -> None:
    """Put both tickets on top of each other: a hole in either is a hole."""
    theirs = Punch.objects.filter(user=younger.pk)
    stops = theirs.values_list("stop", flat=True)
    moved = [Punch(user_id=older.pk, stop=stop) for stop in stops]
    Punch.objects.bulk_create(moved, ignore_conflicts=True)
    theirs.delete()
