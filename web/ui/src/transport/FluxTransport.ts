/** SmallWebRTC for `@pipecat-ai/client-js`, on the browser's own APIs: no other host is ever asked for anything. */

import { RTVIMessage, type Participant, type PipecatClientOptions } from "@pipecat-ai/client-js";

import { AudioTransport } from "./AudioTransport";
import { LinkError } from "./errors";
import { PeerLink } from "./PeerLink";
import { worthAnother } from "./retries";
import { offerUrl, type Endpoint } from "./signalling";

export interface FluxTransportOptions {
  /** Nothing gets through and the link may have to be made again (`true`), or it is back (`false`). */
  onReconnecting?(active: boolean): void;
  /** A new link stands in for the lost one: what was on its way over that is lost. Told before the link is back. */
  onRelinked?(): void;
  /** The link is gone for good. */
  onFailed?(error: LinkError): void;
}

interface ConnectParams {
  endpoint: Endpoint;
  iceServers: RTCIceServer[];
  requestData?: unknown;
}

const AUDIO_RECEIVER = 0;
const RETRY_MS = 2000;
const PATIENCE_MS = 5000;
const OPEN_TIMEOUT_MS = 15_000;

export class FluxTransport extends AudioTransport {
  private params: ConnectParams | null = null;
  private link: PeerLink | null = null;
  private pcId: string | null = null;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private reconnecting = false;
  private away = false;
  private established = false;
  /** Counts links made and ended, so that work begun for an earlier one knows that it is stale. */
  private epoch = 0;

  constructor(private readonly events: FluxTransportOptions = {}) {
    super();
  }

  initialize(options: PipecatClientOptions, messageHandler: (message: RTVIMessage) => void): void {
    this._options = options;
    this._callbacks = options.callbacks ?? {};
    this._onMessage = messageHandler;
    this.state = "disconnected";
  }

  /** What `/start` answered, or `{webrtcRequestParams}` where there is no start step. */
  _validateConnectionParams(params?: unknown): ConnectParams {
    const given = (params ?? {}) as {
      sessionId?: string;
      iceConfig?: { iceServers?: RTCIceServer[] };
      webrtcRequestParams?: { endpoint: string | URL; headers?: Headers; requestData?: unknown };
    };
    const iceServers = given.iceConfig?.iceServers ?? [];
    if (given.webrtcRequestParams) {
      const { endpoint, headers, requestData } = given.webrtcRequestParams;
      return { endpoint: { url: String(endpoint), headers }, iceServers, requestData };
    }
    const start = this._startBotParams;
    if (!given.sessionId || !start) throw new LinkError("server");
    const startUrl = start.endpoint instanceof Request ? start.endpoint.url : String(start.endpoint);
    return { endpoint: { url: offerUrl(startUrl, given.sessionId), headers: start.headers }, iceServers };
  }

  override async _connect(params?: ConnectParams): Promise<void> {
    if (!params) throw new LinkError("server");
    this.params = params;
    this.state = "connecting";
    const epoch = ++this.epoch;
    try {
      await this.establish(epoch, false);
    } catch (error) {
      if (epoch !== this.epoch) throw error;
      this.release();
      this.state = "error";
      throw error;
    }
    this.established = true;
    this.state = "connected";
    this._callbacks.onConnected?.();
    this._callbacks.onBotConnected?.(this.agent());
  }

  async _disconnect(): Promise<void> {
    this.epoch++;
    this.state = "disconnecting";
    this.microphone.close(); // at once: the last message needs none, and a page that says "ended" must not hear
    await this.link?.drain();
    this.release();
    this.state = "disconnected";
    this._callbacks.onDisconnected?.();
  }

  sendReadyMessage(): void {
    this.state = "ready";
    this.sendMessage(RTVIMessage.clientReady());
  }

  sendMessage(message: RTVIMessage): void {
    this.link?.send(message);
  }

  // ------ the link

