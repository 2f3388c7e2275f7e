/** One page's calls: drives the client SDK, keeps the state, plays the agent's voice. */

import {
  DeviceError,
  LogLevel,
  PipecatClient,
  RTVIMessageType,
  logger,
  type ErrorData,
  type Participant,
  type RTVIEventCallbacks,
} from "@pipecat-ai/client-js";

import { LinkError } from "../transport/errors";
import { FluxTransport } from "../transport/FluxTransport";
import { browserId } from "./browserId";
import { Ears } from "./Ears";
import { callFault, microphoneFault } from "./faults";
import { readServerMessage, resultText } from "./serverMessages";
import { initialState, inCall, reduce, type CallEvent, type CallFault, type CallState } from "./state";
import { untaken } from "./transcript";

const READY_TIMEOUT_MS = 20_000;

/**
 * Takes a client to its agent, for pages whose sessions do not begin at this server's `/start`; whether it is still
 * wanted is to be asked after each wait.
 */
export type Dial = (client: PipecatClient, wanted: () => boolean) => Promise<unknown>;

export interface Tracks {
  microphone: MediaStreamTrack | null;
  voice: MediaStreamTrack | null;
}

export class Call {
  private state: CallState = initialState;
  private tracksNow: Tracks = { microphone: null, voice: null };
  private readonly listeners = new Set<() => void>();
  private client: PipecatClient | null = null;
  private readonly speaker = new Audio();
  private ears: Ears | null = null;
  /** Typed while the line was not up. */
  private unsent: string[] = [];

  constructor(private readonly way: string | Dial = new URL("start", document.baseURI).href) {
    this.speaker.autoplay = true;
    addEventListener("pagehide", this.leave);
  }

  /** Ends what there is and lets go of the page: for those that outlive their calls' place in it. */
  dispose(): void {
    removeEventListener("pagehide", this.leave);
    this.end();
  }

  // ------ for React

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getState = (): CallState => this.state;
  readonly getTracks = (): Tracks => this.tracksNow;

  // ------ what a person can do

  /** Starts a call; to be called from a user's gesture, so that the browser lets sound out. */
  readonly start = async ({ mic = true, text }: { mic?: boolean; text?: string } = {}): Promise<void> => {
    if (inCall(this.state)) return;
    this.unsent = [];
    this.tell({ type: "starting", mic });
    if (text) {
      this.tell({ type: "user-typed", text });
      this.unsent.push(text);
    }
    const client = this.makeClient(mic);
    this.client = client;
    this.ears = this.makeEars(client);
    try {
      if (mic) await client.initDevices();
      if (client !== this.client) return;
      await within(READY_TIMEOUT_MS, this.connect(client));
      if (client !== this.client) return;
      this.tell({ type: "connected" });
      this.sendWaiting(client);
    } catch (error) {
      const fault = error instanceof DeviceError ? microphoneFault(error, isSecureContext) : callFault(error);
      this.fail(client, fault, error instanceof LinkError ? error.detail : undefined);
    }
  };

  /** Sends typed words, calling first if there is no call; no microphone is needed. */
  readonly sendText = async (text: string): Promise<void> => {
    const words = text.trim();
    if (!words) return;
    if (!inCall(this.state)) return this.start({ mic: false, text: words });
    this.tell({ type: "user-typed", text: words });
    if (this.state.phase === "live") await this.client?.sendText(words);
    else this.unsent.push(words);
  };

  readonly toggleMicrophone = (): void => {
    const { client } = this;
    if (!client || !inCall(this.state)) return;
    if (this.state.mic === "off") this.tell({ type: "mic", mic: "opening" });
    else this.tell({ type: "mic", mic: this.state.mic === "muted" ? "on" : "muted" });
    client.enableMic(this.state.mic !== "muted");
  };

  readonly end = (): void => {
    if (!inCall(this.state)) return;
    this.tell({ type: "ended", reason: "caller" });
    this.hangUp();
  };

  readonly letSoundOut = (): void => this.play();
  readonly dismissFault = (): void => this.tell({ type: "fault-dismissed" });

  // ------ the line

  private makeClient(mic: boolean): PipecatClient {
    logger.setLevel(LogLevel.WARN); // lower levels would write transcripts to the console
    const transport = new FluxTransport({
      onReconnecting: (active) => {
        this.tell({ type: "reconnecting", active });
        if (!active) this.sendWaiting(client);
      },
      onRelinked: () => (this.unsent = untaken(this.state.transcript)),
      onFailed: (error) => this.fail(client, callFault(error)),
    });
    const guarded = (): boolean => client === this.client;
    const client: PipecatClient = new PipecatClient({
      transport,
      enableMic: mic,
      enableCam: false,
      callbacks: guardedBy(guarded, this.callbacks()),
    });
    return client;
  }

  private async connect(client: PipecatClient): Promise<void> {
    if (typeof this.way !== "string") {
      await this.way(client, () => client === this.client);
      return;
    }
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const requestData = { timezone: timeZone, browser_id: browserId() };
    await client.startBotAndConnect({ endpoint: this.way, requestData, timeout: 10_000 });
  }

