from django.conf import settings
from django.db import models
from django.utils import timezone


class Progress(models.Model):
    """How far a user has watched an episode: the furthest second seen."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="progress"
    )
    episode = models.PositiveSmallIntegerField()
    seconds = models.FloatField()
    updated = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "progress"
        ordering = ["user", "episode"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "episode"], name="one_progress_per_user_and_episode"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}, episode {self.episode}: {self.seconds:.0f} s"
