"""The grader over simulated neighbours: every submission gets one verdict, whatever dies on the way."""
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autograders.identity import examiner_version
from autograders.seeds import own_seeds
from autograders.store import open_store
from autograders.transcript import digest
from certification.evidence import read_all
from certification.keys import load_or_create, public_key
from curriculum.catalogue import load_catalogue
from curriculum.notebooks import instructor_notebook, notebook_bytes, solutions, with_solutions
from hub_config import rpc
from hub_config.grader import Grader, NotNow
from hub_config.places import Places
from hub_config.services.grader import Examiners, operations
from tests.simulators.examiner import SimulatedExaminer
from tests.simulators.neighbours import GraderNeighbours
from tests.simulators.pack import write_pack

ROOT = Path(__file__).parents[2]
OWN = own_seeds(b"k" * 32)


class House:
    """A state directory, a course pack and the grader's neighbours."""

    def __init__(self, folder: Path) -> None:
        self.where = Places(folder / "prefix", folder / "s", separate_uids=False)
        self.own = self.where.store("grader")
        self.own.mkdir(parents=True)
        (self.own / "gradebooks").mkdir()
        self.pack = folder / "pack"
        write_pack(self.pack)
        self.catalogue = load_catalogue([self.pack])
        self.module = self.catalogue.tracks[0].modules[0]
        self.neighbours = GraderNeighbours(self.where)
        self.threads: list[tuple[Grader, threading.Thread]] = []

    def grader(self, **options) -> Grader:
        return assemble(self.where, self.catalogue, **options)

    def serve(self, grader: Grader) -> Grader:
        thread = threading.Thread(target=grader.serve)
        thread.start()
        self.threads.append((grader, thread))
        return grader

    def answers(self, **changed) -> bytes:
        instructor = instructor_notebook(self.module)
        return notebook_bytes(with_solutions(instructor, solutions(instructor) | changed))

    def submit(self, data: bytes, **options) -> str:
        return self.neighbours.submit(data, track=self.module.track, module=self.module.id, **options)

    def close(self) -> None:
        for grader, thread in self.threads:
            grader.stopping.set()
            thread.join(20)
        self.neighbours.close()


def assemble(where: Places, catalogue, examiner=None, project=None, **options) -> Grader:
    key = load_or_create(where.store("grader") / "transcript.pem")

    def ask(service, op, **request):
        return rpc.call(where.socket(service), op, **request)

    def write(module, source, bodies):
        from autograders.gradebook import project as into
        into(where.store("grader") / "gradebooks" / f"{module.track}.db", module.track, {module.id: source}, bodies)

    return Grader(ask, open_store(where.store("grader") / "grader.sqlite"), catalogue, lambda module: examiner or SimulatedExaminer(),
                  key.sign, key.did, project or write, OWN, **options)


@pytest.fixture
def house(tmp_path_factory):
    made = House(tmp_path_factory.mktemp("g"))
    yield made
    made.close()


def test_a_submission_gets_its_verdict_transcript_and_grades(house):
    grader = house.serve(house.grader())
    ident = house.submit(house.answers())
    verdict = house.neighbours.verdict(ident)
    assert verdict["score"] == verdict["max_score"] == house.module.max_score
    assert {task["title"] for task in verdict["tasks"]} == {task.title for task in house.module.tasks}
    (envelope,) = grader.transcripts("lea", house.module.track)
    assert digest(envelope["transcript"]) == verdict["transcript_hash"]
    (evidence,) = read_all([envelope], public_key(grader.key), learner="lea", track=house.module.track)
    assert evidence.result.share == 1
    assert len(evidence.seeds) == 3
    from nbgrader.api import Gradebook
    with Gradebook(f"sqlite:///{house.own / 'gradebooks' / house.module.track}.db", house.module.track) as book:
        assert book.find_submission(house.module.id, "lea").score == house.module.max_score


def test_ten_submissions_on_two_workers(house):
    house.serve(house.grader(workers=2))
    idents = [house.submit(house.answers(**({"total": "total = None"} if n % 2 else {})), learner=f"learner{n}") for n in range(10)]
    scores = [house.neighbours.verdict(ident, 60)["score"] for ident in idents]
    assert [score == house.module.max_score for score in scores] == [True, False] * 5


