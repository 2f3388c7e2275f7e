/** Runs on the audio thread: the microphone becomes frames of 16-bit sound at the rate that was agreed. */

import { Framer, toPcm16 } from "./pcm";
import { Resampler } from "./resampler";

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: unknown): void;
declare const sampleRate: number;

export interface CaptureOptions {
  rate: number;
  /** Samples of one frame. */
  frame: number;
}

class CaptureProcessor extends AudioWorkletProcessor {
  private readonly resampler: Resampler;
  private readonly framer: Framer;

  constructor({ processorOptions }: { processorOptions: CaptureOptions }) {
    super();
    this.resampler = new Resampler(sampleRate, processorOptions.rate);
    this.framer = new Framer(processorOptions.frame);
  }

  process([input]: Float32Array[][]): boolean {
    const channel = input?.[0];
    if (!channel) return true; // no microphone is connected now
    for (const frame of this.framer.add(this.resampler.process(channel.slice()))) {
      const power = frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length;
      const pcm = toPcm16(frame);
      this.port.postMessage({ pcm, level: Math.sqrt(power) }, [pcm]);
    }
    return true;
  }
}

registerProcessor("flux-capture", CaptureProcessor);
