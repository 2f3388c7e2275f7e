import { describe, expect, it } from "vitest";

import { initialState, reduce, visibleState, type CallEvent, type CallState } from "./state";

const play = (...events: CallEvent[]): CallState => events.reduce(reduce, initialState);
const live: CallEvent[] = [{ type: "starting", mic: true }, { type: "mic", mic: "on" }, { type: "connected" }];

describe("what the page says is going on", () => {
  it.each<[string, CallEvent[]]>([
    ["idle", []],
    ["connecting", [{ type: "starting", mic: true }]],
    ["listening", live],
    ["hearing", [...live, { type: "user-started" }]],
    ["thinking", [...live, { type: "user-started" }, { type: "user-stopped" }, { type: "user-taken", text: "hi" }]],
    ["thinking", [...live, { type: "user-started" }, { type: "user-transcript", text: "hi", final: false }, { type: "user-stopped" }]],
    ["listening", [...live, { type: "user-started" }, { type: "user-stopped" }]],
    ["listening", [...live, { type: "user-transcript", text: "uh", final: false }, { type: "user-stopped" }, { type: "user-transcript", text: "", final: true }]],
    ["thinking", [...live, { type: "reply-started" }, { type: "reply-stopped" }]],
    ["speaking", [...live, { type: "reply-started" }, { type: "agent-started" }]],
    ["hearing", [...live, { type: "agent-started" }, { type: "user-started" }]],
    ["listening", [...live, { type: "agent-started" }, { type: "agent-stopped" }]],
    ["reconnecting", [...live, { type: "reconnecting", active: true }]],
    ["listening", [...live, { type: "reconnecting", active: true }, { type: "reconnecting", active: false }]],
    ["ended", [...live, { type: "ended", reason: "silence" }]],
    ["error", [...live, { type: "failed", fault: "link-lost" }]],
  ])("%s", (expected, events) => {
    expect(visibleState(play(...events))).toBe(expected);
  });
});

it("does not take a new link's agent for still speaking: a sound that lasts is told again", () => {
  const away: CallEvent[] = [{ type: "reconnecting", active: true }, { type: "relinked" }, { type: "reconnecting", active: false }];
  expect(visibleState(play(...live, { type: "agent-started" }, ...away))).toBe("listening");
  expect(visibleState(play(...live, { type: "reply-started" }, ...away))).toBe("listening");
  expect(visibleState(play(...live, ...away, { type: "agent-started" }))).toBe("speaking");
});

it("remembers over its calls that it is turned down", () => {
  expect(play({ type: "silent", silent: true }, ...live).silent).toBe(true);
});

describe("the end of a call", () => {
  it("keeps the reason the server gave over the way the line went", () => {
    const state = play(...live, { type: "ending", reason: "silence" }, { type: "ended", reason: "link_lost" });
    expect(state.endReason).toBe("silence");
  });

  it("is a good one even if the line fails after it", () => {
    const state = play(...live, { type: "ending", reason: "goodbye" }, { type: "failed", fault: "call-gone" });
    expect(state).toMatchObject({ phase: "ended", endReason: "goodbye", fault: null });
  });

  it("is one where the page was left: it does not come back as a call", () => {
    expect(play(...live, { type: "ended", reason: "left" })).toMatchObject({ phase: "ended", endReason: "left", mic: "off" });
    expect(play({ type: "ended", reason: "left" })).toEqual(initialState);
  });

  it("is not told twice", () => {
    const state = play(...live, { type: "failed", fault: "link-lost" }, { type: "ended", reason: "link_lost" });
    expect(state.phase).toBe("error");
  });

  it("keeps what was said and stops what was running", () => {
    const state = play(
      ...live,
      { type: "user-transcript", text: "call mom", final: false },
      { type: "tool", tool: { id: "c1", name: "submit_new_task_intent" } },
      { type: "ended", reason: "caller" },
      { type: "user-transcript", text: "too late", final: true },
    );
    expect(state.transcript.messages).toMatchObject([{ text: "call mom", final: true }]);
    expect(state.tools).toMatchObject([{ status: "cancelled" }]);
    expect(state.mic).toBe("off");
  });

  it("leaves nothing of itself in the next call", () => {
    const state = play(...live, { type: "user-typed", text: "hi" }, { type: "ended", reason: "caller" }, { type: "starting", mic: false });
    expect(state).toEqual({ ...initialState, phase: "connecting", draft: "hi" });
  });

  it("gives words that never arrived back to whoever typed them, before what is being typed", () => {
    const state = play(
      ...live,
      { type: "user-typed", text: "one" },
      { type: "user-taken", text: "one" },
      { type: "user-typed", text: "two" },
      { type: "draft", text: "thr" },
      { type: "failed", fault: "server-gone" },
      { type: "failed", fault: "server-gone" },
    );
    expect(state.draft).toBe("two thr");
    expect(reduce(state, { type: "starting", mic: true }).draft).toBe("two thr");
  });
});

it("files a turn's latency under the answer that it measures, once", () => {
  const marks = { endpoint: 1, transcript: 2, llm_first_token: null, llm_first_phrase: 3, tts_first_audio: 4, audio_out: 5 };
  const state = play(
    ...live,
    { type: "agent-output", output: { text: "Yes.", segment_id: 0, spoken_status: "in-progress" } },
    { type: "latency", turn: 1, marks },
    { type: "latency", turn: 1, marks },
    { type: "heard", turn: 1, ms: 812 },
    { type: "heard", turn: 9, ms: 1 },
  );
  expect(state.latencies).toEqual([{ turn: 1, marks, messageId: state.transcript.messages[0]?.id, heard: 812 }]);
});
