import { expect, test } from "vitest";

import { shadowCss } from "./shadowCss";

const styles = import.meta.glob<string>("../styles/*.css", { query: "?raw", import: "default", eager: true });

test("nothing of the page's stylesheets is left that a shadow root does not know", () => {
  expect(Object.keys(styles).length).toBeGreaterThan(4);
  for (const [name, css] of Object.entries(styles)) {
    const made = shadowCss(css).replace(/\/\*[^]*?\*\//g, "");
    expect(css.length, name).toBeGreaterThan(100);
    expect(made, name).not.toMatch(/:root|(^|[\s,}])(html|body)\s*[,{]/m);
    expect(made, name).not.toMatch(/\d(rem)\b/);
    expect(count(made, "{"), name).toBe(count(made, "}"));
  }
});

test("every colour of the page can be set from outside, in light and in dark", () => {
  const made = shadowCss(styles["../styles/base.css"] ?? "");
  for (const name of ["accent", "on-accent", "panel", "ink", "red"]) {
    expect(count(made, `--${name}: var(--flux-voice-${name}, `), name).toBe(3); // light, dark by system, dark by name
  }
});

test("dark is what the attribute says, and else the system", () => {
  const made = shadowCss(":root {\n  --ink: #111;\n}\n\n@media (prefers-color-scheme: dark) {\n  :root {\n    --ink: #eee;\n  }\n}\n");
  expect(made.replace(/\s+/g, " ").trim()).toBe(
    ".flux { --ink: var(--flux-voice-ink, #111); } " +
      '@media (prefers-color-scheme: dark) { :host .flux:not([data-theme="light"]) { --ink: var(--flux-voice-ink, #eee); } } ' +
      ':host .flux[data-theme="dark"] { --ink: var(--flux-voice-ink, #eee); }',
  );
});

test("sizes follow the widget, selectors that only look like others are left alone", () => {
  expect(shadowCss(".a { padding: 0.5rem 1rem; }")).toBe(
    ".a { padding: calc(0.5 * var(--size-root)) calc(1 * var(--size-root)); }",
  );
  expect(shadowCss(".tool-body {\n  color: red;\n}\n")).toBe(".tool-body {\n  color: red;\n}\n");
  expect(shadowCss(":host {\n  all: initial;\n}\n")).toBe(":host {\n  all: initial;\n}\n");
  expect(shadowCss(":root,\n:host {\n  --a: 1;\n}\n")).toBe(".flux {\n  --a: var(--flux-voice-a, 1);\n}\n");
  expect(shadowCss("body {\n  margin: 0;\n}\n")).toBe(".flux {\n  margin: 0;\n}\n");
});

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
