/** Listens to both tracks of a call on one clock and tells how long each answer was waited for. */

import type { Tracks } from "./Line";
import type { CallEvent } from "./state";
import { WaitMeter, type Heard } from "./waitMeter";

const WINDOW = 16_384; // samples kept by the browser, a third of a second: a look may come late by as much
const LOOK_MS = 50;

interface Ear {
  track: MediaStreamTrack;
  source: MediaStreamAudioSourceNode;
  analyser: AnalyserNode;
}

export class Ears {
  private readonly meter: WaitMeter;
  private readonly samples = new Float32Array(WINDOW);
  private readonly context = new AudioContext();
  private microphone: Ear | null = null;
  private voice: Ear | null = null;
  private looked = 0;
  private readonly looking: ReturnType<typeof setInterval>;

  constructor(onHeard: (heard: Heard) => void) {
    this.meter = new WaitMeter(onHeard);
    this.looking = setInterval(() => this.look(), LOOK_MS);
    void this.context.resume().catch(() => undefined);
  }

  listen({ microphone, voice }: Tracks): void {
    this.microphone = this.change(this.microphone, microphone);
    this.voice = this.change(this.voice, voice);
  }

  /** Takes note of who speaks. */
  follow({ type }: CallEvent): void {
    if (type === "user-started") this.meter.userStarted();
    else if (type === "user-stopped") this.userStopped();
    else if (type === "agent-stopped") this.agentStopped();
  }

  answered(turn: number): void {
    this.look();
    this.meter.answered(turn, this.looked);
  }

  close(): void {
    clearInterval(this.looking);
    this.listen({ microphone: null, voice: null });
    void this.context.close();
  }

  private userStopped(): void {
    this.look();
    if (this.context.state === "running" && this.microphone && this.voice) this.meter.userStopped(this.looked);
  }

  private agentStopped(): void {
    this.look();
    this.meter.agentStopped(this.looked);
  }

  private change(ear: Ear | null, track: MediaStreamTrack | null): Ear | null {
    if (ear?.track === track) return ear;
    ear?.source.disconnect();
    this.meter.gap();
    if (!track) return null;
    const source = this.context.createMediaStreamSource(new MediaStream([track]));
    const analyser = this.context.createAnalyser();
    analyser.fftSize = WINDOW;
    source.connect(analyser);
    return { track, source, analyser };
  }

  /** Hands on what came since the last look. */
  private look(): void {
    const { currentTime: now, sampleRate } = this.context;
    const fresh = Math.round((now - this.looked) * sampleRate);
    if (fresh <= 0) return;
    if (fresh > WINDOW) this.meter.gap();
    this.looked = now;
    const from = Math.max(0, WINDOW - fresh);
    if (this.microphone) {
      this.microphone.analyser.getFloatTimeDomainData(this.samples);
      this.meter.microphone(this.samples.subarray(from), now, sampleRate);
    }
    if (this.voice) {
      this.voice.analyser.getFloatTimeDomainData(this.samples);
      this.meter.voice(this.samples.subarray(from), now, sampleRate);
    }
    this.meter.hushed(now);
  }
}
