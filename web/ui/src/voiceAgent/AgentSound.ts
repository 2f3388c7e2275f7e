/** The sound of one call over a socket: the caller's microphone in frames, the agent's voice as a track. */

import type { CaptureOptions } from "./capture.worklet";
import captureUrl from "./capture.worklet?worker&url";
import { Pcm16Reader } from "./pcm";
import type { PlayOrder } from "./playback.worklet";
import playbackUrl from "./playback.worklet?worker&url";
import type { PlayState } from "./playQueue";
import { Resampler } from "./resampler";

export interface SoundRates {
  input: number;
  output: number;
}

export interface SoundEvents {
  /** 20 ms of what the microphone hears, and how loud that is, from 0 to 1. */
  onFrame(pcm: ArrayBuffer, level: number): void;
  /** Seconds of the present answer that came and were played. */
  onPlayed(state: PlayState): void;
}

const FRAMES_PER_SECOND = 50;

export class AgentSound {
  private source: MediaStreamAudioSourceNode | null = null;
  private readonly reader = new Pcm16Reader();
  private resampler: Resampler;

  private constructor(
    private readonly context: AudioContext,
    private readonly capture: AudioWorkletNode,
    private readonly playback: AudioWorkletNode,
    private readonly outlet: MediaStreamAudioDestinationNode,
    private readonly rates: SoundRates,
    events: SoundEvents,
  ) {
    this.resampler = new Resampler(rates.output, context.sampleRate);
    capture.port.onmessage = ({ data }: MessageEvent<{ pcm: ArrayBuffer; level: number }>) =>
      events.onFrame(data.pcm, data.level);
    playback.port.onmessage = ({ data }: MessageEvent<PlayState>) =>
      events.onPlayed({
        ...data,
        received: data.received / context.sampleRate,
        played: data.played / context.sampleRate,
      });
  }

  static async open(context: AudioContext, rates: SoundRates, events: SoundEvents): Promise<AgentSound> {
    await Promise.all([captureUrl, playbackUrl].map((url) => context.audioWorklet.addModule(url)));
    const processorOptions: CaptureOptions = { rate: rates.input, frame: Math.round(rates.input / FRAMES_PER_SECOND) };
    const capture = new AudioWorkletNode(context, "flux-capture", {
      channelCount: 1,
      channelCountMode: "explicit",
      processorOptions,
    });
    const playback = new AudioWorkletNode(context, "flux-playback", { numberOfInputs: 0, outputChannelCount: [1] });
    const outlet = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    capture.connect(outlet); // silence: only what leads somewhere is run
    playback.connect(outlet);
    return new AgentSound(context, capture, playback, outlet, rates, events);
  }

  get voice(): MediaStreamTrack | null {
    return this.outlet.stream.getAudioTracks()[0] ?? null;
  }

  listen(track: MediaStreamTrack | null): void {
    this.source?.disconnect();
    this.source = track && this.context.createMediaStreamSource(new MediaStream([track]));
    this.source?.connect(this.capture);
  }

  add(message: ArrayBuffer): void {
    const samples = this.resampler.process(this.reader.read(message));
    if (samples.length > 0) this.order({ type: "sound", samples }, [samples.buffer]);
  }

  /** The answer is whole. */
  end(): void {
    this.order({ type: "end" });
    this.begin();
  }

  /** What was not played yet is not played any more. */
  cut(): void {
    this.order({ type: "cut" });
    this.begin();
  }

  close(): void {
    this.listen(null);
    this.capture.disconnect();
    this.playback.disconnect();
    this.capture.port.onmessage = this.playback.port.onmessage = null;
    this.voice?.stop();
  }

  private begin(): void {
    this.reader.reset();
    this.resampler = new Resampler(this.rates.output, this.context.sampleRate);
  }

  private order(order: PlayOrder, transfer: Transferable[] = []): void {
    this.playback.port.postMessage(order, transfer);
  }
}
