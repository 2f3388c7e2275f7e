/** Sound as binary messages hold it: 16-bit samples, little-endian, mono. Pure. */

const BYTES = 2;
const FULL_SCALE = 32_768;

/** Turns samples of -1 to 1 into 16 bits; what is louder is cut off. */
export function toPcm16(samples: Float32Array): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(samples.length * BYTES));
  samples.forEach((sample, index) => {
    const level = Math.round((Number.isFinite(sample) ? sample : 0) * FULL_SCALE);
    view.setInt16(index * BYTES, Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, level)), true);
  });
  return view.buffer;
}

/** Reads messages of any length, even of half a sample: the other half comes with the next. */
export class Pcm16Reader {
  private half: number | null = null;

  read(message: ArrayBuffer): Float32Array {
    if (message.byteLength === 0) return new Float32Array();
    let bytes = new Uint8Array(message);
    if (this.half !== null) {
      bytes = new Uint8Array(message.byteLength + 1);
      bytes[0] = this.half;
      bytes.set(new Uint8Array(message), 1);
    }
    const count = Math.floor(bytes.length / BYTES);
    this.half = bytes.length % BYTES === 1 ? (bytes.at(-1) ?? null) : null;
    const view = new DataView(bytes.buffer, 0, count * BYTES);
    const samples = new Float32Array(count);
    for (let i = 0; i < count; i++) samples[i] = view.getInt16(i * BYTES, true) / FULL_SCALE;
    return samples;
  }

  /** Another answer begins: half a sample of an earlier one is no part of it. */
  reset(): void {
    this.half = null;
  }
}

/** Gathers samples into frames of one length. */
export class Framer {
  private frame: Float32Array;
  private filled = 0;

  constructor(size: number) {
    this.frame = new Float32Array(size);
  }

  /** The frames that are whole now. */
  add(samples: Float32Array): Float32Array[] {
    const whole: Float32Array[] = [];
    for (let from = 0; from < samples.length; ) {
      const part = samples.subarray(from, from + this.frame.length - this.filled);
      this.frame.set(part, this.filled);
      this.filled += part.length;
      from += part.length;
      if (this.filled < this.frame.length) break;
      whole.push(this.frame);
      this.frame = new Float32Array(this.frame.length);
      this.filled = 0;
    }
    return whole;
  }
}
