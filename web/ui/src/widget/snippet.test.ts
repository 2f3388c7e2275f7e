import { expect, test } from "vitest";

import { escaped, policyFor, snippetFor } from "./snippet";

const SERVER = "https://voice.example/";

test("the snippet says only what is not so anyway", () => {
  const attributes = { "token-url": "/voice-token", position: "bottom-right", theme: "auto", agent: " ", label: "Ask us" };
  expect(snippetFor(SERVER, attributes)).toBe(
    '<script src="https://voice.example/widget.js" defer></script>\n' +
      '<flux-voice token-url="/voice-token" label="Ask us"></flux-voice>',
  );
});

test("no text gets out of its quotes", () => {
  const label = `"><script>alert('&')</script>`;
  const made = snippetFor(SERVER, { label });
  expect(made).toContain(`label="&quot;&gt;&lt;script&gt;alert('&amp;')&lt;/script&gt;"`);
  expect(made.match(/<script/g)).toHaveLength(1);
  expect(escaped("&amp;")).toBe("&amp;amp;");
});

test("the policy names the server, and the token's site where that is another", () => {
  expect(policyFor("https://voice.example/flux/", "/voice-token")).toBe(
    "script-src https://voice.example; connect-src 'self' https://voice.example",
  );
  expect(policyFor(SERVER, "https://api.shop.example/token")).toBe(
    "script-src https://voice.example; connect-src https://api.shop.example https://voice.example",
  );
});
