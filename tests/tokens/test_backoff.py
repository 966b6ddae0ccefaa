"""How the workers of one run stand back together."""

from threading import Event, Thread

import pytest

from ttminis_auth.tokens.backoff import ATTEMPTS, MAX_WAIT, Backoff, pause


@pytest.fixture
def stop():
    return Event()


@pytest.fixture
def backoff(clock, stop):
    return Backoff(stop)


def fail(backoff, *, times=1, retry_after=None):
    for _ in range(times):
        with backoff.turn() as turn:
            backoff.note_failure(turn, retry_after)


def wait(backoff):
    with backoff.turn():
        pass


def test_back_off_does_not_wait_after_a_success(backoff, clock):
    wait(backoff)

    assert clock.pauses == []


def test_waits_double_with_each_failure(backoff, clock):
    fail(backoff, times=5)

    assert clock.pauses == [1, 2, 4, 8]


def test_wait_that_tiktok_asks_for_is_kept(backoff, clock):
    fail(backoff, retry_after=30)
    wait(backoff)

    assert clock.pauses == [30]


def test_short_wait_that_tiktok_asks_for_is_no_licence_to_hammer(backoff, clock):
    fail(backoff, times=3, retry_after=0)
    wait(backoff)

    assert clock.pauses == [1, 2, 4]


def test_answer_ends_the_waiting(backoff, clock):
    fail(backoff, times=3)
    with backoff.turn() as turn:
        backoff.note_answer(turn)
    fail(backoff)
    wait(backoff)

    assert clock.pauses == [1, 2, 4, 1]


def test_failures_of_what_was_under_way_count_as_one(backoff, clock):
    with backoff.turn() as first, backoff.turn() as second:
        backoff.note_failure(first, None)
        backoff.note_failure(second, None)
    wait(backoff)

    assert clock.pauses == [1]


def test_answer_to_what_was_sent_before_the_failure_proves_nothing(backoff, clock):
    with backoff.turn() as first, backoff.turn() as second:
        backoff.note_failure(first, None)
        backoff.note_answer(second)
    wait(backoff)

    assert clock.pauses == [1]


def test_several_failures_in_a_row_are_enough(backoff):
    fail(backoff, times=ATTEMPTS - 1)
    assert not backoff.has_given_up

    fail(backoff)

    assert backoff.has_given_up


def test_long_wait_is_left_to_the_next_run(backoff, clock):
    fail(backoff, retry_after=int(MAX_WAIT) + 1)
    wait(backoff)

    assert backoff.has_given_up
    assert clock.pauses == []


def test_back_off_does_not_wait_when_stopped(backoff, clock, stop):
    fail(backoff)
    stop.set()
    wait(backoff)

    assert clock.pauses == []


def test_after_a_failure_one_tries_at_a_time(backoff):
    fail(backoff)
    came = Event()

    def come():
        with backoff.turn():
            came.set()

    second = Thread(target=come)
    with backoff.turn():
        second.start()
        assert not came.wait(0.05)
    second.join(30)

    assert came.is_set()


def test_pause_ends_by_itself(stop):
    pause(stop, 0.01)

    assert not stop.is_set()


def test_pause_ends_when_stopped(stop):
    stop.set()

    pause(stop, 60)
