import { describe, expect, it } from "vitest";

import { spanOf } from "./pages";

function page(number: number, total: number): ReturnType<typeof spanOf> {
  const offset = (number - 1) * 25;
  const items = Array.from({ length: Math.max(0, Math.min(25, total - offset)) });
  return spanOf({ items, total, limit: 25, offset }, number);
}

describe("pages of a list", () => {
  it("tell which items they show and what is beside them", () => {
    expect(page(1, 60)).toEqual({ first: 1, last: 25, previous: null, next: 2 });
    expect(page(2, 60)).toEqual({ first: 26, last: 50, previous: 1, next: 3 });
    expect(page(3, 60)).toEqual({ first: 51, last: 60, previous: 2, next: null });
    expect(page(1, 25)).toEqual({ first: 1, last: 25, previous: null, next: null });
  });

  it("lead back from beyond the end, as after a deletion", () => {
    expect(page(4, 60)).toEqual({ first: 0, last: 0, previous: 3, next: null });
    expect(page(9, 0)).toEqual({ first: 0, last: 0, previous: 1, next: null });
    expect(page(1, 0)).toEqual({ first: 0, last: 0, previous: null, next: null });
  });
});
