import { describe, expect, it } from "vitest";

import { keyAction } from "./voiceKeys";

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
