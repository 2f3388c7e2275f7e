import { expect, it } from "vitest";

import { initialState, reduce, visibleState, type CallEvent } from "../call/state";
import { askingPermission, endings, states, unheard } from "../text";
import { announced, lastWords } from "./said";

const play = (...events: CallEvent[]) => events.reduce(reduce, initialState);
const live: CallEvent[] = [{ type: "starting", mic: true }, { type: "mic", mic: "on" }, { type: "connected" }];
const hear = (events: CallEvent[], pushToTalk = false): string => {
  const state = play(...events);
  return announced({ state, visible: visibleState(state), pushToTalk });
};

it("announces what the stage says, and no hint at every turn", () => {
  expect(hear(live)).toBe(states.listening.label);
  expect(hear([{ type: "starting", mic: true }])).toBe(`${askingPermission.label}. ${askingPermission.hint}`);
  const muted: CallEvent[] = [...live, { type: "mic", mic: "muted" }];
  expect(hear(muted)).toBe(`${unheard.muted.label}. ${unheard.muted.hint}`);
  expect(hear(muted, true)).toBe(`${unheard.released.label}. ${unheard.released.hint}`);
  expect(hear([...live, { type: "ended", reason: "silence" }])).toBe(`${states.ended.label}. ${endings.silence}`);
});

it("announces what is kept of a call whose connection is away", () => {
  const away: CallEvent[] = [...live, { type: "user-typed", text: "hi" }, { type: "reconnecting", active: true }];
  expect(hear(away)).toMatch(/^Reconnecting\. .*No goal or task had been saved yet/);
});

it("reads the agent's words out where they cannot be heard", () => {
  const answer: CallEvent = { type: "agent-output", output: { text: "Yes.", segment_id: 0, spoken_status: "completed" } };
  const words = (...events: CallEvent[]): string | undefined => lastWords(play(...events, answer))?.text;
  expect(words(...live)).toBeUndefined();
  expect(words(...live, { type: "mic", mic: "off" })).toBe("Flux: Yes.");
  expect(words(...live, { type: "sound-blocked", blocked: true })).toBe("Flux: Yes.");
  expect(words({ type: "silent", silent: true }, ...live)).toBe("Flux: Yes.");
});

it("tells the same words from their repetition", () => {
  const typed: CallEvent = { type: "user-typed", text: "again" };
  const [once, twice] = [lastWords(play(...live, typed)), lastWords(play(...live, typed, typed))];
  expect(once?.text).toBe(twice?.text);
  expect(once?.id).not.toBe(twice?.id);
});
