import { expect, it } from "vitest";

import { seconds, stages, voiceToVoice, type Marks } from "./latency";

const marks: Marks = {
  endpoint: 300,
  transcript: 420,
  llm_first_token: 500,
  llm_first_phrase: 600,
  tts_first_audio: 700,
  audio_out: 720,
};

it("adds up to voice-to-voice", () => {
  const total = stages(marks).reduce((sum, each) => sum + (each.added ?? 0), 0);
  expect(total).toBe(voiceToVoice(marks));
});

it("counts overlapping stages once", () => {
  const parts = stages({ ...marks, transcript: 200 });
  expect(parts.map((each) => each.added)).toEqual([300, 0, 200, 100, 100, 20]);
});

it("leaves an unknown mark unknown, and says whose figure holds its time", () => {
  const parts = stages({ ...marks, transcript: null });
  expect(parts[1]).toEqual({ mark: "transcript", at: null, added: null, mixed: false });
  expect(parts[2]).toEqual({ mark: "llm_first_token", at: 500, added: 200, mixed: true });
  expect(parts[3]?.mixed).toBe(false);
});

it("does not make an unknown answer time up", () => {
  expect(voiceToVoice({ ...marks, audio_out: null })).toBeNull();
});

it("writes seconds", () => expect([seconds(736), seconds(12_340)]).toEqual(["0.74 s", "12.3 s"]));
