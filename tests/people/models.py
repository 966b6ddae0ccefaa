"""Users as projects have them; the others than AUTH_USER_MODEL are swapped out."""

import uuid
from typing import Any

from django.contrib.auth.models import (
    AbstractBaseUser,
    AbstractUser,
    BaseUserManager,
    PermissionsMixin,
    UserManager,
)
from django.db import models

SWAPPABLE = "AUTH_USER_MODEL"


def short_key() -> str:
    return f"u-{uuid.uuid4().hex[:10]}"


class Person(AbstractUser):
    """A key that is no number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)

    class Meta:
        swappable = SWAPPABLE


class Club(models.Model):
    name = models.CharField(max_length=30)

    def __str__(self) -> str:
        return self.name


class MemberManager(UserManager["Member"]):
    def get_queryset(self) -> Any:
        members = super().get_queryset().select_related("club").defer("about")
        return members.filter(is_gone=False)


class Member(AbstractUser):
    """A unique e-mail that may be NULL, and a manager that hides, joins and defers."""

    email = models.EmailField(unique=True, null=True, blank=True)
    club = models.ForeignKey(Club, null=True, on_delete=models.SET_NULL)
    about = models.TextField(blank=True)
    is_gone = models.BooleanField(default=False)
    objects = MemberManager()

    class Meta:
        swappable = SWAPPABLE

    def __str__(self) -> str:
        return self.email  # None for who came by TikTok


class Subscriber(AbstractBaseUser, PermissionsMixin):
    """The e-mail is the login, there is no username, and names are somewhere else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True, null=True, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    objects: Any = BaseUserManager()
    USERNAME_FIELD = "email"

    class Meta:
        swappable = SWAPPABLE


class Player(AbstractBaseUser):
    """A bare user: neither names, e-mail, permissions nor ``is_active``."""

    key = models.CharField(primary_key=True, max_length=20, default=short_key)
    nickname = models.CharField(max_length=30, unique=True)
    is_staff = models.BooleanField(default=False)
    objects: Any = BaseUserManager()
    USERNAME_FIELD = "nickname"

    class Meta:
        swappable = SWAPPABLE

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Party(models.Model):  # noqa: DJ008  a user has its own
    note = models.CharField(max_length=30, blank=True)


class Customer(Party, AbstractBaseUser, PermissionsMixin):  # noqa: DJ008  has one
    """A row in two tables, a short username, and a ``save`` that validates."""

    username = models.CharField(max_length=8, unique=True)
    first_name = models.CharField(max_length=6, blank=True)
    email = models.EmailField(blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    objects: Any = BaseUserManager()
    USERNAME_FIELD = "username"

    class Meta:
        swappable = SWAPPABLE

    def save(self, *args: Any, **options: Any) -> None:
        self.full_clean()
        super().save(*args, **options)


class Colleague(AbstractUser):
    """A unique e-mail that must be there: this model holds one TikTok user."""

    email = models.EmailField(unique=True)

    class Meta:
        swappable = SWAPPABLE
