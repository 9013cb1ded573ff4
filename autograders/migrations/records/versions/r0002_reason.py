"""Why a job was last given back: shown to the operator when it waits for a person."""
import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("reason", sa.String(300)))


def downgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("reason")
