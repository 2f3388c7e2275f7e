"""The first tables: users, goals, tasks and their moves, conversations, messages, tool calls, turns."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = "0000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "users",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(length=32)),
        sa.Column("name", sa.String(length=200)),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_users"),
    )
    op.create_index("ix_users_phone", "users", ["tenant_id", "phone"])
    op.create_table(
        "goals",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("timeline", sa.String(length=500)),
        sa.Column("target_date", sa.DateTime(timezone=True)),
        sa.Column("context", sa.Text()),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin_conversation_id", sa.Uuid(), nullable=False),
        sa.Column("origin_call_id", sa.String(length=128), nullable=False),
        sa.Column("origin_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name="fk_goals_user_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_goals"),
        sa.UniqueConstraint("tenant_id", "origin_conversation_id", "origin_call_id", name="uq_goals_origin"),
    )
    op.create_index("ix_goals_user", "goals", ["tenant_id", "user_id", "status"])
    op.create_table(
        "tasks",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid()),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("trigger_type", sa.String(length=16), nullable=False),
        sa.Column("trigger_at", sa.DateTime(timezone=True)),
        sa.Column("recurrence", sa.String(length=200)),
        sa.Column("location", sa.String(length=500)),
        sa.Column("notes", sa.Text()),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin_conversation_id", sa.Uuid(), nullable=False),
        sa.Column("origin_call_id", sa.String(length=128), nullable=False),
        sa.Column("origin_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "goal_id"], ["goals.tenant_id", "goals.id"], name="fk_tasks_goal_id"),
        sa.ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name="fk_tasks_user_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_tasks"),
        sa.UniqueConstraint("tenant_id", "origin_conversation_id", "origin_call_id", name="uq_tasks_origin"),
    )
    op.create_index("ix_tasks_goal", "tasks", ["tenant_id", "goal_id"])
    op.create_index("ix_tasks_user", "tasks", ["tenant_id", "user_id", "status"])
    op.create_table(
        "conversations",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=False),
        sa.Column("voice_session_id", sa.String(length=128), nullable=False),
        sa.Column("extracted_intent", sa.Text()),
        sa.Column("intent_payload", sa.JSON()),
        sa.Column("linked_goal_id", sa.Uuid()),
        sa.Column("linked_task_id", sa.Uuid()),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("duration_seconds", sa.Float()),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "linked_goal_id"], ["goals.tenant_id", "goals.id"], name="fk_conversations_linked_goal_id"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "linked_task_id"], ["tasks.tenant_id", "tasks.id"], name="fk_conversations_linked_task_id"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], name="fk_conversations_user_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_user", "conversations", ["tenant_id", "user_id", "started_at"])
    op.create_index("ix_conversations_voice_session", "conversations", ["tenant_id", "voice_session_id"])
    op.create_table(
        "task_reschedules",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True)),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin_conversation_id", sa.Uuid(), nullable=False),
        sa.Column("origin_call_id", sa.String(length=128), nullable=False),
        sa.Column("origin_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "task_id"], ["tasks.tenant_id", "tasks.id"], name="fk_task_reschedules_task_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_task_reschedules"),
        sa.UniqueConstraint("tenant_id", "origin_conversation_id", "origin_call_id", name="uq_task_reschedules_origin"),
        sa.UniqueConstraint("tenant_id", "task_id", "position", name="uq_task_reschedules_position"),
    )
    op.create_table(
        "messages",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("input_modality", sa.String(length=16), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name="fk_messages_conversation_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_messages"),
    )
    op.create_index("ix_messages_conversation", "messages", ["tenant_id", "conversation_id", "created_at", "id"])
    op.create_table(
        "tool_calls",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name="fk_tool_calls_conversation_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_tool_calls"),
        sa.UniqueConstraint("tenant_id", "conversation_id", "call_id", name="uq_tool_calls_call"),
    )
    op.create_table(
        "turns",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            name="fk_turns_conversation_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_turns"),
        sa.UniqueConstraint("tenant_id", "conversation_id", "index", name="uq_turns_index"),
    )


def downgrade() -> None:
    """Take the step back."""
    op.drop_table("turns")
    op.drop_table("tool_calls")
    op.drop_index("ix_messages_conversation", "messages")
    op.drop_table("messages")
    op.drop_table("task_reschedules")
    op.drop_index("ix_conversations_voice_session", "conversations")
    op.drop_index("ix_conversations_user", "conversations")
    op.drop_table("conversations")
    op.drop_index("ix_tasks_user", "tasks")
    op.drop_index("ix_tasks_goal", "tasks")
    op.drop_table("tasks")
    op.drop_index("ix_goals_user", "goals")
    op.drop_table("goals")
    op.drop_index("ix_users_phone", "users")
    op.drop_table("users")
