/** Conversations as they are kept: in a list, and one with all that was said and done in it. */

import { readGoal, readTask, type Goal, type Task } from "./keeping";
import { anything, flag, list, mapOf, number, oneOf, optional, shape, text, type Reader } from "./reading";
import { KEPT_STATUSES, type KeptStatus } from "../call/tools";

export const CONVERSATION_STATUSES = ["active", "ended", "failed"] as const;
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number];

export interface ConversationItem {
  id: string;
  tenant: string;
  user_id: string;
  user_name: string | null;
  agent: string;
  status: ConversationStatus;
  live: boolean;
  started_at: string;
  ended_at: string | null;
  duration_seconds: number | null;
  extracted_intent: string | null;
  messages: number;
  turns: number;
  tool_calls: number;
  excerpt: string | null;
}

export interface Message {
  id: string;
  role: "user" | "assistant";
  content: string;
  input_modality: "voice" | "text";
  created_at: string;
  turn: number | null;
  interrupted: boolean;
}

export interface Turn {
  id: string;
  index: number;
  marks: Readonly<Record<string, number | null>>;
  voice_to_voice_ms: number | null;
  client_voice_to_voice_ms: number | null;
  created_at: string;
}

export interface ToolRun {
  id: string;
  call_id: string;
  name: string;
  arguments: Readonly<Record<string, unknown>>;
  result: string | null;
  status: KeptStatus;
  started_at: string;
  ended_at: string | null;
  duration_ms: number | null;
}

export interface Conversation extends ConversationItem {
  closed_at: string | null;
  transcript: readonly Message[];
  latency: readonly Turn[];
  tools: readonly ToolRun[];
  goals: readonly Goal[];
  tasks: readonly Task[];
}

type Readers<T> = { readonly [K in keyof T]: Reader<T[K]> };

const item: Readers<ConversationItem> = {
  id: text,
  tenant: text,
  user_id: text,
  user_name: optional(text),
  agent: text,
  status: oneOf(CONVERSATION_STATUSES),
  live: flag,
  started_at: text,
  ended_at: optional(text),
  duration_seconds: optional(number),
  extracted_intent: optional(text),
  messages: number,
  turns: number,
  tool_calls: number,
  excerpt: optional(text),
};

const readMessage = shape<Message>({
  id: text,
  role: oneOf(["user", "assistant"]),
  content: text,
  input_modality: oneOf(["voice", "text"]),
  created_at: text,
  turn: optional(number),
  interrupted: flag,
});

const readTurn = shape<Turn>({
  id: text,
  index: number,
  marks: mapOf(optional(number)),
  voice_to_voice_ms: optional(number),
  client_voice_to_voice_ms: optional(number),
  created_at: text,
});

const readToolRun = shape<ToolRun>({
  id: text,
  call_id: text,
  name: text,
  arguments: mapOf(anything),
  result: optional(text),
  status: oneOf(KEPT_STATUSES),
  started_at: text,
  ended_at: optional(text),
  duration_ms: optional(number),
});

export const readConversationItem = shape<ConversationItem>(item);

export const readConversation = shape<Conversation>({
  ...item,
  closed_at: optional(text),
  transcript: list(readMessage),
  latency: list(readTurn),
  tools: list(readToolRun),
  goals: list(readGoal),
  tasks: list(readTask),
});