@pytest.mark.parametrize(("data", "note"), [
    (b"not a notebook", "not a notebook"), (b"", "empty"), (b"[" * 100_000, "nested too deeply"),
])
def test_a_bad_submission_is_0_with_its_reason(house, data, note):
    house.serve(house.grader())
    verdict = house.neighbours.verdict(house.submit(data))
    assert (verdict["score"], verdict["needs_review"]) == (0, True)
    assert note in verdict["note"]


def test_a_second_examination_finds_the_first(house):
    grader = house.grader()
    ident = house.submit(house.answers())
    job = house.neighbours.jobs[ident]["submission"]
    first = grader.examine(job)
    grader.examiners = lambda module: pytest.fail("examined again")
    assert grader.examine(job) == first


def test_a_failing_gradebook_stands_in_nobodys_way(house):
    def broken(*arguments):
        raise OSError("disk full")
    house.serve(house.grader(project=broken))
    assert house.neighbours.verdict(house.submit(house.answers()))["score"] == house.module.max_score


def test_a_failing_examiner_is_no_verdict(house):
    def broken(result):
        raise RuntimeError("no fork server")
    grader = house.grader(examiner=SimulatedExaminer(rewrite=broken))
    job = house.neighbours.jobs[house.submit(house.answers())]["submission"]
    with pytest.raises(RuntimeError, match="no fork server"):
        grader.examine(job)
    assert grader.transcripts("lea", house.module.track) == []
    first = grader.store.seeds(_key(grader, house, job), lambda: pytest.fail("drawn again"))
    assert len(first.values) == 3


def _key(grader, house, job):
    from autograders.assignment import from_module
    from autograders.store import Key
    with from_module(house.module) as assignment:
        return Key(job["id"], grader.assessment_version(assignment), examiner_version())


def test_an_unknown_module_is_no_verdict(house):
    grader = house.grader()
    ident = house.neighbours.submit(house.answers(), track="nowhere", module="01_none")
    with pytest.raises(NotNow, match="no track 'nowhere'"):
        grader.examine(house.neighbours.jobs[ident]["submission"])


def test_bytes_that_are_not_those_of_the_receipt_are_not_examined(house):
    grader = house.grader()
    ident = house.submit(house.answers())
    job = house.neighbours.jobs[ident]["submission"]
    house.neighbours.blobs[job["content_hash"]] = b"{}"
    with pytest.raises(NotNow, match="content hash"):
        grader.examine(job)


@pytest.mark.parametrize("state", ["failed"])
def test_an_environment_that_cannot_be_had_is_no_verdict(house, state):
    house.neighbours.environment = {"state": state, "message": "no space", "megabytes": 0}
    with pytest.raises(NotNow, match="no space"):
        Examiners(house.where, 1)(house.module)


def test_a_missing_launcher_is_no_verdict(house):
    with pytest.raises(NotNow, match="core"):
        Examiners(house.where, 1)(house.module)


def test_a_job_that_cannot_be_examined_is_given_back_at_once_and_tried_again(house):
    grader, ready = house.grader(), threading.Event()

    def examiners(module):
        if not ready.is_set():
            raise NotNow("the examiner for core does not start: no fork server")
        return SimulatedExaminer()

    grader.examiners = examiners
    ident = house.submit(house.answers())
    house.serve(grader)
    for _ in range(200):
        if house.neighbours.released:
            break
        threading.Event().wait(0.05)
    assert house.neighbours.released[0] == (ident, "the examiner for core does not start: no fork server")
    ready.set()
    assert house.neighbours.verdict(ident)["score"] == house.module.max_score


def test_what_breaks_an_examination_is_not_told_in_the_reason(house):
    def broken(result):
        raise RuntimeError("secret detail")
    house.serve(house.grader(examiner=SimulatedExaminer(rewrite=broken)))
    house.submit(house.answers())
    for _ in range(200):
        if house.neighbours.released:
            break
        threading.Event().wait(0.05)
    assert "RuntimeError" in house.neighbours.released[0][1] and "secret" not in house.neighbours.released[0][1]


