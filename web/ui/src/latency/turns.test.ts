import { expect, it } from "vitest";

import type { Marks } from "../call/latency";
import { initialState, reduce, type CallEvent } from "../call/state";
import { isTyped, MOST_TURNS, spokenWait, TurnHistory } from "./turns";

const marks: Marks = {
  endpoint: 300,
  transcript: 320,
  llm_first_token: 400,
  llm_first_phrase: 500,
  tts_first_audio: 600,
  audio_out: 620,
};
const typed: Marks = { ...marks, endpoint: null, transcript: null };

/** A call as the page keeps it, with its real reducer. */
function follow(): { history: TurnHistory; tell: (...events: CallEvent[]) => void; told: () => number; stop: () => void } {
  let state = initialState;
  let told = 0;
  let clock = 1000;
  const listeners = new Set<() => void>();
  const history = new TurnHistory(() => clock++);
  history.subscribe(() => told++);
  const stop = history.follow({
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getState: () => state,
  });
  const tell = (...events: CallEvent[]): void => {
    for (const event of events) {
      state = reduce(state, event);
      for (const listener of listeners) listener();
    }
  };
  return { history, tell, told: () => told, stop };
}

const call: CallEvent[] = [{ type: "starting", mic: true }, { type: "connected" }];

it("keeps the turns of earlier calls and counts the calls", () => {
  const { history, tell } = follow();
  tell(...call, { type: "latency", turn: 0, marks }, { type: "ended", reason: "caller" });
  tell(...call, { type: "latency", turn: 0, marks: typed }, { type: "latency", turn: 1, marks });
  expect(history.getTurns().map((each) => [each.call, each.turn, each.at])).toEqual([
    [1, 0, 1000],
    [2, 0, 1001],
    [2, 1, 1002],
  ]);
});

it("adds what was heard later, and tells only of what changed", () => {
  const { history, tell, told } = follow();
  tell(...call, { type: "latency", turn: 3, marks });
  const before = history.getTurns();
  tell({ type: "user-started" }, { type: "user-stopped" });
  expect([told(), history.getTurns() === before]).toEqual([1, true]);
  tell({ type: "heard", turn: 3, ms: 812.4 });
  expect(told()).toBe(2);
  expect(history.getTurns()).toEqual([{ call: 1, turn: 3, at: 1000, marks, heard: 812.4 }]);
});

it("is bounded", () => {
  const { history, tell } = follow();
  tell(...call);
  for (let turn = 0; turn < MOST_TURNS + 2; turn++) tell({ type: "latency", turn, marks });
  expect([history.getTurns().length, history.getTurns()[0]?.turn]).toEqual([MOST_TURNS, 2]);
});

it("stops following", () => {
  const { history, tell, stop } = follow();
  stop();
  tell(...call, { type: "latency", turn: 0, marks });
  expect(history.getTurns()).toEqual([]);
});

it("takes no typed turn for voice-to-voice", () => {
  expect([isTyped(marks), isTyped(typed), isTyped({ ...marks, transcript: null })]).toEqual([false, true, false]);
  const turn = { call: 1, turn: 0, at: 0, heard: null };
  expect([spokenWait({ ...turn, marks }), spokenWait({ ...turn, marks: typed })]).toEqual([620, null]);
  expect(spokenWait({ ...turn, marks: { ...marks, audio_out: null } })).toBeNull();
});
