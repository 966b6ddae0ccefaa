"""A template tag during which the process is killed."""

import signal

from django import template

register = template.Library()


@register.simple_tag
def stop() -> None:
    signal.raise_signal(signal.SIGTERM)
