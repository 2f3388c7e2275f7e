import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { LineEvents } from "../call/Line";
import { VoiceAgentLine } from "./VoiceAgentLine";

/** A microphone's track, as far as a line looks at it. */
class Track extends EventTarget {
  enabled = true;
  onended: (() => void) | null = null;
  stop(): void {
    this.enabled = false;
  }
}

class Socket {
  static readonly OPEN = 1;
  static readonly all: Socket[] = [];
  readonly readyState = 1;
  readonly bufferedAmount = 0;
  readonly sent: unknown[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  constructor() {
    Socket.all.push(this);
    setTimeout(() => this.say({ type: "Welcome" }, { type: "SettingsApplied" }), 1);
  }
  say(...messages: object[]): void {
    for (const each of messages) this.onmessage?.({ data: JSON.stringify(each) });
  }
  send(data: unknown): void {
    this.sent.push(typeof data === "string" ? (JSON.parse(data) as unknown) : data);
  }
  injected(): unknown[] {
    return this.sent.flatMap((each) => ((each as { type?: string }).type === "InjectUserMessage" ? [each] : []));
  }
  close(): void {
    /* nobody listens */
  }
}

class Worklet {
  static capture: Worklet | null = null;
  readonly port = { onmessage: null as ((event: { data: unknown }) => void) | null, postMessage: () => undefined };
  constructor(_: unknown, name: string) {
    if (name === "flux-capture") Worklet.capture = this;
  }
  connect(): void {
    /* no sound here */
  }
  disconnect(): void {
    /* no sound here */
  }
}

class Context extends EventTarget {
  state = "running";
  readonly sampleRate = 48_000;
  readonly audioWorklet = { addModule: () => Promise.resolve() };
  resume = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
  createMediaStreamSource = () => ({ connect: () => undefined, disconnect: () => undefined });
}

describe("a line to a Voice Agent", () => {
  const asked: string[] = [];
  const track = new Track();
  let ranTo: (response: Response) => void = () => undefined;
  const events = {
    tell: vi.fn(),
    trackStarted: vi.fn(),
    trackStopped: vi.fn(),
    reconnecting: vi.fn(),
    relinked: vi.fn(),
    answered: vi.fn(),
    failed: vi.fn(),
    closed: vi.fn(),
  } satisfies LineEvents;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    asked.length = Socket.all.length = 0;
    const stream = { getAudioTracks: () => [track] };
    const stubs = {
      AudioContext: Context,
      AudioWorkletNode: Worklet,
      MediaStreamAudioDestinationNode: class {
        stream = { getAudioTracks: () => [] };
      },
      MediaStream: class {
        readonly active = true;
      },
      WebSocket: Socket,
      addEventListener: () => undefined,
      document: Object.assign(new EventTarget(), { visibilityState: "visible" }),
      isSecureContext: true,
      navigator: { mediaDevices: { getUserMedia: () => Promise.resolve(stream) } },
      fetch: (url: string, { method = "" }: RequestInit) => {
        asked.push(`${method} ${url}`);
        if (url.endsWith("intents")) return new Promise((resolve) => (ranTo = resolve));
        return Promise.resolve(Response.json({ session_id: `s${asked.length}`, config: { url: "ws://agent" } }));
      },
    };
    for (const [name, stub] of Object.entries(stubs)) vi.stubGlobal(name, stub);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function up(): Promise<{ line: VoiceAgentLine; socket: Socket }> {
    const request = { user_id: "u", timezone: "UTC", backend: "local" } as const;
    const line = new VoiceAgentLine({ api: "/voice/", request, socketUrl: null }, events);
    await line.openMicrophone();
    const connected = line.connect();
    await vi.advanceTimersByTimeAsync(10);
    await connected;
    return { line, socket: Socket.all[0] as Socket };
  }

  it("goes on with silence after a mute, and tells of a microphone that is gone", async () => {
    const { line, socket } = await up();
    const voice = (): object => ({ data: { pcm: Int16Array.of(900, -900).buffer, level: 0.5 } });
    const frame = (): void => Worklet.capture?.port.onmessage?.(voice() as { data: unknown });
    frame();
    line.enableMic(false);
    frame();
    const sound = socket.sent.filter((each) => each instanceof ArrayBuffer);
    expect(sound.map((each) => [...new Int16Array(each)])).toEqual([[900, -900], [0, 0]]);
    track.onended?.();
    expect(events.trackStopped).toHaveBeenCalledExactlyOnceWith(track);
    line.drop();
  });

  it("waits for what runs in the session that it lost", async () => {
    const { line, socket } = await up();
    const call = { id: "fc_1", name: "f", arguments: "{}", client_side: true };
    socket.say({ type: "FunctionCallRequest", functions: [call] });
    socket.say({ type: "ConversationText", role: "user", content: "and call mom" });
    socket.onclose?.({ code: 1006, reason: "" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked.filter((each) => each.startsWith("DELETE") || each.endsWith("session"))).toHaveLength(1);
    ranTo(Response.json({ result: "Goal created." }));
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.filter((each) => each.startsWith("DELETE"))).toEqual(["DELETE /voice/session/s1"]);
    expect(events.reconnecting.mock.calls).toEqual([[true], [false]]);
    expect(JSON.stringify(Socket.all[1]?.sent[0])).toContain("Goal created.");
    line.drop();
  });

  it("says again to another agent what nobody answered", async () => {
    const { line, socket } = await up();
    socket.say({ type: "ConversationText", role: "user", content: "call mom" });
    socket.onclose?.({ code: 1006, reason: "" });
    await vi.advanceTimersByTimeAsync(100);
    expect(Socket.all[1]?.injected()).toEqual([{ type: "InjectUserMessage", content: "call mom" }]);
    expect(JSON.stringify(Socket.all[1]?.sent[0])).not.toContain("call mom");
    await vi.advanceTimersByTimeAsync(11_000);
    expect(events.tell).toHaveBeenCalledWith(expect.objectContaining({ type: "fault" }));
    line.drop();
  });
});
