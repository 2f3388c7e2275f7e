/** Runs on the audio thread: plays what the queue has, and tells how far it is. */

import { PlayQueue, type PlayState } from "./playQueue";

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: unknown): void;
declare const sampleRate: number;

export type PlayOrder = { type: "sound"; samples: Float32Array } | { type: "end" } | { type: "cut" };

/** Told so often while sound is played, and at every change. */
const TELL_SECONDS = 0.1;

class PlaybackProcessor extends AudioWorkletProcessor {
  private readonly queue = new PlayQueue(sampleRate);
  private told: PlayState = this.queue.state;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlayOrder>) => {
      if (data.type === "sound") this.queue.add(data.samples);
      else if (data.type === "end") this.queue.end();
      else this.queue.cut();
    };
  }

  process(_: unknown, [output]: Float32Array[][]): boolean {
    const channel = output?.[0];
    if (channel) this.queue.pull(channel);
    const { state, told } = this;
    const moved = state.playing !== told.playing || state.drained !== told.drained;
    if (moved || Math.abs(state.played - told.played) >= TELL_SECONDS * sampleRate) {
      this.told = state;
      this.port.postMessage(state);
    }
    return true;
  }

  private get state(): PlayState {
    return this.queue.state;
  }
}

registerProcessor("flux-playback", PlaybackProcessor);
