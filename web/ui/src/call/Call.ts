/** One page's calls: opens a line, keeps the state, plays the agent's voice. */

import { DeviceError } from "@pipecat-ai/client-js";

import type { DeviceControls } from "../settings/controls";
import { mediaDevices } from "../settings/devices";
import { LinkError } from "../transport/errors";
import { Ears } from "./Ears";
import { callFault, microphoneFault } from "./faults";
import type { Line, LineEvents, OpenLine, Tracks } from "./Line";
import { pageLine } from "./pageLine";
import { initialState, inCall, reduce, type CallEvent, type CallFault, type CallState } from "./state";
import { untaken } from "./transcript";

export type { Tracks } from "./Line";

const READY_TIMEOUT_MS = 20_000;

export class Call implements DeviceControls {
  private state: CallState = initialState;
  private tracksNow: Tracks = { microphone: null, voice: null };
  private readonly listeners = new Set<() => void>();
  private line: Line | null = null;
  private readonly speaker = new Audio();
  private microphoneId = "";
  private loudspeakerId = "";
  /** Counts the attempts to set the loudspeaker. */
  private sinks = 0;
  private ears: Ears | null = null;
  /** Counts lines that were asked for: one that comes late is not wanted any more. */
  private attempt = 0;
  /** Typed while the line was not up. */
  private unsent: string[] = [];

  constructor(
    startUrl = new URL("start", document.baseURI).href,
    private readonly openLine: OpenLine = pageLine(startUrl),
  ) {
    this.speaker.autoplay = true;
    addEventListener("pagehide", this.leave);
    mediaDevices()?.addEventListener("devicechange", this.applyLoudspeaker);
  }

  /** Ends what there is and lets go of the page: for those that outlive their calls' place in it. */
  dispose(): void {
    removeEventListener("pagehide", this.leave);
    mediaDevices()?.removeEventListener("devicechange", this.applyLoudspeaker);
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
    this.applyLoudspeaker();
    if (text) {
      this.tell({ type: "user-typed", text });
      this.unsent.push(text);
    }
    const line = await this.open(mic);
    if (!line) return;
    try {
      if (mic) await line.openMicrophone();
      if (line !== this.line) return;
      await within(READY_TIMEOUT_MS, line.connect());
      if (line !== this.line) return;
      this.tell({ type: "connected" });
      this.sendWaiting();
    } catch (error) {
      const fault = error instanceof DeviceError ? microphoneFault(error, isSecureContext) : callFault(error);
      this.fail(line, fault, error instanceof LinkError ? error.detail : undefined);
    }
  };

  /** Sends typed words, calling first if there is no call; no microphone is needed. */
  readonly sendText = async (text: string): Promise<void> => {
    const words = text.trim();
    if (!words) return;
    if (!inCall(this.state)) return this.start({ mic: false, text: words });
    this.tell({ type: "user-typed", text: words });
    if (this.state.phase === "live") this.line?.sendText(words);
    else this.unsent.push(words);
  };

  readonly toggleMicrophone = (): void => {
    const { line } = this;
    if (!line || !inCall(this.state)) return;
    if (this.state.mic === "off") this.tell({ type: "mic", mic: "opening" });
    else this.tell({ type: "mic", mic: this.state.mic === "muted" ? "on" : "muted" });
    line.enableMic(this.state.mic !== "muted");
  };

  readonly end = (): void => {
    if (!inCall(this.state)) return;
    this.tell({ type: "ended", reason: "caller" });
    this.hangUp();
  };

  readonly letSoundOut = (): void => {
    this.line?.wake?.();
    this.play();
  };

  /** Keeps what is typed but not sent. */
  readonly setDraft = (text: string): void => this.tell({ type: "draft", text });

  readonly dismissFault = (): void => this.tell({ type: "fault-dismissed" });

  // ------ what is set

  readonly setMicrophone = (deviceId: string): void => {
    this.microphoneId = deviceId;
    this.line?.updateMic(deviceId);
  };

  readonly setLoudspeaker = (deviceId: string): void => {
    this.loudspeakerId = deviceId;
    this.applyLoudspeaker();
  };

