import { afterEach, expect, it, vi } from "vitest";

import { browserId } from "./browserId";

afterEach(() => {
  vi.unstubAllGlobals();
});

const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const storing = (kept: Map<string, string>) => {
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
};

it("is the same in every call of one browser, and another's in another", () => {
  const kept = new Map<string, string>();
  storing(kept);
  const first = browserId();
  expect(first).toMatch(UUID4);
  expect(browserId()).toBe(first);
  storing(new Map());
  expect(browserId()).not.toBe(first);
});

it("is there for one call where the browser keeps nothing", () => {
  vi.stubGlobal("localStorage", {
    getItem: () => {
      throw new DOMException("denied", "SecurityError");
    },
  });
  expect(browserId()).toMatch(UUID4);
});
