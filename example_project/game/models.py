from django.conf import settings
from django.db import models


class Punch(models.Model):
    """A hole in a user's ticket, for an answer that was right."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="punches"
    )
    stop = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "punches"
        ordering = ["user", "stop"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "stop"], name="one_punch_per_user_and_stop"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}, stop {self.stop}"
