"""nbgrader with our examiner: `load_subconfig(".../hub_config/nbgrader_config.py")` in a course's nbgrader_config.py, or
`nbgrader autograde ASSIGNMENT --NbGrader.config_file=.../hub_config/nbgrader_config.py`."""
from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    GetGrades,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)

from autograders.nbgrader_step import Deduplicate, Examine, HideTests, OfflineHTML
from hub_config.settings import load, places

c = get_config()  # noqa: F821 - nbgrader provides it
settings = load().examiner
python = places().notebook_env / "bin/python"

# Learner code and tests run apart from each other; every graded cell gets an explicit result.
c.Autograde.sanitize_preprocessors = [ClearOutput, Deduplicate, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]
c.Autograde.autograde_preprocessors = [
    Examine, IgnorePattern, ClearMetadataPreprocessor, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
c.OverwriteCells.add_missing_cells = True
if python.is_file():
    c.Examine.python = str(python)
c.Examine.seeds = settings.seeds
c.Examine.seconds = settings.seconds
c.Examine.cell_seconds = settings.cell_seconds
c.Examine.memory_mib = settings.memory_mib

# What learners get holds no hidden test and loads nothing from other sites.
c.GenerateFeedback.preprocessors = [HideTests, GetGrades, CSSHTMLHeaderPreprocessor]
c.GenerateFeedback.exporter_class = OfflineHTML
