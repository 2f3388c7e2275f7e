import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Call } from "./Call";
import type { Line, LineEvents, OpenLine } from "./Line";

const setSinkId = vi.fn<(id: string) => Promise<void>>();
let media: EventTarget;

beforeEach(() => {
  setSinkId.mockReset().mockResolvedValue(undefined);
  media = new EventTarget();
  vi.stubGlobal("Audio", class {
    volume = 1;
    setSinkId = setSinkId;
  });
  vi.stubGlobal("navigator", { mediaDevices: media });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A call on a line that connects at once; `say` is what the line tells. */
function callOn(openMicrophone: (events: LineEvents) => void = () => undefined) {
  let told: LineEvents | undefined;
  const nothing = (): void => undefined;
  const open: OpenLine = (events) => {
    told = events;
    const line: Line = {
      openMicrophone: () => {
        openMicrophone(events);
        return Promise.resolve();
      },
      connect: () => Promise.resolve(),
      sendText: nothing,
      enableMic: nothing,
      updateMic: nothing,
      hangUp: nothing,
      drop: nothing,
    };
    return line;
  };
  return { call: new Call("http://box/start", open), line: () => told };
}

it("fails, and does not connect for ever, where no line can be made at all", async () => {
  const call = new Call("http://box/start", () => Promise.reject(new Error("no AudioContext")));
  await call.start();
  expect(call.getState().phase).toBe("error");
  const thrown = new Call("http://box/start", () => {
    throw new Error("no AudioContext");
  });
  await thrown.sendText("hello");
  expect(thrown.getState()).toMatchObject({ phase: "error", draft: "hello" });
});

it("takes a call whose line could not be made, and was ended meanwhile, for ended", async () => {
  let refuse: (error: Error) => void = () => undefined;
  const call = new Call("http://box/start", () => new Promise((_, reject) => (refuse = reject)));
  const starting = call.start();
  call.end();
  refuse(new Error("no"));
  await starting;
  expect(call.getState()).toMatchObject({ phase: "ended", fault: null });
});

it("tries the chosen loudspeaker again when it may have become possible", async () => {
  setSinkId.mockImplementation((id) => (id ? Promise.reject(new Error("not allowed yet")) : Promise.resolve()));
  const { call } = callOn((events) => events.trackStarted("microphone", { enabled: true } as MediaStreamTrack));
  call.setLoudspeaker("headset");
  await vi.waitFor(() => expect(setSinkId.mock.calls).toEqual([["headset"], [""]]));
  setSinkId.mockReset().mockResolvedValue(undefined);
  await call.start();
  expect(setSinkId.mock.calls).toEqual([["headset"], ["headset"]]); // at the start, and with the microphone
  media.dispatchEvent(new Event("devicechange"));
  expect(setSinkId).toHaveBeenCalledTimes(3);
  call.dispose();
  media.dispatchEvent(new Event("devicechange"));
  expect(setSinkId).toHaveBeenCalledTimes(3);
});

it("knows nothing of what the agent did before a new link", async () => {
  const { call, line } = callOn();
  await call.start({ mic: false });
  line()?.tell({ type: "agent-started" });
  expect(call.getState().agentSpeaking).toBe(true);
  line()?.relinked();
  expect(call.getState().agentSpeaking).toBe(false);
});

it("says that it is turned down", () => {
  const { call } = callOn();
  call.setVolume(0);
  expect(call.getState().silent).toBe(true);
  call.setVolume(0.5);
  expect(call.getState().silent).toBe(false);
});
