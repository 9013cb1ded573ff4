"""The first schema: uploads, submissions, jobs, verdicts, credentials, progress."""
import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = depends_on = None

NAME, HASH, TIME = sa.String(255), sa.String(71), sa.String(20)


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("learner", NAME, primary_key=True),
        sa.Column("content_hash", HASH, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("completed", TIME, nullable=False),
        sa.Column("refused", sa.JSON),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("learner", NAME, nullable=False),
        sa.Column("track", NAME, nullable=False),
        sa.Column("module", NAME, nullable=False),
        sa.Column("module_version", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("content_hash", HASH, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("received", TIME, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("receipt", sa.JSON, nullable=False),
        sa.UniqueConstraint("learner", "track", "module", "attempt", name="one_attempt"),
        sa.UniqueConstraint("learner", "track", "module", "module_version", "content_hash", name="one_content"),
    )
    op.create_index("submissions_by_module", "submissions", ["track", "module"])
    op.create_table(
        "jobs",
        sa.Column("submission", sa.String(32), sa.ForeignKey("submissions.id"), primary_key=True),
        sa.Column("learner", NAME, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("enqueued", sa.Double, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("lease", sa.String(32), unique=True),
        sa.Column("worker", NAME),
        sa.Column("until", sa.Double),
    )
    op.create_index("ix_jobs_state", "jobs", ["state"])
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("submission", sa.String(32), sa.ForeignKey("submissions.id"), nullable=False),
        sa.Column("assessment_version", sa.String(128), nullable=False),
        sa.Column("examiner_version", sa.String(128), nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("max_score", sa.Double, nullable=False),
        sa.Column("needs_review", sa.Boolean, nullable=False),
        sa.Column("transcript_hash", HASH, nullable=False),
        sa.Column("feedback", sa.JSON, nullable=False),
        sa.Column("recorded", TIME, nullable=False),
        sa.UniqueConstraint("submission", "assessment_version", "examiner_version", name="one_verdict"),
    )
    op.create_index("ix_verdicts_submission", "verdicts", ["submission"])
    op.create_table(
        "credentials",
        sa.Column("award", sa.String(511), primary_key=True),
        sa.Column("learner", NAME, nullable=False),
        sa.Column("track", NAME, nullable=False),
        sa.Column("received", TIME, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("ix_credentials_learner", "credentials", ["learner"])
    op.create_table(
        "progress",
        sa.Column("learner", NAME, primary_key=True),
        sa.Column("track", NAME, primary_key=True),
        sa.Column("module", NAME, primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("first", TIME, nullable=False),
        sa.Column("last", TIME, nullable=False),
    )


def downgrade() -> None:
    for table in ("progress", "credentials", "verdicts", "jobs", "submissions", "uploads"):
        op.drop_table(table)