  /** Makes a link, trying again where that can help; resolves once the data channel is open. */
  private async establish(epoch: number, restart: boolean): Promise<void> {
    const began = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.openLink(restart);
        return;
      } catch (error) {
        const fault = error instanceof LinkError ? error : new LinkError("ice");
        const tried = { restart, attempt, ms: performance.now() - began };
        if (epoch !== this.epoch || !worthAnother(fault, tried)) throw fault;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        if (epoch !== this.epoch) throw fault;
      }
    }
  }

  private async openLink(restart: boolean): Promise<void> {
    const { params } = this;
    if (!params) throw new LinkError("server");
    this.link?.close();
    const opened = Promise.withResolvers<undefined>();
    opened.promise.catch(() => undefined);
    const link = new PeerLink(
      { ...params, microphone: this.microphone.track },
      {
        onOpen: () => opened.resolve(undefined),
        onMessage: (text) => this.receive(text),
        onTrack: (track) => this.voiceArrived(track),
        onHealth: (healthy) => {
          if (link !== this.link) return;
          if (healthy === null) opened.reject(new LinkError("ice"));
          if (this.established && !this.reconnecting) this.healthChanged(healthy);
        },
      },
    );
    this.link = link;
    const timer = setTimeout(() => opened.reject(new LinkError("ice")), OPEN_TIMEOUT_MS);
    try {
      this.pcId = await link.negotiate(this.pcId, restart);
      await opened.promise;
    } catch (error) {
      link.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    this._maxMessageSize = link.maxMessageSize;
    this.announceMicrophone();
  }

  private healthChanged(healthy: boolean | null): void {
    clearTimeout(this.patience);
    if (healthy === null) return void this.reconnect();
    if (!healthy) this.patience = setTimeout(() => void this.reconnect(), PATIENCE_MS);
    this.tellAway(!healthy);
  }

  private tellAway(away: boolean): void {
    if (away === this.away) return;
    this.away = away;
    this.events.onReconnecting?.(away);
  }

  private async reconnect(): Promise<void> {
    const epoch = this.epoch;
    this.reconnecting = true;
    this.tellAway(true);
    try {
      await this.establish(epoch, true);
      if (epoch !== this.epoch) return;
      this.reconnecting = false;
      this.events.onRelinked?.();
      this.tellAway(false);
    } catch (error) {
      if (epoch !== this.epoch) return;
      this.epoch++;
      this.release();
      this.state = "error";
      this.events.onFailed?.(error instanceof LinkError && error.answered ? error : new LinkError("lost"));
      this._callbacks.onDisconnected?.();
    }
  }

  private release(): void {
    clearTimeout(this.patience);
    this.link?.close();
    this.link = null;
    this.pcId = null;
    this.established = false;
    this.reconnecting = false;
    this.away = false;
    this.microphone.close();
    if (this.voice) this._callbacks.onTrackStopped?.(this.voice, this.agent());
    this.voice = undefined;
  }

  private voiceArrived(track: MediaStreamTrack): void {
    this.voice = track;
    this._callbacks.onTrackStarted?.(track, this.agent());
  }

  // ------ messages

  private receive(text: string): void {
    const message = parse(text);
    if (message?.type === "signalling") this.signalled((message.message as { type?: string } | undefined)?.type);
    else if (message?.label === "rtvi-ai") this._onMessage(message as unknown as RTVIMessage);
  }

  private signalled(type: string | undefined): void {
    if (type === "renegotiate") {
      const { link, epoch } = this;
      link?.negotiate(this.pcId, false).catch(() => {
        // What stands in for it by now, or its end, has nothing to do with that.
        if (link === this.link && epoch === this.epoch && !this.reconnecting) this.healthChanged(null);
      });
    } else if (type === "peerLeft") {
      this._callbacks.onBotDisconnected?.(this.agent());
    }
  }

  protected async sendMicrophone(track: MediaStreamTrack | null): Promise<void> {
    await this.link?.replaceMicrophone(track);
  }

  protected announceMicrophone(): void {
    const message = { type: "trackStatus", receiver_index: AUDIO_RECEIVER, enabled: this.microphone.enabled };
    this.link?.send({ type: "signalling", message });
  }

  private agent(): Participant {
    return { id: this.pcId ?? "agent", name: "agent", local: false };
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
