/** What the agent did on the caller's behalf, one card a tool call. */

/** What is kept of a call's state; that it was asked for is told, not kept. */
export const KEPT_STATUSES = ["running", "done", "rejected", "failed", "cancelled"] as const;
export const TOOL_STATUSES = ["asked", ...KEPT_STATUSES] as const;
export type KeptStatus = (typeof KEPT_STATUSES)[number];
export type ToolStatus = (typeof TOOL_STATUSES)[number];

export function hasEnded(status: ToolStatus): boolean {
  return status !== "asked" && status !== "running";
}

export interface ToolCall {
  id: string;
  name: string;
  args: Readonly<Record<string, unknown>>;
  status: ToolStatus;
  result: string | null;
  record: Readonly<Record<string, unknown>> | null;
  /** The message it stands behind; `null` before any. */
  after: string | null;
}

export interface ToolUpdate {
  id: string;
  name?: string | undefined;
  args?: Readonly<Record<string, unknown>> | undefined;
  status?: ToolStatus | undefined;
  result?: string | null | undefined;
  record?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Takes what one message knows of a call. The same end is told twice, in the public protocol's terms and in our own
 * richer ones, in whichever order: a plain `done` never hides the word that we have already.
 */
export function updateTool(tools: readonly ToolCall[], update: ToolUpdate, after: string | null): readonly ToolCall[] {
  const known = tools.find((each) => each.id === update.id);
  if (!known) {
    const { id, name = "", args = {}, status = "asked", result = null, record = null } = update;
    return [...tools, { id, name, args, status, result, record, after }];
  }
  const merged: ToolCall = {
    ...known,
    name: update.name ?? known.name,
    args: update.args && Object.keys(update.args).length > 0 ? update.args : known.args,
    status: further(known.status, update.status),
    result: update.result ?? known.result,
    record: update.record ?? known.record,
  };
  return tools.map((each) => (each === known ? merged : each));
}

/** Asked, running, ended: never back; and what says more of an end stays. */
function further(known: ToolStatus, told: ToolStatus | undefined): ToolStatus {
  if (told === undefined || told === "asked") return known;
  const vague = told === "running" || told === "done";
  return hasEnded(known) && vague ? known : told;
}

/** A call that ended takes what was still running with it. */
export function cancelRunning(tools: readonly ToolCall[]): readonly ToolCall[] {
  return tools.map((each) => (hasEnded(each.status) ? each : { ...each, status: "cancelled" }));
}

/** `submit_new_task_intent` → `New task`. */
export function humanise(name: string): string {
  const words = name
    .replace(/^submit_/, "")
    .replace(/_intent$/, "")
    .replace(/_(at|id)$/, "")
    .replaceAll("_", " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const HOUSEKEEPING = /^(id|.*_id|created_at|updated_at|version|metadata)$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const DAY = { weekday: "short", year: "numeric", month: "short", day: "numeric" } as const;
const TIME = { hour: "numeric", minute: "2-digit" } as const;

export interface Field {
  key: string;
  value: string;
}

/** The fields of a record or of arguments that a person would want to read. */
export function readable(fields: Readonly<Record<string, unknown>>): Field[] {
  return Object.entries(fields).flatMap(([key, raw]) => {
    const value = HOUSEKEEPING.test(key) ? null : present(raw);
    return value ? [{ key, value }] : [];
  });
}

/** Nothing for what is empty, and for structures: those are the machine's. */
function present(value: unknown): string | null {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string") return null;
  if (ISO_TIME.test(value)) {
    const time = new Date(value);
    if (!Number.isNaN(time.getTime())) return time.toLocaleString([], { ...DAY, ...TIME });
  }
  if (ISO_DATE.test(value)) return new Date(`${value}T12:00:00`).toLocaleDateString([], DAY);
  return value;
}
