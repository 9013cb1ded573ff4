"""People and their roles."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("username", sa.String(32), nullable=False, unique=True),
        sa.Column("display_name", sa.String(120), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("password", sa.String(200)),
        sa.Column("identity", sa.String(20), nullable=False),
        sa.Column("identity_by", sa.String(120)),
        sa.Column("identity_at", sa.String(20)),
        sa.Column("consent", sa.String(40)),
        sa.Column("consent_at", sa.String(20)),
        sa.Column("created", sa.String(20), nullable=False),
        sa.Column("removed", sa.String(20)),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "roles",
        sa.Column("number", sa.Integer, sa.ForeignKey("people.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("role", sa.String(20), primary_key=True),
    )


def downgrade() -> None:
    op.drop_table("roles")
    op.drop_table("people")
