"""No sequence of steps gives a TikTok user another person's user."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lengths import times
from tests.properties.machine import LoginMachine

pytestmark = pytest.mark.django_db

SETTINGS = settings(
    max_examples=times(10),
    stateful_step_count=20,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def test_no_sequence_of_steps_gives_a_person_another_person_s_user(tiktok):
    run_state_machine_as_test(LoginMachine, settings=SETTINGS)
