"""Workers of the queue killed at more than a hundred random moments: nothing is lost, nothing is doubled."""
from tests.autograders.test_queue_rush import killed_at_random


def test_more_than_a_hundred_kills(tmp_path):
    killed_at_random(tmp_path, kills=112, jobs=600)
