"""A template tag that sends SIGTERM to the process."""

import signal

from django import template

register = template.Library()


@register.simple_tag
def stop() -> None:
    signal.raise_signal(signal.SIGTERM)
