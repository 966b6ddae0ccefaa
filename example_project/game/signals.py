from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.dispatch import receiver

from game.models import Punch
from ttminis_auth.signals import merging_users


@receiver(merging_users)
def move_punches(
    older: AbstractBaseUser, younger: AbstractBaseUser, **kwargs: Any
) -> None:
    """Move the punches of the younger user that the older user does not have yet."""
    theirs = Punch.objects.filter(user=younger.pk)
    ours = Punch.objects.filter(user=older.pk)
    theirs.exclude(stop__in=ours.values("stop")).update(user=older)
    theirs.delete()
