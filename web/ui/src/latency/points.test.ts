import { expect, it } from "vitest";

import type { Marks } from "../call/latency";
import { MOST_POINTS, plot, type Box } from "./points";
import type { MeasuredTurn } from "./turns";

const box: Box = { left: 0, right: 100, top: 0, bottom: 200 };

function turn(index: number, audio_out: number | null, heard: number | null, call = 1): MeasuredTurn {
  const marks: Marks = {
    endpoint: 100,
    transcript: 100,
    llm_first_token: null,
    llm_first_phrase: null,
    tts_first_audio: null,
    audio_out,
  };
  return { call, turn: index, at: index, marks, heard };
}

it("keeps the two clocks apart", () => {
  const made = plot([turn(0, 500, 700), turn(1, 700, 1000)], box);
  expect(made?.series.map((each) => each.figures)).toEqual([
    { count: 2, p50: 600, p95: 690 },
    { count: 2, p50: 850, p95: 985 },
  ]);
  expect(made?.series[0]?.runs[0]?.map(({ x, y }) => [x, y])).toEqual([
    [25, 100],
    [75, 60],
  ]);
  expect(made?.lines.map(({ clock, name, y }) => [clock, name, y])).toEqual([
    ["server", "p50", 80],
    ["server", "p95", 62],
    ["heard", "p50", 30],
    ["heard", "p95", 3],
  ]);
});

it("leaves a gap where a wait is unknown", () => {
  const made = plot([turn(0, 500, null), turn(1, null, null), turn(2, 600, null)], box);
  expect(made?.series[0]?.runs.map((run) => run.map(({ ms }) => ms))).toEqual([[500], [600]]);
  expect(made?.series[1]).toEqual({ clock: "heard", figures: null, runs: [] });
});

it("leaves typed turns out", () => {
  const typed = turn(1, 90, null);
  const marks = { ...typed.marks, endpoint: null, transcript: null };
  const made = plot([turn(0, 500, null), { ...typed, marks }, turn(2, 600, null)], box);
  expect(made?.series[0]?.figures?.count).toBe(2);
  expect(made?.series[0]?.runs.map((run) => run.length)).toEqual([2]);
  expect(plot([{ ...typed, marks }], box)).toBeNull();
});

it("shows where a call begins", () => {
  expect(plot([turn(0, 500, null), turn(0, 500, null, 2)], box)?.breaks).toEqual([50]);
});

it("shows the last turns and counts all", () => {
  const made = plot(Array.from({ length: MOST_POINTS + 5 }, (_, index) => turn(index, 100 + index, null)), box);
  expect(made?.series[0]?.runs[0]?.[0]?.turn.turn).toBe(5);
  expect(made?.series[0]?.figures?.count).toBe(MOST_POINTS + 5);
});

it("is no picture where nothing is known", () => {
  expect([plot([], box), plot([turn(0, null, null)], box)]).toEqual([null, null]);
});
