"""how many there are"""

import sqlalchemy as sa
from alembic import op

revision: str = "2b7c"
down_revision: str | None = "1f0a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("items") as items:
        items.add_column(sa.Column("count", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("items") as items:
        items.drop_column("count")
