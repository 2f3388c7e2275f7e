import { expect, it } from "vitest";

import { figures, percentile } from "./figures";

it("takes a percentile between two values, as the benchmarks do", () => {
  expect(percentile([400, 100, 300, 200], 50)).toBe(250);
  expect(percentile([100, 200], 95)).toBeCloseTo(195);
  expect(percentile([700], 95)).toBe(700);
});

it("has no percentile of nothing", () => {
  expect(percentile([], 50)).toBeNull();
  expect(figures([null, null])).toBeNull();
});

it("counts only what is known: an unknown wait is no zero", () => {
  expect(figures([800, null, 600])).toEqual({ count: 2, p50: 700, p95: 790 });
});

it("leaves the waits as they were", () => {
  const waits = [3, 1, 2];
  figures(waits);
  expect(waits).toEqual([3, 1, 2]);
});
