/** When what happened in a conversation, without its sound: who spoke, who waited, and which tools ran. */

import { MARKS, type Marks } from "../call/latency";
import type { Conversation, Message, ToolRun, Turn } from "./conversations";

/** From and to are milliseconds since the conversation began. */
interface Stretch {
  from: number;
  to: number;
}

export interface Said extends Stretch {
  message: Message;
}

export interface Wait extends Stretch {
  turn: Turn;
  marks: Marks;
  /** What the caller had said. */
  text: string | null;
}

export interface Ran extends Stretch {
  tool: ToolRun;
}

export interface Timeline {
  length: number;
  said: readonly Said[];
  waits: readonly Wait[];
  ran: readonly Ran[];
}

const SHORTEST_MS = 1_000;

export function timelineOf(conversation: Conversation): Timeline {
  const began = Date.parse(conversation.started_at);
  const since = (at: string): number => Math.max(0, Date.parse(at) - began);
  const waits = conversation.latency.map((turn) => waitOf(turn, conversation.transcript, since));
  const said = conversation.transcript.map((message) => saidOf(message, waits, since));
  const ends = [...waits, ...said].map((each) => each.to);
  const over = conversation.ended_at === null ? 0 : since(conversation.ended_at);
  const tools = conversation.tools.flatMap(({ started_at, ended_at }) => [since(started_at), since(ended_at ?? started_at)]);
  const length = Math.max(SHORTEST_MS, over, ...ends, ...tools);
  const ran = conversation.tools.map((tool) => ({
    tool,
    from: since(tool.started_at),
    to: tool.ended_at === null ? length : since(tool.ended_at), // one that never ended runs on to the end
  }));
  return { length, said, waits, ran };
}

/** The marks by their names; one that is missing is unknown, never zero. */
export function marksOf(turn: Turn): Marks {
  return Object.fromEntries(MARKS.map((mark) => [mark, turn.marks[mark] ?? null])) as Marks;
}

/**
 * A turn is recorded at its first sound, so the wait began that much earlier. Where it never sounded, the caller's words,
 * which are kept when the turn has ended, tell when that was.
 */
function waitOf(turn: Turn, transcript: readonly Message[], since: (at: string) => number): Wait {
  const marks = marksOf(turn);
  const caller = transcript.find((each) => each.role === "user" && each.turn === turn.index);
  const text = caller?.content ?? null;
  if (marks.audio_out !== null) {
    const to = since(turn.created_at);
    return { turn, marks, text, from: Math.max(0, to - marks.audio_out), to };
  }
  const ended = since(caller?.created_at ?? turn.created_at) - (caller ? (marks.endpoint ?? 0) : 0);
  const known = MARKS.map((mark) => marks[mark] ?? 0);
  return { turn, marks, text, from: Math.max(0, ended), to: Math.max(0, ended) + Math.max(...known) };
}

/** An answer is kept once it was heard, so it began where the wait for it was over; of other words only the end is known. */
function saidOf(message: Message, waits: readonly Wait[], since: (at: string) => number): Said {
  const at = since(message.created_at);
  const wait = message.turn === null ? undefined : waits.find((each) => each.turn.index === message.turn);
  if (!wait) return { message, from: at, to: at };
  if (message.role === "user") return { message, from: wait.from, to: wait.from };
  return { message, from: wait.marks.audio_out === null ? at : Math.min(wait.to, at), to: at };
}

export type Happening =
  | { kind: "said"; at: number; said: Said }
  | { kind: "ran"; at: number; ran: Ran }
  | { kind: "wait"; at: number; wait: Wait };

const ORDER = { said: 0, wait: 1, ran: 2 };

/** What to list under the lanes: turns and tools, as they began. */
export function steps({ waits, ran }: Timeline): readonly Happening[] {
  return inTime([
    ...waits.map((wait): Happening => ({ kind: "wait", at: wait.from, wait })),
    ...ran.map((each): Happening => ({ kind: "ran", at: each.from, ran: each })),
  ]);
}

/** The transcript: what was said and which tools ran, in the order in which it was kept. */
export function transcriptOf(conversation: Conversation): readonly Happening[] {
  const { said, ran } = timelineOf(conversation);
  const began = Date.parse(conversation.started_at);
  return inTime([
    ...said.map((each): Happening => ({ kind: "said", at: Date.parse(each.message.created_at) - began, said: each })),
    ...ran.map((each): Happening => ({ kind: "ran", at: each.from, ran: each })),
  ]);
}

function inTime(happenings: Happening[]): readonly Happening[] {
  return happenings.sort((one, other) => one.at - other.at || ORDER[one.kind] - ORDER[other.kind]);
}

/** Of the longest wait or run: the bars of the steps are as long as they lasted. */
export function longest({ waits, ran }: Timeline): number {
  return Math.max(1, ...[...waits, ...ran].map((each) => each.to - each.from));
}

/** For a style: where something lies, or how much of it there is. */
export function share(part: number, whole: number): string {
  return `${(100 * Math.min(1, Math.max(0, part / whole))).toFixed(2)}%`;
}
