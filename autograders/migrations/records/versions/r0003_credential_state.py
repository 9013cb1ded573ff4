"""What the signer last said about a kept credential: valid, suspended or revoked."""
import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("credentials", sa.Column("state", sa.String(16), nullable=False, server_default="valid"))


def downgrade() -> None:
    with op.batch_alter_table("credentials") as credentials:
        credentials.drop_column("state")
