import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { followKeys, keyAction } from "./voiceKeys";

const idle = { active: false, pushToTalk: false };
const calling = { active: true, pushToTalk: false };
const pushing = { active: true, pushToTalk: true };

describe("what a key does", () => {
  it.each([
    [" ", false, idle, "start"],
    [" ", false, calling, "toggle"],
    [" ", false, pushing, "hold"],
    [" ", true, idle, null],
    [" ", true, calling, null],
    [" ", true, pushing, null],
    ["Escape", false, calling, "end"],
    ["Escape", true, calling, "end"],
    ["Escape", false, pushing, "end"],
    ["Escape", false, idle, "leave"],
    ["Enter", false, calling, null],
    ["m", false, calling, null],
  ] as const)("%j, on a control: %s", (key, onControl, state, action) => {
    expect(keyAction({ key, onControl }, state)).toBe(action);
  });
});

describe("a held key", () => {
  beforeEach(() => {
    vi.stubGlobal("Element", Event); // what no target here is
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const follow = () => {
    const page = new EventTarget();
    let held = false;
    const stop = followKeys(page, {
      asked: () => pushing,
      does: (action) => (action === "hold" ? () => (held = true) : undefined),
      letGo: () => (held = false),
    });
    const press = (type: string, key: string): boolean =>
      page.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), { key }));
    return { press, stop, held: () => held };
  };

  it("is let go of where it is lifted", () => {
    const { press, held } = follow();
    expect(press("keydown", " ")).toBe(false); // so that the page does not scroll
    expect(held()).toBe(true);
    press("keyup", "a");
    expect(held()).toBe(true);
    press("keyup", " ");
    expect(held()).toBe(false);
  });

  it("is let go of where something else takes the keys meanwhile", () => {
    const { press, stop, held } = follow();
    press("keydown", " ");
    stop();
    expect(held()).toBe(false);
    press("keydown", " ");
    expect(held()).toBe(false);
  });

  it("keeps its own meaning where there is nothing to do", () => {
    expect(follow().press("keydown", "Escape")).toBe(true);
  });
});
