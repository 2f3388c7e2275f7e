/** What only our server says (`server-message`), read with suspicion. */

import { MARKS, type Marks } from "./latency";
import { TOOL_STATUSES, type ToolStatus, type ToolUpdate } from "./tools";

export const END_REASONS = ["goodbye", "caller", "silence", "link_lost", "shutdown", "error"] as const;
export type EndReason = (typeof END_REASONS)[number];

export type ServerMessage =
  | { type: "tool_call"; tool: ToolUpdate }
  | { type: "turn_latency"; turn: number; marks: Marks }
  | { type: "call_ended"; reason: EndReason };

export function readServerMessage(data: unknown): ServerMessage | null {
  if (!isObject(data)) return null;
  switch (data.type) {
    case "tool_call":
      return readTool(data);
    case "turn_latency":
      if (typeof data.turn !== "number" || !isObject(data.marks)) return null;
      return { type: "turn_latency", turn: data.turn, marks: readMarks(data.marks) };
    case "call_ended": {
      const reason = END_REASONS.find((each) => each === data.reason);
      return reason ? { type: "call_ended", reason } : null;
    }
    default:
      return null;
  }
}

function readTool(data: Record<string, unknown>): ServerMessage | null {
  if (typeof data.call_id !== "string") return null;
  return {
    type: "tool_call",
    tool: {
      id: data.call_id,
      name: typeof data.name === "string" ? data.name : undefined,
      args: isObject(data.arguments) ? data.arguments : undefined,
      status: readStatus(data.status),
      result: resultText(data.result),
      record: isObject(data.record) ? data.record : null,
    },
  };
}

function readStatus(status: unknown): ToolStatus {
  return status === "started" ? "asked" : (TOOL_STATUSES.find((each) => each === status) ?? "running");
}

export function resultText(result: unknown): string | null {
  if (result === null || result === undefined || result === "") return null;
  return typeof result === "string" ? result : JSON.stringify(result);
}

function readMarks(marks: Record<string, unknown>): Marks {
  const entries = MARKS.map((mark) => [mark, typeof marks[mark] === "number" ? marks[mark] : null]);
  return Object.fromEntries(entries) as Marks;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
