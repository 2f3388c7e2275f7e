/** SmallWebRTC for `@pipecat-ai/client-js`, on the browser's own APIs: no other host is ever asked for anything. */

import {
  DeviceError,
  RTVIMessage,
  Transport,
  UnsupportedFeatureError,
  type Participant,
  type PipecatClientOptions,
  type Tracks,
  type TransportState,
} from "@pipecat-ai/client-js";

import { LinkError } from "./errors";
import { Microphone } from "./Microphone";
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

export class FluxTransport extends Transport {
  private readonly microphone = new Microphone();
  private params: ConnectParams | null = null;
  private link: PeerLink | null = null;
  private pcId: string | null = null;
  private voice: MediaStreamTrack | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private reconnecting = false;
  private away = false;
  private established = false;
  /** Counts links made and ended, so that work begun for an earlier one knows that it is stale. */
  private epoch = 0;

  constructor(private readonly events: FluxTransportOptions = {}) {
    super();
    this.microphone.onEnded = () => this.microphoneLost();
  }

  initialize(options: PipecatClientOptions, messageHandler: (message: RTVIMessage) => void): void {
    this._options = options;
    this._callbacks = options.callbacks ?? {};
    this._onMessage = messageHandler;
    this.state = "disconnected";
  }

  async initDevices(): Promise<void> {
    this.state = "initializing";
    try {
      await this.openMicrophone();
    } catch (error) {
      this.state = "disconnected";
      throw error;
    }
    this.state = "initialized";
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

  get state(): TransportState {
    return this._state;
  }

  set state(state: TransportState) {
    if (this._state === state) return;
    this._state = state;
    this._callbacks.onTransportStateChanged?.(state);
  }

  // ------ microphone

  get isMicEnabled(): boolean {
    return this.microphone.enabled;
  }

  get selectedMic(): MediaDeviceInfo | Record<string, never> {
    return this.microphone.device;
  }

  getAllMics(): Promise<MediaDeviceInfo[]> {
    return Microphone.list("audioinput");
  }

  getAllSpeakers(): Promise<MediaDeviceInfo[]> {
    return Microphone.list("audiooutput");
  }

  enableMic(enable: boolean): void {
    this.microphone.enable(enable);
    if (enable && !this.microphone.track) void this.openMicrophone().catch(() => undefined);
    else this.announceMicrophone();
  }

  updateMic(micId: string): void {
    void this.openMicrophone(micId).catch(() => undefined);
  }

  tracks(): Tracks {
    return {
      local: this.microphone.track ? { audio: this.microphone.track } : {},
      ...(this.voice && { bot: { audio: this.voice } }),
    };
  }

  private async openMicrophone(deviceId?: string): Promise<void> {
    const earlier = this.microphone.track;
    try {
      const track = await this.microphone.open(deviceId);
      if (this.state === "disconnected" || this.state === "disconnecting") {
        this.microphone.close();
        return;
      }
      if (earlier) this._callbacks.onTrackStopped?.(earlier, this.caller());
      await this.link?.replaceMicrophone(track);
      this._callbacks.onTrackStarted?.(track, this.caller());
      this._callbacks.onMicUpdated?.(this.microphone.device as MediaDeviceInfo);
      this.announceMicrophone();
    } catch (error) {
      if (error instanceof DeviceError) this._callbacks.onDeviceError?.(error);
      throw error;
    }
  }

  private microphoneLost(): void {
    void this.link?.replaceMicrophone(null);
    this.announceMicrophone();
    this._callbacks.onDeviceError?.(new DeviceError(["mic"], "not-found"));
  }

  private announceMicrophone(): void {
    this.signal({ type: "trackStatus", receiver_index: AUDIO_RECEIVER, enabled: this.microphone.enabled });
  }

  // ------ what this transport has not: cameras, screens, choice of loudspeaker

  getAllCams(): Promise<MediaDeviceInfo[]> {
    return Promise.resolve([]);
  }

  get selectedCam(): Record<string, never> {
    return {};
  }

  get selectedSpeaker(): Record<string, never> {
    return {};
  }

  get isCamEnabled(): boolean {
    return false;
  }

  get isSharingScreen(): boolean {
    return false;
  }

  updateCam(): void {
    throw new UnsupportedFeatureError("updateCam");
  }

  enableCam(): void {
    throw new UnsupportedFeatureError("enableCam");
  }

  enableScreenShare(): void {
    throw new UnsupportedFeatureError("enableScreenShare");
  }

  updateSpeaker(): void {
    throw new UnsupportedFeatureError("updateSpeaker");
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
      this.link?.negotiate(this.pcId, false).catch(() => this.healthChanged(null));
    } else if (type === "peerLeft") {
      this._callbacks.onBotDisconnected?.(this.agent());
    }
  }

  private signal(message: Record<string, unknown>): void {
    this.link?.send({ type: "signalling", message });
  }

  private caller(): Participant {
    return { id: "local", name: "", local: true };
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
