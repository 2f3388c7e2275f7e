import { describe, expect, it } from "vitest";

import { apart, scale } from "./scale";

describe("scale", () => {
  it("ends at a round number that holds the longest", () => {
    expect(scale(736, 0, 100, 4).ticks).toEqual([0, 200, 400, 600, 800]);
    expect(scale(800, 0, 100, 4).end).toBe(800);
    expect(scale(801, 0, 100, 4).end).toBe(1000);
    expect(scale(12_340, 0, 100, 4).ticks).toEqual([0, 5000, 10_000, 15_000]);
  });

  it("places moments, upside down too, and nothing outside", () => {
    const up = scale(1000, 200, 0, 4);
    expect([0, 500, 1000, 9999, -5].map((each) => up.place(each))).toEqual([200, 100, 0, 0, 200]);
  });

  it("can be made of nothing", () => expect(scale(0, 0, 100, 4).place(0)).toBe(0));

  it("never has more steps than asked for", () => {
    for (const longest of [1, 9, 99, 123, 1999, 2001, 60_000]) {
      const { ticks, end } = scale(longest, 0, 1, 4);
      expect(ticks.length).toBeLessThanOrEqual(5);
      expect(end).toBeGreaterThanOrEqual(longest);
    }
  });
});

describe("labels", () => {
  it("stay where they do not touch", () => expect(apart([10, 50], 12, 0, 100)).toEqual([10, 50]));

  it("move apart, in their order", () => expect(apart([50, 48], 12, 0, 100)).toEqual([60, 48]));

  it("stay inside the picture", () => {
    expect(apart([99, 100], 12, 0, 100)).toEqual([88, 100]);
    expect(apart([0, 0, 0], 12, 0, 100)).toEqual([0, 12, 24]);
  });
});
