"""Whatever people do one after the other, they stay who they are."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lengths import times
from tests.properties.machine import People

pytestmark = pytest.mark.django_db

SETTINGS = settings(
    max_examples=times(10),
    stateful_step_count=20,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def test_no_sequence_logs_a_visitor_in_as_another_user(tiktok):
    run_state_machine_as_test(People, settings=SETTINGS)
