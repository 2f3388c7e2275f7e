/** What callers asked to be kept: goals and tasks. */

import { flag, list, oneOf, optional, shape, text } from "./reading";

export const STATUSES = ["open", "done", "cancelled"] as const;
export type Status = (typeof STATUSES)[number];

export interface Goal {
  id: string;
  tenant: string;
  user_id: string;
  statement: string;
  timeline: string | null;
  target_date: string | null;
  context: string | null;
  status: Status;
  created_at: string;
  conversation_id: string | null;
  conversation_deleted: boolean;
}

export interface Move {
  from_at: string | null;
  to_at: string;
  reason: string | null;
  at: string;
}

export interface Task {
  id: string;
  tenant: string;
  user_id: string;
  goal_id: string | null;
  title: string;
  trigger_type: "time" | "location";
  trigger_at: string | null;
  recurrence: string | null;
  location: string | null;
  notes: string | null;
  priority: "low" | "normal" | "high";
  status: Status;
  created_at: string;
  reschedules: readonly Move[];
  conversation_id: string | null;
  conversation_deleted: boolean;
}

export const readGoal = shape<Goal>({
  id: text,
  tenant: text,
  user_id: text,
  statement: text,
  timeline: optional(text),
  target_date: optional(text),
  context: optional(text),
  status: oneOf(STATUSES),
  created_at: text,
  conversation_id: optional(text),
  conversation_deleted: flag,
});

export const readTask = shape<Task>({
  id: text,
  tenant: text,
  user_id: text,
  goal_id: optional(text),
  title: text,
  trigger_type: oneOf(["time", "location"]),
  trigger_at: optional(text),
  recurrence: optional(text),
  location: optional(text),
  notes: optional(text),
  priority: oneOf(["low", "normal", "high"]),
  status: oneOf(STATUSES),
  created_at: text,
  reschedules: list(shape<Move>({ from_at: optional(text), to_at: text, reason: optional(text), at: text })),
  conversation_id: optional(text),
  conversation_deleted: flag,
});
