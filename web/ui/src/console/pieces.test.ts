import { describe, expect, it } from "vitest";

import { pieces } from "./pieces";

const marked = (text: string, words: string): string =>
  pieces(text, words)
    .map((each) => (each.sought ? `[${each.text}]` : each.text))
    .join("");

describe("what was searched, in a text", () => {
  it("is marked wherever it stands, whatever its case", () => {
    expect(marked("Guitar, then more guitar.", "guitar")).toBe("[Guitar], then more [guitar].");
    expect(marked("learn guitar", " learn guitar ")).toBe("[learn guitar]");
    expect(marked("learn guitar", "piano")).toBe("learn guitar");
    expect(marked("learn guitar", "")).toBe("learn guitar");
    expect(marked("a.*b", ".*")).toBe("a[.*]b");
  });

  it("is where a long text is shown", () => {
    const text = `${"before ".repeat(60)}guitar${" after".repeat(60)}`;
    expect(marked(text, "guitar")).toMatch(/^… .*\[guitar\].* …$/);
    expect(marked(text, "guitar").length).toBeLessThan(240);
    expect(marked(text, "")).toMatch(/^before .* …$/);
  });

  it("is not torn by letters whose other case is longer", () => {
    expect(marked("İstanbul guitar", "guitar")).toBe("İstanbul [guitar]");
  });
});
