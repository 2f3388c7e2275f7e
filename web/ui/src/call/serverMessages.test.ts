import { expect, it } from "vitest";

import { readServerMessage } from "./serverMessages";

it("reads marks, and takes an absent one for unknown", () => {
  expect(readServerMessage({ type: "turn_latency", turn: 2, marks: { endpoint: 310.5, transcript: null } })).toEqual({
    type: "turn_latency",
    turn: 2,
    marks: {
      endpoint: 310.5,
      transcript: null,
      llm_first_token: null,
      llm_first_phrase: null,
      tts_first_audio: null,
      audio_out: null,
    },
  });
});

it("reads a tool call", () => {
  const told = { type: "tool_call", call_id: "1:0:0", name: "x", arguments: { a: 1 }, status: "done", result: "ok", record: { id: "r" } };
  expect(readServerMessage(told)).toEqual({
    type: "tool_call",
    tool: { id: "1:0:0", name: "x", args: { a: 1 }, status: "done", result: "ok", record: { id: "r" } },
  });
});

it("knows a call that was asked for and not begun", () => {
  expect(readServerMessage({ type: "tool_call", call_id: "1", status: "started" })).toMatchObject({ tool: { status: "asked" } });
});

it("takes a status it does not know for running", () => {
  expect(readServerMessage({ type: "tool_call", call_id: "1", status: "brooding" })).toMatchObject({ tool: { status: "running" } });
});

it("reads why the call ended", () => {
  expect(readServerMessage({ type: "call_ended", reason: "silence" })).toEqual({ type: "call_ended", reason: "silence" });
});

it.each([null, "x", 7, [], {}, { type: "tool_call" }, { type: "turn_latency", turn: "1" }, { type: "call_ended", reason: "?" }, { type: "later" }])(
  "passes over %j",
  (data) => {
    expect(readServerMessage(data)).toBeNull();
  },
);
