import { describe, expect, it } from "vitest";

import type { Conversation, Message, ToolRun, Turn } from "./conversations";
import { longest, share, steps, timelineOf, transcriptOf } from "./timeline";

const BEGAN = Date.parse("2026-03-01T12:00:00Z");
const at = (ms: number): string => new Date(BEGAN + ms).toISOString();

function message(role: Message["role"], ms: number, turn: number | null, content = role as string): Message {
  return { id: `${role}${ms}`, role, content, input_modality: "voice", created_at: at(ms), turn, interrupted: false };
}

function turn(index: number, ms: number, marks: Turn["marks"]): Turn {
  return {
    id: `turn${index}`,
    index,
    marks,
    voice_to_voice_ms: marks.audio_out ?? null,
    client_voice_to_voice_ms: null,
    created_at: at(ms),
  };
}

function tool(from: number, to: number | null): ToolRun {
  return {
    id: `tool${from}`,
    call_id: "1:1:0",
    name: "submit_goal_intent",
    arguments: {},
    result: null,
    status: to === null ? "running" : "done",
    started_at: at(from),
    ended_at: to === null ? null : at(to),
    duration_ms: to === null ? null : to - from,
  };
}

function conversation(parts: Partial<Conversation>): Conversation {
  return {
    id: "c",
    tenant: "default",
    user_id: "u",
    user_name: null,
    agent: "flux",
    status: "ended",
    live: false,
    started_at: at(0),
    ended_at: null,
    closed_at: null,
    duration_seconds: null,
    extracted_intent: null,
    messages: 0,
    turns: 0,
    tool_calls: 0,
    excerpt: null,
    transcript: [],
    latency: [],
    tools: [],
    goals: [],
    tasks: [],
    ...parts,
  };
}

describe("a conversation's timeline", () => {
  const held = conversation({
    ended_at: at(20_000),
    transcript: [message("assistant", 2_000, 0), message("user", 6_300, 1, "learn guitar"), message("assistant", 9_000, 1)],
    latency: [turn(1, 7_000, { endpoint: 300, audio_out: 1_000 })],
    tools: [tool(6_500, 6_900)],
  });

  it("has the wait end at the answer's first sound", () => {
    const { waits, length } = timelineOf(held);
    expect(waits).toMatchObject([{ from: 6_000, to: 7_000, text: "learn guitar" }]);
    expect(length).toBe(20_000);
  });

  it("knows of an answer when it sounded, of the caller when they had spoken, of a greeting when it was over", () => {
    expect(timelineOf(held).said.map(({ from, to }) => [from, to])).toEqual([
      [2_000, 2_000],
      [6_000, 6_000],
      [7_000, 9_000],
    ]);
  });

  it("places a turn that was never answered by the caller's words", () => {
    const silent = conversation({
      transcript: [message("user", 6_300, 1)],
      latency: [turn(1, 9_000, { endpoint: 300, transcript: 350, audio_out: null })],
    });
    expect(timelineOf(silent).waits).toMatchObject([{ from: 6_000, to: 6_350 }]);
    const wordless = conversation({ latency: [turn(1, 9_000, { endpoint: null })] });
    expect(timelineOf(wordless).waits).toMatchObject([{ from: 9_000, to: 9_000, text: null }]);
  });

  it("lets a tool that never ended run to the end", () => {
    expect(timelineOf({ ...held, tools: [tool(8_000, null)] }).ran).toMatchObject([{ from: 8_000, to: 20_000 }]);
  });

  it("is never without length, nor begins before the conversation", () => {
    const early = conversation({ transcript: [message("user", -5_000, null)] });
    expect(timelineOf(early)).toMatchObject({ length: 1_000, said: [{ from: 0, to: 0 }] });
  });

  it("lists its steps as they began and the transcript as it was kept", () => {
    expect(steps(timelineOf(held)).map(({ kind, at }) => [kind, at])).toEqual([
      ["wait", 6_000],
      ["ran", 6_500],
    ]);
    expect(transcriptOf(held).map(({ kind, at }) => [kind, at])).toEqual([
      ["said", 2_000],
      ["said", 6_300],
      ["ran", 6_500],
      ["said", 9_000],
    ]);
    expect(longest(timelineOf(held))).toBe(1_000);
  });

  it("has shares that stay inside", () => {
    expect([share(1, 4), share(9, 3), share(-1, 3)]).toEqual(["25.00%", "100.00%", "0.00%"]);
  });
});
