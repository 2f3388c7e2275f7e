import { expect, test } from "vitest";

import { widgetText } from "../text";
import { readAttributes, type Attribute, type Read } from "./attributes";

const PAGE = "https://shop.example/cart/";
const SCRIPT = "https://voice.example/flux/widget.js?v=2";

function read(attributes: Partial<Record<Attribute, string>>, place = {}): Read {
  return readAttributes((name) => attributes[name] ?? null, { base: PAGE, script: SCRIPT, ...place });
}

test("an element that says nothing calls where its script came from", () => {
  expect(read({})).toEqual({
    options: {
      server: "https://voice.example/flux/",
      tokenUrl: null,
      agent: null,
      label: widgetText.label,
      position: "bottom-right",
      theme: "auto",
      accent: null,
      language: "en",
    },
    mistakes: [],
  });
});

test("addresses are meant as links of the page are", () => {
  const { options, mistakes } = read({ "token-url": "../voice-token", server: "//other.example/voice#x" });
  expect(options.tokenUrl).toBe("https://shop.example/voice-token");
  expect(options.server).toBe("https://other.example/voice/");
  expect(mistakes).toEqual([]);
});

test("no other scheme is ever asked", () => {
  const { options, mistakes } = read({ "token-url": "javascript:alert(1)", server: "data:text/html,x" });
  expect([options.tokenUrl, options.server]).toEqual([null, null]);
  expect(mistakes).toEqual([
    widgetText.mistakes.address("server", "data:text/html,x"),
    widgetText.mistakes.server,
    widgetText.mistakes.address("token-url", "javascript:alert(1)"),
  ]);
});

test("a word that is not known is named, and the usual one taken", () => {
  const { options, mistakes } = read({ position: "middle", theme: "DARK", language: "tlh", label: "  " });
  expect(options).toMatchObject({ position: "bottom-right", theme: "dark", language: "en", label: widgetText.label });
  expect(mistakes).toHaveLength(2);
  expect(mistakes[0]).toContain('position="middle"');
  expect(mistakes[1]).toContain('language="tlh"');
});

test("a page with HTTPS is told that browsers will not let it call a server without", () => {
  expect(read({ server: "http://voice.example" }).mistakes).toEqual([widgetText.mistakes.mixed("http://voice.example")]);
  expect(read({ server: "http://localhost:8080" }).mistakes).toEqual([]);
  expect(read({ server: "http://voice.example" }, { base: "http://shop.example/" }).mistakes).toEqual([]);
});

test("a script that cannot tell where it came from needs the server named", () => {
  expect(read({}, { script: null }).mistakes).toEqual([widgetText.mistakes.server]);
});
