/** One peer connection with its data channel; a reconnect makes a new one. */

import { LinkError } from "./errors";
import { patchCandidates, postOffer, type Endpoint } from "./signalling";
import { Trickle } from "./Trickle";

export interface PeerLinkEvents {
  /** The data channel is open. */
  onOpen(): void;
  /** A message that is not ours to understand came in. */
  onMessage(text: string): void;
  /** The agent's voice. */
  onTrack(track: MediaStreamTrack): void;
  /** The link looks broken (`false`), may have healed (`true`), or is gone for good (`null`). */
  onHealth(healthy: boolean | null): void;
}

export interface PeerLinkOptions {
  endpoint: Endpoint;
  iceServers: RTCIceServer[];
  microphone: MediaStreamTrack | null;
  requestData?: unknown;
}

const PING_MS = 1000;
const DRAIN_MS = 200;

export class PeerLink {
  private readonly pc: RTCPeerConnection;
  private readonly channel: RTCDataChannel;
  private readonly voice: RTCRtpTransceiver;
  private readonly trickle: Trickle;
  private readonly aborter = new AbortController();
  private pinging: ReturnType<typeof setInterval> | undefined;
  private closed = false;

  constructor(
    private readonly options: PeerLinkOptions,
    private readonly events: PeerLinkEvents,
  ) {
    this.trickle = new Trickle((pcId, candidates) => patchCandidates(options.endpoint, pcId, candidates));
    this.pc = new RTCPeerConnection({ iceServers: options.iceServers });
    this.voice = this.pc.addTransceiver(options.microphone ?? "audio", { direction: "sendrecv" });
    this.channel = this.pc.createDataChannel("chat", { ordered: true });
    this.watchPeer();
    this.watchChannel();
  }

  get open(): boolean {
    return this.channel.readyState === "open";
  }

  get maxMessageSize(): number {
    return this.pc.sctp?.maxMessageSize ?? 64 * 1024;
  }

  /** Offers, awaits the answer and returns the name the server gave this connection. */
  async negotiate(pcId: string | null, restart: boolean): Promise<string> {
    this.trickle.restart();
    await this.pc.setLocalDescription(await this.pc.createOffer());
    const { sdp = "", type } = this.pc.localDescription ?? {};
    const answer = await postOffer(
      this.options.endpoint,
      {
        sdp,
        type: type ?? "offer",
        pc_id: pcId,
        restart_pc: restart,
        ...(this.options.requestData !== undefined && { requestData: this.options.requestData }),
      },
      this.aborter.signal,
    );
    if (this.closed) throw new LinkError("lost");
    await this.pc.setRemoteDescription({ type: answer.type, sdp: answer.sdp });
    this.trickle.open(answer.pcId);
    return answer.pcId;
  }

  send(message: unknown): boolean {
    if (!this.open) return false;
    this.channel.send(JSON.stringify(message));
    return true;
  }

  async replaceMicrophone(track: MediaStreamTrack | null): Promise<void> {
    await this.voice.sender.replaceTrack(track);
  }

  /** Lets the last message leave, as a goodbye should. */
  async drain(): Promise<void> {
    const until = performance.now() + DRAIN_MS;
    do await new Promise((resolve) => setTimeout(resolve, 25));
    while (this.open && this.channel.bufferedAmount > 0 && performance.now() < until);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.pinging);
    this.aborter.abort();
    this.trickle.close();
    this.channel.close();
    this.pc.close();
  }

  private watchPeer(): void {
    this.pc.onicecandidate = ({ candidate }) => {
      if (!this.closed) this.trickle.add(candidate);
    };
    this.pc.ontrack = ({ track }) => this.events.onTrack(track);
    this.pc.onconnectionstatechange = () => this.reportHealth(this.pc.connectionState);
    this.pc.oniceconnectionstatechange = () => this.reportHealth(this.pc.iceConnectionState);
  }

  private reportHealth(state: RTCIceConnectionState | RTCPeerConnectionState): void {
    if (this.closed) return;
    if (state === "connected" || state === "completed") this.events.onHealth(true);
    else if (state === "disconnected") this.events.onHealth(false);
    else if (state === "failed" || state === "closed") this.events.onHealth(null);
  }

  private watchChannel(): void {
    this.channel.onopen = () => {
      if (this.closed) return;
      this.pinging = setInterval(() => {
        if (this.open) this.channel.send(`ping: ${Date.now()}`);
      }, PING_MS);
      this.events.onOpen();
    };
    this.channel.onmessage = ({ data }) => {
      if (!this.closed && typeof data === "string") this.events.onMessage(data);
    };
    this.channel.onclose = () => {
      clearInterval(this.pinging);
      if (!this.closed) this.events.onHealth(null);
    };
  }
}
