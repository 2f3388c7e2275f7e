import { describe, expect, it } from "vitest";

import { sections, valueText, type Setting } from "./settings";

function setting(name: string, description: string, changed = false): Setting {
  const [section = ""] = name.split(".");
  const variable = `FLUX_${name.replace(".", "__").toUpperCase()}`;
  return { name, variable, section, description, value: null, hidden: false, is_set: false, changed };
}

const all = [
  setting("stt.engine", "What hears."),
  setting("auth.keys", "Keys that mint sessions."),
  setting("stt.device", "Where it computes.", true),
];

describe("settings in force", () => {
  it("are told by section", () => {
    expect(sections(all, "", false).map(({ name, settings }) => [name, settings.length])).toEqual([
      ["stt", 2],
      ["auth", 1],
    ]);
  });

  it("are found by all words, in name, variable or description", () => {
    const names = (words: string, changed = false): string[] =>
      sections(all, words, changed).flatMap((each) => each.settings.map(({ name }) => name));
    expect(names("FLUX_STT__")).toEqual(["stt.engine", "stt.device"]);
    expect(names("stt computes")).toEqual(["stt.device"]);
    expect(names("", true)).toEqual(["stt.device"]);
    expect(names("keys", true)).toEqual([]);
  });

  it("have values that can be read", () => {
    expect(["cpu", 5, false, 0, ["a"], { a: 1 }].map(valueText)).toEqual(["cpu", "5", "false", "0", '["a"]', '{"a":1}']);
    expect([null, undefined, "", []].map(valueText)).toEqual([null, null, null, null]);
  });
});