POINTS = ["seeds", "examined", "kept", "reported"]


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_moment_there_is_one_verdict_and_nothing_is_lost(house, point):
    """The first grader kills itself with SIGKILL right after ``point``; a second one begins after it."""
    house.neighbours.longest = 0.2
    ident = house.submit(house.answers())
    run = [sys.executable, "-m", "tests.hub_config.test_grader", str(house.where.state), str(house.pack)]
    first = subprocess.run([*run, point], cwd=ROOT, timeout=60, capture_output=True)
    assert first.returncode == -9, first.stderr.decode()
    before = _seeds(house)
    house.serve(house.grader())
    verdict = house.neighbours.verdict(ident)
    assert verdict["score"] == house.module.max_score
    assert len(house.neighbours.verdicts) == 1
    assert len(open_store(house.own / "grader.sqlite").transcripts()) == 1
    assert before and _seeds(house) == before


def _seeds(house):
    from sqlalchemy import text
    store = open_store(house.own / "grader.sqlite")
    with store.engine.connect() as connection:
        rows = connection.execute(text("select submission, run, seed, salt from seeds order by 1, 2")).all()
    store.close()
    return rows


def test_the_first_run_has_the_learners_own_seed(house):
    grader = house.serve(house.grader())
    for learner, attempt in (("lea", 1), ("lea", 2), ("tom", 1)):
        house.neighbours.verdict(house.submit(house.answers(mean=f"mean = None  # {attempt}"), learner=learner, attempt=attempt))
    store = open_store(house.own / "grader.sqlite")
    from sqlalchemy import text
    with store.engine.connect() as connection:
        first = [int(seed) for (seed,) in connection.execute(text("select seed from seeds where run = 0"))]
    store.close()
    own = {learner: grader.own_seed(learner, house.module.track, house.module.id) for learner in ("lea", "tom")}
    assert sorted(first) == sorted([own["lea"], own["lea"], own["tom"]]) and own["lea"] != own["tom"]


def test_only_texts_name_a_learner(house):
    run = operations(house.grader(), ())["transcripts"].run
    for request in ({}, {"learner": 3, "track": "t"}, {"learner": ["a"], "track": "t"}, {"learner": "a"}):
        with pytest.raises(rpc.RpcError, match="are texts"):
            run(rpc.Caller(0, 0), request)
    assert run(rpc.Caller(0, 0), {"learner": "lea", "track": "t"}) == {"transcripts": []}


def test_a_real_examiner_through_a_real_launcher_socket(house):
    """`start_examiner` answered by a launcher of this process's own uid: the whole service but its process."""
    from autograders.sandbox.start import SandboxError
    from hub_config.examiners import Examiners as Launched

    house.where = Places(Path(sys.prefix).parents[1], house.where.state, separate_uids=False)
    if not (house.where.notebook_env / "bin/python").exists():
        pytest.skip("needs the notebook environment beside this one: make install")
    launched = Launched(house.where)
    started = {"start_examiner": rpc.Operation(lambda caller, request: launched.start(**request), {os.geteuid()})}
    launcher = rpc.Server(house.where.socket("launcher"), started).start()
    examiners = Examiners(house.where, 1)
    try:
        try:
            examiner = examiners(house.module)
        except NotNow as error:
            if isinstance(error.__cause__, SandboxError):
                pytest.skip(f"no sandbox can be made here: {error}")
            raise
        grader = house.grader(examiner=examiner)
        house.serve(grader)
        verdict = house.neighbours.verdict(house.submit(house.answers()), 60)
        assert verdict["score"] == house.module.max_score
        body = grader.transcripts("lea", house.module.track)[0]["transcript"]
        assert "network-namespace" in body["examiner"]["isolation"]
        assert json.dumps(body)
    finally:
        house.close()
        house.threads.clear()
        examiners.close()
        launched.close()
        launcher.close()


def _main(state: str, pack: str, point: str) -> None:
    """A grader process that kills itself right after ``point``."""
    import signal

    def die(*ignored):
        os.kill(os.getpid(), signal.SIGKILL)

    grader = assemble(Places(Path(state), Path(state), separate_uids=False), load_catalogue([Path(pack)]))
    store, real_ask = grader.store, grader.ask
    if point == "seeds":
        grader.examiners = lambda module: SimulatedExaminer(rewrite=die)
    elif point == "examined":
        store.add = die
    elif point == "kept":
        grader.project = lambda *arguments: die()
    elif point == "reported":
        def ask(service, op, **request):
            answer = real_ask(service, op, **request)
            return die() if op == "finish" else answer
        grader.ask = ask
    grader.serve()


if __name__ == "__main__":
    _main(*sys.argv[1:])