  private callbacks(): RTVIEventCallbacks {
    return {
      onDisconnected: () => {
        if (this.state.phase === "connecting") return; // `start` tells
        this.drop();
        this.tell({ type: "ended", reason: "link_lost" });
      },
      onBotDisconnected: () => this.tell({ type: "ended", reason: this.state.endReason ?? "goodbye" }),
      onError: ({ type, data }) => {
        if (type === (RTVIMessageType.ERROR as string)) this.errorTold(data as ErrorData); // else `start` tells
      },
      onDeviceError: (error) => {
        if (this.state.phase === "connecting") return; // `start` tells
        this.tell({ type: "mic", mic: "off" });
        this.tell({ type: "fault", fault: microphoneFault(error, isSecureContext) });
      },
      onTrackStarted: (track, participant) => this.trackStarted(track, participant),
      onTrackStopped: (track) => this.trackStopped(track),
      onUserStartedSpeaking: () => {
        this.ears?.userStarted();
        this.tell({ type: "user-started" });
      },
      onUserStoppedSpeaking: () => {
        this.ears?.userStopped();
        this.tell({ type: "user-stopped" });
      },
      onUserTranscript: ({ text, final }) => this.tell({ type: "user-transcript", text, final }),
      onUserLlmText: ({ text }) => this.tell({ type: "user-taken", text }),
      onBotLlmStarted: () => this.tell({ type: "reply-started" }),
      onBotLlmStopped: () => this.tell({ type: "reply-stopped" }),
      onBotStartedSpeaking: () => this.tell({ type: "agent-started" }),
      onBotStoppedSpeaking: () => {
        this.ears?.agentStopped();
        this.tell({ type: "agent-stopped" });
      },
      onBotOutput: (output) => this.tell({ type: "agent-output", output }),
      onLLMFunctionCallInProgress: ({ tool_call_id: id, function_name: name, arguments: args }) =>
        this.tell({ type: "tool", tool: { id, name, args, status: "running" } }),
      onLLMFunctionCallStopped: ({ tool_call_id: id, function_name: name, cancelled, result }) =>
        this.tell({
          type: "tool",
          // How it ended, if not so, `tool_call` says next: what was rejected must never look done.
          tool: { id, name, status: cancelled ? "cancelled" : "running", result: resultText(result) },
        }),
      onServerMessage: (data: unknown) => this.serverSaid(data),
    };
  }

  private serverSaid(data: unknown): void {
    const message = readServerMessage(data);
    if (message?.type === "tool_call") this.tell({ type: "tool", tool: message.tool });
    else if (message?.type === "turn_latency") {
      this.tell({ ...message, type: "latency" });
      // A typed turn has no end of speech, and one without sound no answer to hear.
      if (message.marks.endpoint !== null && message.marks.audio_out !== null) this.ears?.answered(message.turn);
    } else if (message) this.tell({ type: "ending", reason: message.reason });
  }

  /** Measures what the caller hears; who cannot is none the worse for it. */
  private makeEars(client: PipecatClient): Ears | null {
    try {
      return new Ears(({ turn, ms }) => {
        if (client !== this.client || client.state !== "ready" || this.state.soundBlocked) return;
        this.tell({ type: "heard", turn, ms });
        client.sendClientRequest("voice_to_voice", { turn, ms }).catch(() => undefined);
      });
    } catch {
      return null;
    }
  }

  private errorTold({ error, fatal }: ErrorData): void {
    if (fatal && this.client) this.fail(this.client, "agent-fault", error);
    else this.tell({ type: "fault", fault: "agent-fault", detail: error });
  }

  private fail(client: PipecatClient, fault: CallFault, detail?: string): void {
    if (client !== this.client) return;
    this.tell({ type: "failed", fault, ...(detail && { detail }) });
    this.drop();
    void client.disconnect();
  }

  /** The browser may bring the page back as it was: then the call is over, and has to look so. */
  private readonly leave = (): void => {
    this.tell({ type: "ended", reason: "left" });
    this.hangUp();
  };

  /** Says goodbye and lets go. */
  private hangUp(): void {
    const { client } = this;
    if (!client) return;
    if (client.state === "ready") client.disconnectBot();
    this.drop();
    void client.disconnect();
  }

  private sendWaiting(client: PipecatClient): void {
    for (const each of this.unsent.splice(0)) void client.sendText(each);
  }

  private drop(): void {
    this.client = null;
    this.unsent = [];
    this.speaker.srcObject = null;
    this.ears?.close();
    this.ears = null;
    this.setTracks({ microphone: null, voice: null });
  }

  // ------ sound

  private trackStarted(track: MediaStreamTrack, participant?: Participant): void {
    if (participant?.local) {
      this.setTracks({ ...this.tracksNow, microphone: track });
      this.tell({ type: "mic", mic: track.enabled ? "on" : "muted" });
    } else {
      this.setTracks({ ...this.tracksNow, voice: track });
      this.speaker.srcObject = new MediaStream([track]);
      this.play();
    }
  }

  private trackStopped(track: MediaStreamTrack): void {
    const { microphone, voice } = this.tracksNow;
    if (track === microphone) this.setTracks({ microphone: null, voice });
    if (track === voice) this.setTracks({ microphone, voice: null });
  }

  private play(): void {
    this.speaker.play().then(
      () => this.tell({ type: "sound-blocked", blocked: false }),
      (error: unknown) => {
        const blocked = error instanceof DOMException && error.name === "NotAllowedError";
        if (blocked) this.tell({ type: "sound-blocked", blocked });
      },
    );
  }

  // ------ telling

  private setTracks(tracks: Tracks): void {
    this.tracksNow = tracks;
    this.ears?.listen(tracks);
    this.announce();
  }

  private tell(event: CallEvent): void {
    this.state = reduce(this.state, event);
    this.announce();
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }
}

/** The callbacks of a call that is over say nothing any more. */
function guardedBy(alive: () => boolean, callbacks: RTVIEventCallbacks): RTVIEventCallbacks {
  const entries = Object.entries(callbacks).map(([name, callback]) => [
    name,
    (...args: unknown[]) => {
      if (alive()) (callback as (...args: unknown[]) => void)(...args);
    },
  ]);
  return Object.fromEntries(entries) as RTVIEventCallbacks;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LinkError("server")), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
