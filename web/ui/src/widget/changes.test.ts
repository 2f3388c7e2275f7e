import { expect, test } from "vitest";

import { initialState, reduce, type CallEvent, type CallState } from "../call/state";
import { changes, type WidgetEvent } from "./changes";

function told(...events: CallEvent[]): WidgetEvent[] {
  const heard: WidgetEvent[] = [];
  events.reduce<CallState>((before, event) => {
    const after = reduce(before, event);
    heard.push(...changes(before, after));
    return after;
  }, initialState);
  return heard;
}

const BEGIN: CallEvent[] = [{ type: "starting", mic: true }, { type: "connected" }];

test("each state is told once, with what stands in the way", () => {
  const heard = told(...BEGIN, { type: "mic", mic: "on" }, { type: "failed", fault: "link-lost" });
  expect(heard).toEqual([
    { name: "flux-voice-state", detail: { state: "connecting", inCall: true, fault: null } },
    { name: "flux-voice-state", detail: { state: "listening", inCall: true, fault: null } },
    { name: "flux-voice-state", detail: { state: "error", inCall: false, fault: "link-lost" } },
  ]);
});

test("a message is told once, when nothing more is added to it", () => {
  const said = (segment_id: number, text: string): CallEvent => ({
    type: "agent-output",
    output: { segment_id, text, spoken_status: "completed" },
  });
  const heard = told(
    ...BEGIN,
    { type: "user-transcript", text: "I want to", final: false },
    { type: "user-transcript", text: "I want to learn guitar", final: true },
    { type: "user-taken", text: "I want to learn guitar" },
    { type: "reply-started" },
    { type: "agent-started" },
    said(1, "All right."),
    said(2, "Goal created."),
    { type: "reply-stopped" },
    { type: "agent-stopped" },
  );
  expect(heard.filter((each) => each.name === "flux-voice-message").map((each) => each.detail)).toEqual([
    { role: "user", text: "I want to learn guitar" },
    { role: "agent", text: "All right. Goal created." },
  ]);
});

test("a tool call is told each time it changes, and only then", () => {
  const tool = { id: "1", name: "submit_goal_intent", args: { goal_statement: "learn guitar" } };
  const heard = told(
    ...BEGIN,
    { type: "tool", tool: { ...tool, status: "running" } },
    { type: "user-started" },
    { type: "tool", tool: { id: "1", status: "done", result: "Goal created" } },
  ).filter((each) => each.name === "flux-voice-tool");
  expect(heard.map((each) => each.detail)).toEqual([
    { ...tool, status: "running", result: null, record: null },
    { ...tool, status: "done", result: "Goal created", record: null },
  ]);
});
