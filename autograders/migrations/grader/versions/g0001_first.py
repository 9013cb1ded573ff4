"""The first schema: transcripts that are only added, and seeds."""
import sqlalchemy as sa
from alembic import op

revision = "g0001"
down_revision = None
branch_labels = depends_on = None

ID, NAME, VERSION = sa.String(64), sa.String(255), sa.String(128)
TEXT = "'transcripts are only added'"


def upgrade() -> None:
    op.create_table(
        "transcripts",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(71), nullable=False, unique=True),
        sa.Column("submission", ID, nullable=False),
        sa.Column("assessment_version", VERSION, nullable=False),
        sa.Column("examiner_version", VERSION, nullable=False),
        sa.Column("learner", NAME, nullable=False),
        sa.Column("track", NAME, nullable=False),
        sa.Column("module", NAME, nullable=False),
        sa.Column("envelope", sa.Text, nullable=False),
        sa.Column("feedback", sa.Text, nullable=False),
        sa.UniqueConstraint("submission", "assessment_version", "examiner_version", name="one_transcript"),
    )
    op.create_index("transcripts_by_learner", "transcripts", ["learner", "track", "module"])
    op.create_table(
        "seeds",
        sa.Column("submission", ID, primary_key=True),
        sa.Column("assessment_version", VERSION, primary_key=True),
        sa.Column("examiner_version", VERSION, primary_key=True),
        sa.Column("run", sa.Integer, primary_key=True),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in ("transcripts", "seeds"):
            for change in ("update", "delete"):
                op.execute(f"create trigger {table}_no_{change} before {change} on {table} "
                           f"begin select raise(abort, {TEXT}); end")
    else:
        op.execute(f"create function only_added() returns trigger language plpgsql as $$ begin raise exception {TEXT}; end $$")
        for table in ("transcripts", "seeds"):
            op.execute(f"create trigger {table}_only_added before update or delete on {table} "
                       "for each row execute function only_added()")


def downgrade() -> None:
    op.drop_table("seeds")
    op.drop_table("transcripts")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("drop function only_added")
