from __future__ import annotations

import shutil

import pytest

from curriculum.catalogue import BUILTIN, load_catalogue
from curriculum.errors import CurriculumError, DefinitionError, NotebookError, UnknownNameError
from curriculum.outcomes import ModuleRequirement, PassRule

TRACK, MODULE, ASSESSMENT = "prices/track.toml", "prices/01_averages/module.toml", "prices/01_averages/assessment.py"


def test_a_pack_is_read_from_its_folders(pack):
    catalogue = load_catalogue([pack()])
    track = catalogue.track("prices")
    module = catalogue.module("prices", "01_averages")
    assert (track.title, track.family, track.modules, track.hours) == ("Prices", "core", (module,), 1.5)
    assert track.pass_rule == PassRule("prices", (ModuleRequirement("01_averages", 0.6),))
    assert (module.track, module.family, module.version, module.max_score) == ("prices", "core", "1.2.0", 2)
    task = module.tasks[0]
    assert (task.grade_id, task.answers, task.points, module.outcome(task.outcome).sentence) == ("test_mean", "mean", 2, "Compute a mean")


def test_a_folder_more_is_a_module_more_in_the_pass_rule(pack):
    folder = pack()
    shutil.copytree(folder / "prices/01_averages", folder / "prices/02_medians")
    (folder / "prices/02_medians/module.toml").write_text("pass_share = 0.8\n" + (folder / MODULE).read_text())
    (folder / "prices/_drafts").mkdir()
    (folder / ".git").mkdir()
    rule = load_catalogue([folder]).track("prices").pass_rule
    assert rule.modules == (ModuleRequirement("01_averages", 0.6), ModuleRequirement("02_medians", 0.8))


@pytest.mark.parametrize(("path", "replace", "message"), [
    (TRACK, {"summary =": "sumary ="}, r"track\.toml: unknown key 'sumary'; did you mean 'summary'\?"),
    (TRACK, {"family = \"core\"\n": ""}, "the key 'family' is missing; add it"),
    (TRACK, {"pass_share = 0.6": "pass_share = true"}, "'pass_share' is True, but must be a number"),
    (TRACK, {"pass_share = 0.6": "pass_share = 0"}, "above 0 and at most 1"),
    (TRACK, {"pass_share = 0.6": "pass_share = 1.01"}, "above 0 and at most 1"),
    (TRACK, {"\"aware\"": "\"awar\""}, "level: unknown value 'awar'; did you mean 'aware'"),
    (TRACK, {"\"C5\"": "\"C11\""}, "competencies: unknown value 'C11'"),
    (TRACK, {"\"public\"": "\"secret\""}, "assessment: unknown value 'secret'; known: private, public"),
    (TRACK, {"\"1.0.0\"": "\"1.0\""}, "'version' is written like 1.0.0, not '1.0'"),
    (TRACK, {"title =": "title"}, "not valid TOML"),
    (MODULE, {"minutes =": "minuets ="}, r"module\.toml: unknown key 'minuets'; did you mean 'minutes'\?"),
    (MODULE, {"verb =": "verbs ="}, "outcome: unknown key 'verbs'; did you mean 'verb'"),
    (MODULE, {"\"mean\"": "\"means\""}, "no solution cell 'means'; did you mean 'mean'"),
    (MODULE, {"\"test_mean\"": "\"test_means\""}, "no tests cell 'test_means'; did you mean 'test_mean'"),
    (MODULE, {"outcome = \"P-1\"": "outcome = \"P-2\""}, "unknown outcome 'P-2'; did you mean 'P-1'"),
    (MODULE, {"hours = 1.5": "hours = 1.5\nlimits = {assessment_second = 5}"}, "limits: unknown key 'assessment_second'; did you mean 'assessment_seconds'"),
    (MODULE, {"[[outcome]]": "[[outcome]]\ncode = \"P-0\"\nverb = \"v\"\ntext = \"t\"\ncompetency = \"C1\"\n[[outcome]]"}, "no task shows the outcome 'P-0'"),
    (ASSESSMENT, {"\"grade_id\": \"mean\"": "\"grade_id\": \"test_mean\""}, "'test_mean' is there twice"),
    (ASSESSMENT, {"nbgrader={\"grade\": true": "nbgrader={grade: true"}, "assessment.py:21: the nbgrader mark is not a JSON object"),
])
def test_a_broken_file_stops_the_catalogue(pack, path, replace, message):
    with pytest.raises((DefinitionError, NotebookError), match=message):
        load_catalogue([pack(path, replace)])


def test_a_graded_cell_without_a_task_is_an_error(pack):
    more = '\n# %% nbgrader={"grade": true, "grade_id": "test_more", "points": 1, "solution": false}\nassert True\n'
    folder = pack()
    with (folder / ASSESSMENT).open("a") as file:
        file.write(more)
    with pytest.raises(DefinitionError, match=r"the graded cell 'test_more' of assessment\.py has no \[\[task\]\]; add one"):
        load_catalogue([folder])


def test_missing_files_and_folders(pack, tmp_path):
    folder = pack()
    (folder / "prices/01_averages/lesson.md").unlink()
    with pytest.raises(DefinitionError, match=r"lesson\.md is missing"):
        load_catalogue([folder])
    shutil.rmtree(folder / "prices/01_averages")
    with pytest.raises(DefinitionError, match="at least one module folder"):
        load_catalogue([folder])
    (folder / "prices/averages").mkdir()
    with pytest.raises(DefinitionError, match=r"module\.toml: there is no such file"):
        load_catalogue([folder])
    with pytest.raises(DefinitionError, match="no such folder"):
        load_catalogue([tmp_path / "nowhere"])


def test_a_track_id_in_two_packs_is_an_error(pack, tmp_path):
    shutil.copytree(pack(), tmp_path / "other")
    with pytest.raises(DefinitionError, match="the track 'prices' is already in"):
        load_catalogue([tmp_path / "pack", tmp_path / "other"])


def test_unknown_names_come_with_a_hint(pack):
    catalogue = load_catalogue([pack()])
    with pytest.raises(UnknownNameError, match="no track 'price'; did you mean 'prices'"):
        catalogue.track("price")
    with pytest.raises(UnknownNameError, match="no module 'averages' in 'prices'; did you mean '01_averages'"):
        catalogue.module("prices", "averages")


def test_every_error_is_a_curriculum_error():
    from curriculum import errors

    assert all(issubclass(getattr(errors, name), CurriculumError) for name in errors.__all__ if name.endswith("Error"))


def test_the_built_in_pack_is_sound():
    catalogue = load_catalogue()
    assert [track.id for track in catalogue.tracks] == sorted(path.parent.name for path in BUILTIN.glob("*/track.toml"))
    for track in catalogue.tracks:
        assert {requirement.module for requirement in track.pass_rule.modules} == {module.id for module in track.modules}
        assert not any(alignment.confirmed for alignment in track.alignments), "no specialist has confirmed one yet"
