import { expect, test } from "vitest";

import { readSession, tokenRequest } from "./session";

test("a session is what the server answers, or the part of it that a back end hands on", () => {
  const webrtc = { offer_url: "http://10.0.0.5/x", ice_servers: [{ urls: "stun:10.0.0.5" }] };
  expect(readSession({ session_id: "s", token: "t", config: {}, webrtc })).toEqual({
    id: "s",
    token: "t",
    iceServers: [{ urls: "stun:10.0.0.5" }],
  });
  expect(readSession({ session_id: "s", token: "t" })).toEqual({ id: "s", token: "t", iceServers: [] });
});

test.each([null, "t", [], {}, { session_id: "s" }, { session_id: "", token: "t" }, { session_id: 1, token: "t" }])(
  "%j is no session",
  (body) => expect(readSession(body)).toBeNull(),
);

test("a back end is told which browser asks, never who the visitor is", () => {
  expect(tokenRequest({ agent: null, language: "en" }, "b", "Europe/Berlin")).toEqual({
    browser_id: "b",
    timezone: "Europe/Berlin",
    language: "en",
  });
  expect(tokenRequest({ agent: "flux", language: "en" }, "b", "UTC")).toMatchObject({ agent: "flux" });
});
