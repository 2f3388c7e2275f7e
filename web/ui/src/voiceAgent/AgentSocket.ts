/** One WebSocket to a Voice Agent, from its opening to its end; speaks JSON and sound. */

import { END_REASONS, type EndReason } from "../call/serverMessages";
import { LinkError } from "../transport/errors";
import { readAgentMessage, type AgentMessage } from "./messages";

export interface SocketEvents {
  onMessage(message: AgentMessage): void;
  onSound(sound: ArrayBuffer): void;
  /** `reason` says why the other side ended the call; `null`: the line broke. */
  onEnd(reason: EndReason | null): void;
}

const KEEP_ALIVE_MS = 3000;
/** So much unsent sound, 4 s of it, is not worth sending any more: the line hesitates. */
const MOST_UNSENT = 128 * 1024;
const OPEN_TIMEOUT_MS = 12_000;
const [NORMAL, GOING_AWAY] = [1000, 1001];

export class AgentSocket {
  private readonly socket: WebSocket;
  private readonly applied = Promise.withResolvers<undefined>();
  private readonly keepingAlive: ReturnType<typeof setInterval>;
  private readonly timer: ReturnType<typeof setTimeout>;
  private soundAt = -Infinity;
  private ready = false;
  private failed: string | null = null;
  private over = false;

  constructor(
    url: string,
    token: string,
    private readonly settings: string,
    private readonly events: SocketEvents,
  ) {
    this.applied.promise.catch(() => undefined);
    this.socket = new WebSocket(url, ["bearer", token]);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.over) return;
      if (data instanceof ArrayBuffer) this.events.onSound(data);
      else if (typeof data === "string") this.receive(data);
    };
    this.socket.onclose = ({ code, reason }) => this.end(endReason(code, reason));
    this.keepingAlive = setInterval(() => {
      if (this.ready && performance.now() - this.soundAt > KEEP_ALIVE_MS - 500) this.send({ type: "KeepAlive" });
    }, KEEP_ALIVE_MS);
    this.timer = setTimeout(() => {
      if (!this.ready) this.end(null);
    }, OPEN_TIMEOUT_MS);
  }

  /** Resolves once the settings hold. Throws `LinkError`. */
  async opened(): Promise<void> {
    await this.applied.promise;
  }

  send(message: Record<string, unknown>): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  sendSound(pcm: ArrayBuffer): void {
    if (!this.ready || pcm.byteLength === 0) return; // an empty message would end the stream
    if (this.socket.readyState !== WebSocket.OPEN || this.socket.bufferedAmount > MOST_UNSENT) return;
    this.soundAt = performance.now();
    this.socket.send(pcm);
  }

  /** Gives the line up as broken. */
  abandon(): void {
    this.end(null);
  }

  close(): void {
    this.over = true;
    this.letGo();
  }

  private receive(text: string): void {
    const message = readAgentMessage(text);
    if (!message) return;
    if (message.type === "Welcome") this.socket.send(this.settings);
    if (message.type === "SettingsApplied") {
      this.ready = true;
      this.applied.resolve(undefined);
    }
    if (message.type === "Error") this.failed = message.description || message.code;
    if (this.ready || message.type !== "Error") this.events.onMessage(message);
  }

  private end(reason: EndReason | null): void {
    if (this.over) return;
    this.over = true;
    this.letGo();
    if (this.ready) this.events.onEnd(reason);
    else this.applied.reject(new LinkError(this.failed === null ? "unreachable" : "server"));
  }

  private letGo(): void {
    clearInterval(this.keepingAlive);
    clearTimeout(this.timer);
    this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.applied.reject(new LinkError("lost"));
  }
}

/** Our own server says why in the words of the protocol that the page speaks else; others only that they are done. */
export function endReason(code: number, said: string): EndReason | null {
  const reason = END_REASONS.find((each) => each === said);
  if (code === GOING_AWAY) return "shutdown";
  if (code === NORMAL) return reason ?? "link_lost";
  return null;
}
