import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { LineEvents } from "./Line";
import { RtviLine } from "./RtviLine";

const SESSION = { sessionId: "s1", iceConfig: { iceServers: [] } };

function listener() {
  return {
    tell: vi.fn<LineEvents["tell"]>(),
    trackStarted: vi.fn<LineEvents["trackStarted"]>(),
    trackStopped: vi.fn<LineEvents["trackStopped"]>(),
    reconnecting: vi.fn<LineEvents["reconnecting"]>(),
    relinked: vi.fn<LineEvents["relinked"]>(),
    answered: vi.fn<LineEvents["answered"]>(),
    failed: vi.fn<LineEvents["failed"]>(),
    closed: vi.fn<LineEvents["closed"]>(),
  };
}

/** As much of a microphone's track as a line asks for. */
class Track {
  readonly kind = "audio";
  readonly label = "a microphone";
  enabled = true;
  onended: (() => void) | null = null;
  getSettings = () => ({ deviceId: "m1", groupId: "g1" });
  stop = vi.fn();
}

/** Peers that are only counted: nothing here gets as far as a link. */
const peers = vi.fn(function Peer(): never {
  throw new Error("a link was made");
});

beforeEach(() => {
  vi.stubGlobal("RTCPeerConnection", peers);
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("window", {}); // the client looks there for the browser's name
  vi.stubGlobal("localStorage", { getItem: () => "browser-1", setItem: () => undefined });
});

afterEach(() => {
  peers.mockClear();
  vi.unstubAllGlobals();
});

it.each(["hangUp", "drop"] as const)("makes no call of a session that comes after %s", async (leave) => {
  let answer: (response: Response) => void = () => undefined;
  const fetching = vi.fn<typeof fetch>(() => new Promise((resolve) => (answer = resolve)));
  vi.stubGlobal("fetch", fetching);
  const line = new RtviLine("http://box/start", listener(), { mic: false });
  const connecting = line.connect().catch((error: unknown) => error);
  await vi.waitFor(() => expect(fetching).toHaveBeenCalledOnce());
  line[leave]();
  answer(Response.json(SESSION));
  expect(await connecting).toMatchObject({ fault: "lost" });
  expect(peers).not.toHaveBeenCalled();
  expect(fetching).toHaveBeenCalledOnce();
});

it("tells of a microphone that is lost before the call stands, but not of one that was refused", async () => {
  const track = new Track();
  const getUserMedia = vi.fn(() => Promise.resolve({ getAudioTracks: () => [track] }));
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia, enumerateDevices: () => Promise.resolve([]) } });
  const events = listener();
  const line = new RtviLine("http://box/start", events, { mic: true });
  await line.openMicrophone();
  expect(events.trackStarted).toHaveBeenCalledWith("microphone", track);
  expect(events.tell).not.toHaveBeenCalled();
  track.onended?.();
  expect(events.tell.mock.calls.map(([event]) => event)).toEqual([
    { type: "mic", mic: "off" },
    { type: "fault", fault: "no-microphone" },
  ]);
  expect(events.trackStopped).toHaveBeenCalledWith(track);
});

it("leaves a refusal to whoever asked", async () => {
  const getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
  const events = listener();
  const line = new RtviLine("http://box/start", events, { mic: true });
  await expect(line.openMicrophone()).rejects.toMatchObject({ type: "permissions" });
  expect(events.tell).not.toHaveBeenCalled();
});
