"""Places: every service has a uid and group of its own, and sockets have short lower-case paths."""
from __future__ import annotations

from pathlib import Path

import pytest

from hub_config.places import CALLERS, FIRST_LEARNER_UID, FRONT_GROUP, SERVICES, Places

MANY = Places(Path("/opt/academy"), Path("/var/lib/academy"), True)
ONE = Places(Path("/home/lea/.local/share/academy"), Path("/home/lea/.local/share/academy/state"), False)


def test_no_uid_is_given_twice():
    assert len(set(SERVICES.values())) == len(SERVICES)
    groups = {MANY.socket_group(name) for name in CALLERS}
    assert len(groups) == len(CALLERS) and not groups & set(SERVICES.values()) and FRONT_GROUP not in groups


def test_every_caller_is_a_process_we_know():
    assert {caller for callers in CALLERS.values() for caller in callers} <= {*SERVICES, "launcher"}


@pytest.mark.parametrize("name", sorted(CALLERS))
def test_a_socket_group_holds_exactly_the_callers(name):
    holders = {service for service in SERVICES if MANY.socket_group(name) in MANY.groups(service)}
    assert holders == set(CALLERS[name]) - {"launcher"}


def test_only_hub_and_proxy_reach_learners_servers():
    assert {service for service in SERVICES if FRONT_GROUP in MANY.groups(service)} == {"hub", "proxy"}


@pytest.mark.parametrize("places", [MANY, ONE])
@pytest.mark.parametrize("name", [*sorted(CALLERS), "gateway"])
def test_socket_paths_fit(places, name):
    path = str(places.socket(name))
    assert len(path.encode()) < 108 and path == path.lower()


@pytest.mark.parametrize("number", [1, 99_999])
def test_a_learners_front_socket_fits(number):
    assert len(str(MANY.learner_front(number) / "s.sock:80").encode()) < 108
    assert MANY.learner_uid(number) == FIRST_LEARNER_UID + number


def test_one_user_has_one_uid_and_no_groups():
    assert len({ONE.uid(name) for name in SERVICES}) == 1 and ONE.groups("hub") == ()
    assert ONE.learner_uid(5) == ONE.uid("hub")
