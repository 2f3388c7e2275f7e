import { afterEach, expect, test, vi } from "vitest";

import { sheets } from "./sheets";

const shown = import.meta.glob<string>(["../components/*.tsx", "../latency/{TurnLatency,Waterfall}.tsx", "!../components/{Welcome,Panels,Sheet}.tsx"], {
  query: "?raw",
  import: "default",
  eager: true,
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("the widget has the rules of all that it shows of a call, and the theme as it was read", () => {
  let css = "";
  vi.stubGlobal(
    "CSSStyleSheet",
    class {
      replaceSync(text: string): void {
        css += text;
      }
    },
  );
  sheets();
  const classes = (source: string): string[] =>
    [...source.matchAll(/className="([\w -]+)"/g)].flatMap(([, names = ""]) => names.split(" "));
  const own = Object.values(import.meta.glob<string>("../styles/*.css", { query: "?raw", import: "default", eager: true })).join("");
  const styled = Object.values(shown).flatMap(classes).filter((name) => own.includes(`.${name}`));
  expect(styled).toContain("waterfall");
  expect(styled.filter((name) => !css.includes(`.${name}`))).toEqual([]);
  expect(css).not.toContain("[theme=");
});
