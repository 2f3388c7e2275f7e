import { expect, it, vi } from "vitest";

import { FluxTransport } from "./FluxTransport";
import type { PeerLinkEvents } from "./PeerLink";

/** Node has this from 22 on. */
function withResolvers<T>() {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason?: unknown) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
if (!("withResolvers" in Promise)) Object.assign(Promise, { withResolvers });

/** Links as the transport makes them, each opened or failed from the test. */
const links = vi.hoisted(() => [] as { events: PeerLinkEvents; failNegotiation: (error: Error) => void }[]);

vi.mock("./PeerLink", () => ({
  PeerLink: class {
    readonly maxMessageSize = 1000;
    readonly open = true;
    failNegotiation: (error: Error) => void = () => undefined;
    private negotiated = 0;

    constructor(_: unknown, readonly events: PeerLinkEvents) {
      links.push(this);
    }

    negotiate(): Promise<string> {
      if (this.negotiated++ === 0) {
        queueMicrotask(() => this.events.onOpen());
        return Promise.resolve("p1");
      }
      return new Promise((_, reject) => (this.failNegotiation = reject));
    }

    replaceMicrophone = () => Promise.resolve();
    send = () => true;
    close = () => undefined;
    drain = () => Promise.resolve();
  },
}));

const params = { endpoint: { url: "http://box/sessions/s1/api/offer", headers: undefined }, iceServers: [] };
const renegotiate = JSON.stringify({ type: "signalling", message: { type: "renegotiate" } });
const settled = () => new Promise((resolve) => setTimeout(resolve));

async function connected() {
  links.length = 0;
  const reconnecting = vi.fn<(active: boolean) => void>();
  const transport = new FluxTransport({ onReconnecting: reconnecting });
  transport.initialize({ transport, callbacks: {} }, () => undefined);
  await transport._connect(params);
  links[0]?.events.onMessage(renegotiate);
  return { transport, reconnecting };
}

it("makes the link again whose renegotiation fails", async () => {
  const { reconnecting } = await connected();
  links[0]?.failNegotiation(new Error("refused"));
  await settled();
  expect(links).toHaveLength(2);
  expect(reconnecting.mock.calls).toEqual([[true], [false]]);
});

it("leaves the link alone that stands in for one whose renegotiation fails late", async () => {
  const { reconnecting } = await connected();
  links[0]?.events.onHealth(null);
  await settled();
  expect(links).toHaveLength(2);
  links[0]?.failNegotiation(new Error("aborted"));
  await settled();
  expect(links).toHaveLength(2);
  expect(reconnecting.mock.calls).toEqual([[true], [false]]);
});

it("makes no link for a call that was ended meanwhile", async () => {
  const { transport, reconnecting } = await connected();
  await transport._disconnect();
  links[0]?.failNegotiation(new Error("aborted"));
  await settled();
  expect(links).toHaveLength(1);
  expect(reconnecting).not.toHaveBeenCalled();
});

it("lets go of the microphone before the goodbye has left", async () => {
  const stop = vi.fn();
  const track = { kind: "audio", label: "", enabled: true, stop, getSettings: () => ({}) };
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => Promise.resolve({ getAudioTracks: () => [track] }) } });
  const { transport } = await connected();
  await transport.initDevices();
  const leaving = transport._disconnect();
  expect(stop).toHaveBeenCalledOnce();
  await leaving;
  vi.unstubAllGlobals();
});
