"""One real hub for the modules that need it: launcher, accounts, proxy, gateway and hub, and two learners."""
from __future__ import annotations

import pytest

from hub_config.rpc import call
from tests.hub_config.house import INSTALLED, house

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def academy():
    if not (INSTALLED / "envs/notebook/bin/python").exists():
        pytest.skip("needs the notebook environment: make install")
    with house() as built:
        built.everything()
        built.password = PASSWORD
        for name, roles in (("lea", ["learner"]), ("ben", ["learner"]), ("ida", ["instructor"]), ("cem", ["certifier"]), ("olu", ["operator"])):
            call(built.places.socket("accounts"), "create", username=name, password=PASSWORD, roles=roles)
        yield built
        call(built.places.socket("launcher"), "stop_all", timeout=30)
