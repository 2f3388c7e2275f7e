import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { LinkError } from "../transport/errors";
import { socketText } from "../text";
import { Outgoing } from "./Outgoing";
import { Reconnects } from "./Reconnects";
import { VoiceSession } from "./session";
import { SoundGate } from "./SoundGate";

describe("a session whose line was lost", () => {
  const asked: string[] = [];
  let broken = 0;

  beforeEach(() => {
    vi.useFakeTimers();
    asked.length = broken = 0;
    vi.stubGlobal("fetch", (url: string, { method }: RequestInit) => {
      if (url.endsWith("session")) return Promise.resolve(Response.json({ session_id: "s", config: {} }));
      asked.push(`${method} ${url}`);
      if (broken-- > 0) return Promise.reject(new TypeError("no network"));
      return Promise.resolve(Response.json({ result: "Goal created.", status: "done" }));
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const open = (): Promise<VoiceSession> =>
    VoiceSession.open("/voice/", { user_id: "u", timezone: "UTC", backend: "local" });
  const call = { id: "fc_1", name: "f", args: {}, garbled: false, clientSide: true };

  it("is closed only after what runs in it, and what was said is kept", async () => {
    const session = await open();
    broken = 4; // two requests, each tried twice
    const run = session.run(call);
    session.save("user", "i want to learn guitar");
    const closed = session.close({ after: run });
    await vi.runAllTimersAsync();
    await closed;
    expect(await run).toMatchObject({ status: "done", result: "Goal created." });
    expect(asked.slice(-1)).toEqual(["DELETE /voice/session/s"]);
    expect(asked.filter((each) => each.startsWith("DELETE"))).toHaveLength(1);
    expect(asked.filter((each) => each.endsWith("messages"))).toHaveLength(3);
  });

  it("is closed again where that did not get through", async () => {
    const session = await open();
    broken = 3;
    const closed = session.close();
    await vi.runAllTimersAsync();
    await closed;
    expect(asked).toEqual(Array(4).fill("DELETE /voice/session/s"));
  });

  it("is not waited for without end, nor while the page goes away", async () => {
    const stuck = await open();
    const closed = stuck.close({ after: new Promise(() => undefined) });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(asked).toEqual([]);
    await vi.runAllTimersAsync();
    await closed;
    expect(asked).toHaveLength(1);
    const left = await open();
    void left.close({ after: new Promise(() => undefined) });
    await left.close({ leaving: true });
    expect(asked).toHaveLength(2);
  });

  it("says in the page's own words what could not be run", async () => {
    const session = await open();
    expect(await session.run({ ...call, garbled: true })).toEqual({ status: "rejected", result: socketText.garbled });
    broken = 9;
    const run = session.run(call);
    await vi.runAllTimersAsync();
    expect(await run).toEqual({ status: "failed", result: socketText.failed });
  });
});

describe("a line that breaks again and again", () => {
  it("is made anew with pauses, and not for ever", () => {
    const line = new Reconnects();
    const pauses: number[] = [];
    let now = 0;
    while (line.lost(now) && pauses.length < 50) {
      pauses.push(line.pause());
      line.up(now);
      now += 1000;
    }
    expect(pauses).toEqual([0, 2000, 2000]);
  });

  it("begins to count anew once it has held", () => {
    const line = new Reconnects();
    for (let now = 0; now < 100_000; now += 10_000) {
      expect([line.lost(now), line.pause()]).toEqual([true, 0]);
      line.up(now);
    }
    expect(line.another(new LinkError("unreachable"), 90_000)).toBe(true);
  });
});

describe("what leaves of the microphone", () => {
  const voice = (): ArrayBuffer => Int16Array.of(900, -900, 700).buffer;

  it("is real silence once it is muted, long enough for a turn to end", () => {
    const outgoing = new Outgoing();
    expect(outgoing.frame(voice(), true, 1000)).toEqual(voice());
    for (const now of [1020, 3000, 6900]) {
      const sent = outgoing.frame(voice(), false, now);
      expect(sent && [...new Int16Array(sent)]).toEqual([0, 0, 0]);
    }
    expect(outgoing.frame(voice(), false, 7000)).toBeNull();
  });

  it("is nothing where it was never on", () => {
    expect(new Outgoing().frame(voice(), false, 0)).toBeNull();
  });
});

describe("the page's sound", () => {
  it("is said to be held back whenever it is, and asked for when the page is seen again", () => {
    const context = Object.assign(new EventTarget(), { state: "running", resume: vi.fn(() => Promise.resolve()) });
    const hidden: { visibilityState: DocumentVisibilityState } = { visibilityState: "hidden" };
    const page = Object.assign(new EventTarget(), hidden);
    const told: boolean[] = [];
    const aborter = new AbortController();
    new SoundGate(context as unknown as AudioContext, (blocked) => told.push(blocked), aborter.signal, page);
    const become = (state: string): void => {
      context.state = state;
      context.dispatchEvent(new Event("statechange"));
    };
    for (const state of ["running", "interrupted", "suspended", "running", "suspended"]) become(state);
    expect(told).toEqual([true, false, true]);
    page.dispatchEvent(new Event("visibilitychange"));
    expect(context.resume).not.toHaveBeenCalled();
    page.visibilityState = "visible";
    page.dispatchEvent(new Event("visibilitychange"));
    expect(context.resume).toHaveBeenCalledOnce();
    aborter.abort();
    become("closed");
    expect(told).toHaveLength(3);
  });
});
