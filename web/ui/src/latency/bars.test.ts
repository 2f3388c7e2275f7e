import { expect, it } from "vitest";

import type { Marks } from "../call/latency";
import { waterfall } from "./bars";

const marks: Marks = {
  endpoint: 200,
  transcript: 100,
  llm_first_token: 400,
  llm_first_phrase: 600,
  tts_first_audio: 900,
  audio_out: 1000,
};

it("begins each bar where the wait had come to", () => {
  const { bars, scale } = waterfall(marks, null, 0, 200);
  expect(scale.end).toBe(1000);
  expect(bars.map((each) => each.known && [each.from, each.to])).toEqual([
    [0, 40],
    [20, 20], // was there before the endpoint, so it cost nothing
    [40, 80],
    [80, 120],
    [120, 180],
    [180, 200],
  ]);
});

it("draws no bar for what is unknown, and marks the one that holds its time", () => {
  const { bars } = waterfall({ ...marks, llm_first_token: null }, null, 0, 200);
  expect(bars[2]).toEqual({ mark: "llm_first_token", known: false, why: "unknown" });
  expect(bars[3]).toMatchObject({ known: true, from: 40, to: 120, mixed: true });
  expect(bars[4]).toMatchObject({ mixed: false });
});

it("says which stages a typed turn does not have", () => {
  const { bars } = waterfall({ ...marks, endpoint: null, transcript: null, audio_out: null }, null, 0, 200);
  expect(bars.map((each) => (each.known ? "known" : each.why))).toEqual([
    "typed",
    "typed",
    "known",
    "known",
    "known",
    "unknown",
  ]);
  expect(bars[2]).toMatchObject({ mixed: false });
});

it("makes room for what was heard here", () => expect(waterfall(marks, 1800, 0, 200).scale.end).toBe(2000));

it("has fewer numbers at its axis where there is less room", () => {
  expect(waterfall(marks, null, 0, 200).scale.ticks.length).toBeGreaterThan(2);
  expect(waterfall(marks, null, 0, 90).scale.ticks).toEqual([0, 1000]);
});

it("can be drawn of nothing known", () => {
  const none = Object.fromEntries(Object.keys(marks).map((mark) => [mark, null])) as unknown as Marks;
  expect(waterfall(none, null, 0, 200).bars.every((each) => !each.known)).toBe(true);
});