  readonly setVolume = (volume: number): void => {
    this.speaker.volume = volume;
    this.tell({ type: "silent", silent: volume === 0 });
  };

  // ------ the line

  /** Takes a line; none where the call was ended meanwhile. */
  private async open(mic: boolean): Promise<Line | null> {
    const attempt = ++this.attempt;
    let line: Line | null = null;
    // What a line says that is not the call's any more is not heard.
    const heeded =
      <Args extends unknown[]>(act: (...args: Args) => void) =>
      (...args: Args): void => {
        if (line && line === this.line) act(...args);
      };
    const events: LineEvents = {
      tell: heeded((event) => this.tell(event)),
      trackStarted: heeded((side, track) => this.trackStarted(side, track)),
      trackStopped: heeded((track) => this.trackStopped(track)),
      reconnecting: heeded((active) => {
        this.tell({ type: "reconnecting", active });
        if (!active) this.sendWaiting();
      }),
      relinked: heeded(() => {
        this.tell({ type: "relinked" });
        this.unsent = untaken(this.state.transcript);
      }),
      answered: heeded((turn) => this.ears?.answered(turn)),
      failed: heeded((fault, detail) => {
        if (line) this.fail(line, fault, detail);
      }),
      closed: heeded(() => {
        this.letGo();
        this.tell({ type: "ended", reason: "link_lost" });
      }),
    };
    try {
      line = await this.openLine(events, { mic });
    } catch (error) {
      if (attempt !== this.attempt || !inCall(this.state)) return null;
      this.tell({ type: "failed", fault: callFault(error) });
      this.letGo();
      return null;
    }
    if (attempt !== this.attempt || !inCall(this.state)) {
      line.drop();
      return null;
    }
    this.line = line;
    if (this.microphoneId) line.updateMic(this.microphoneId);
    this.ears = this.makeEars(line);
    return line;
  }

  /** Measures what the caller hears; who cannot is none the worse for it. */
  private makeEars(line: Line): Ears | null {
    try {
      return new Ears(({ turn, ms }) => {
        if (line !== this.line || this.state.phase !== "live" || this.state.soundBlocked) return;
        this.tell({ type: "heard", turn, ms });
        line.heard?.(turn, ms);
      });
    } catch {
      return null;
    }
  }

  private fail(line: Line, fault: CallFault, detail?: string): void {
    if (line !== this.line) return;
    this.tell({ type: "failed", fault, ...(detail && { detail }) });
    this.letGo();
    line.drop();
  }

  /** The browser may bring the page back as it was: then the call is over, and has to look so. */
  private readonly leave = (): void => {
    this.tell({ type: "ended", reason: "left" });
    this.hangUp();
  };

  /** Says goodbye and lets go. */
  private hangUp(): void {
    const { line } = this;
    if (!line) return;
    this.letGo();
    line.hangUp();
  }

  private sendWaiting(): void {
    for (const each of this.unsent.splice(0)) this.line?.sendText(each);
  }

  private letGo(): void {
    this.line = null;
    this.unsent = [];
    this.speaker.srcObject = null;
    this.ears?.close();
    this.ears = null;
    this.setTracks({ microphone: null, voice: null });
  }

  // ------ sound

  /** Tries what is chosen, each time that it may have become possible; what is unplugged is no obstacle. */
  private readonly applyLoudspeaker = (): void => {
    const { speaker } = this;
    if (!("setSinkId" in speaker)) return; // not every browser lets a page choose
    const attempt = ++this.sinks;
    speaker.setSinkId(this.loudspeakerId).catch(() => {
      if (attempt === this.sinks) speaker.setSinkId("").catch(() => undefined);
    });
  };

  private trackStarted(side: keyof Tracks, track: MediaStreamTrack): void {
    this.setTracks({ ...this.tracksNow, [side]: track });
    if (side === "microphone") {
      this.tell({ type: "mic", mic: track.enabled ? "on" : "muted" });
      this.applyLoudspeaker(); // which may be chosen only once the microphone is allowed
    } else {
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
    this.ears?.follow(event);
    this.state = reduce(this.state, event);
    this.announce();
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }
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
