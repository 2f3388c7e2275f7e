/** A line to this server's own agent: the public client SDK over WebRTC. */

import {
  LogLevel,
  PipecatClient,
  RTVIMessageType,
  StartBotError,
  logger,
  type ErrorData,
  type RTVIEventCallbacks,
} from "@pipecat-ai/client-js";

import { LinkError } from "../transport/errors";
import { FluxTransport } from "../transport/FluxTransport";
import { browserId } from "./browserId";
import { callFault, microphoneFault } from "./faults";
import type { Line, LineEvents } from "./Line";
import { readServerMessage, resultText } from "./serverMessages";

/**
 * Takes a client to its agent, for pages whose sessions do not begin at this server's `/start`; whether it is still
 * wanted is to be asked after each wait.
 */
export type Dial = (client: PipecatClient, wanted: () => boolean) => Promise<unknown>;

const ANSWER_MS = 3000;

export class RtviLine implements Line {
  private readonly client: PipecatClient;
  private connected = false;
  private asking = false;
  private dropped = false;

  constructor(
    private readonly way: string | Dial,
    private readonly events: LineEvents,
    { mic }: { mic: boolean },
  ) {
    logger.setLevel(LogLevel.WARN); // lower levels would write transcripts to the console
    const transport = new FluxTransport({
      onReconnecting: (active) => events.reconnecting(active),
      onRelinked: () => events.relinked(),
      onFailed: (error) => events.failed(callFault(error)),
    });
    this.client = new PipecatClient({ transport, enableMic: mic, enableCam: false, callbacks: this.callbacks() });
  }

  async openMicrophone(): Promise<void> {
    this.asking = true;
    try {
      await this.client.initDevices();
    } finally {
      this.asking = false;
    }
  }

  async connect(): Promise<void> {
    if (typeof this.way === "string") await this.start(this.way);
    else await this.way(this.client, () => !this.dropped);
    this.connected = true;
  }

  sendText(text: string): void {
    void this.client.sendText(text);
  }

  enableMic(on: boolean): void {
    this.client.enableMic(on);
  }

  updateMic(deviceId: string): void {
    this.client.updateMic(deviceId);
  }

  heard(turn: number, ms: number): void {
    this.client.sendClientRequest("voice_to_voice", { turn, ms }).catch(() => undefined);
  }

  hangUp(): void {
    if (this.client.state === "ready") this.client.disconnectBot();
    this.drop();
  }

  drop(): void {
    this.dropped = true;
    void this.client.disconnect();
  }

  private async start(endpoint: string): Promise<void> {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const requestData = { timezone: timeZone, browser_id: browserId() };
    let session: unknown;
    try {
      session = await this.client.startBot({ endpoint, requestData, timeout: 10_000 });
    } catch (error) {
      // The client says 500 of a server that does not answer at all, too.
      const vague = error instanceof StartBotError && error.status === 500;
      throw vague && !(await answers(endpoint)) ? new LinkError("unreachable") : error;
    }
    if (this.dropped) throw new LinkError("lost"); // hung up meanwhile: nobody would ever end that call
    await this.client.connect(session);
  }

  private callbacks(): RTVIEventCallbacks {
    const { events } = this;
    return {
      onDisconnected: () => {
        if (this.connected) events.closed(); // else `connect` throws
      },
      onBotDisconnected: () => events.tell({ type: "ended", reason: "goodbye" }),
      onError: ({ type, data }) => {
        if (type === (RTVIMessageType.ERROR as string)) this.errorTold(data as ErrorData); // else `connect` throws
      },
      onDeviceError: (error) => {
        if (this.asking) return; // `openMicrophone` throws
        events.tell({ type: "mic", mic: "off" });
        events.tell({ type: "fault", fault: microphoneFault(error, isSecureContext) });
      },
      onTrackStarted: (track, participant) => events.trackStarted(participant?.local ? "microphone" : "voice", track),
      onTrackStopped: (track) => events.trackStopped(track),
      onUserStartedSpeaking: () => events.tell({ type: "user-started" }),
      onUserStoppedSpeaking: () => events.tell({ type: "user-stopped" }),
      onUserTranscript: ({ text, final }) => events.tell({ type: "user-transcript", text, final }),
      onUserLlmText: ({ text }) => events.tell({ type: "user-taken", text }),
      onBotLlmStarted: () => events.tell({ type: "reply-started" }),
      onBotLlmStopped: () => events.tell({ type: "reply-stopped" }),
      onBotStartedSpeaking: () => events.tell({ type: "agent-started" }),
      onBotStoppedSpeaking: () => events.tell({ type: "agent-stopped" }),
      onBotOutput: (output) => events.tell({ type: "agent-output", output }),
      onLLMFunctionCallInProgress: ({ tool_call_id: id, function_name: name, arguments: args }) =>
        events.tell({ type: "tool", tool: { id, name, args, status: "running" } }),
      onLLMFunctionCallStopped: ({ tool_call_id: id, function_name: name, cancelled, result }) =>
        events.tell({
          type: "tool",
          // How else it ended, `tool_call` says next: what was rejected must never look done.
          tool: { id, name, status: cancelled ? "cancelled" : "running", result: resultText(result) },
        }),
      onServerMessage: (data: unknown) => this.serverSaid(data),
    };
  }

  private serverSaid(data: unknown): void {
    const { events } = this;
    const message = readServerMessage(data);
    if (message?.type === "tool_call") events.tell({ type: "tool", tool: message.tool });
    else if (message?.type === "turn_latency") {
      events.tell({ ...message, type: "latency" });
      // A typed turn has no end of speech, and one without sound no answer to hear.
      if (message.marks.endpoint !== null && message.marks.audio_out !== null) events.answered(message.turn);
    } else if (message) events.tell({ type: "ending", reason: message.reason });
  }

  private errorTold({ error, fatal }: ErrorData): void {
    if (fatal) this.events.failed("agent-fault", error);
    else this.events.tell({ type: "fault", fault: "agent-fault", detail: error });
  }
}

/** Whether there is anybody at all. */
async function answers(startUrl: string): Promise<boolean> {
  try {
    await fetch(new URL("health", startUrl), { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    return true;
  } catch {
    return false;
  }
}
