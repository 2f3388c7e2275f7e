import { expect, test } from "vitest";

import { accentFor, contrast, readColour, type Rgb } from "./accent";

const PANELS: Record<"light" | "dark", Rgb[]> = {
  light: [
    [255, 255, 255],
    [245, 244, 239],
    [243, 242, 236],
  ],
  dark: [
    [16, 20, 19],
    [24, 29, 27],
    [31, 37, 35],
  ],
};
const COLOURS = ["#ffee00", "#0f6b5f", "#000", "#fff", "rgb(255, 0, 128)", "#777777"];

test("colours are read as people and browsers write them", () => {
  expect(readColour("#0f6")).toEqual([0, 255, 102]);
  expect(readColour(" #0F6b5f ")).toEqual([15, 107, 95]);
  expect(readColour("rgb(1, 2, 3)")).toEqual([1, 2, 3]);
  for (const other of ["", "#12", "red", "rgba(1, 2, 3, 0.5)", "url(x)"]) expect(readColour(other)).toBeNull();
});

test("black on white is as far apart as can be", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
  expect(contrast([9, 9, 9], [9, 9, 9])).toBe(1);
});

test.each(COLOURS)("%s can be read on every ground, and what stands on it too", (text) => {
  for (const theme of ["light", "dark"] as const) {
    const made = accentFor(readColour(text) ?? [0, 0, 0], theme);
    const [accent, on] = [readColour(made.accent), readColour(made.on)];
    if (!accent || !on) throw new Error("no colour");
    for (const ground of PANELS[theme]) expect(contrast(accent, ground)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(accent, on)).toBeGreaterThanOrEqual(4.5);
  }
});

test("a colour that can be read is left as it is", () => {
  expect(accentFor([15, 107, 95], "light").accent).toBe("rgb(15, 107, 95)");
});
