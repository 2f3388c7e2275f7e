import { describe, expect, it } from "vitest";

import { moment, offset, size, span } from "./figures";

describe("figures for people", () => {
  it("tell spans in the two units that matter", () => {
    expect([0.4, 45, 59.6, 185, 3600, 3_719, 7_199].map(span)).toEqual([
      "0 s",
      "45 s",
      "1 min 00 s",
      "3 min 05 s",
      "1 h 00 min",
      "1 h 02 min",
      "2 h 00 min",
    ]);
  });

  it("tell where in a conversation something was", () => {
    expect([-20, 5_900, 750_000, 3_723_000].map(offset)).toEqual(["0:00", "0:05", "12:30", "1:02:03"]);
  });

  it("tell sizes in binary units", () => {
    expect([0, 1023, 1024, 1.5 * 2 ** 30, 640 * 2 ** 20].map(size)).toEqual([
      "0 B",
      "1023 B",
      "1.0 KiB",
      "1.5 GiB",
      "640 MiB",
    ]);
  });

  it("tell a moment, and what is none as it is", () => {
    expect(moment("2026-11-22T15:31:00+00:00")).toContain("2026");
    expect(moment("some day")).toBe("some day");
  });
});
