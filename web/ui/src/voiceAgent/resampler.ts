/** Another sample rate for a stream of sound, by windowed sinc. Pure; what it holds back is half its kernel. */

/** Zero crossings of the kernel on each side. */
const CROSSINGS = 12;
/** How much of the band below half the lower rate is let through: the kernel needs room to fall. */
const PASS = 0.92;
/** Points of the kernel's table for each sample; between two of them it is a line. */
const POINTS = 512;

export class Resampler {
  private readonly step: number;
  private readonly cutoff: number;
  private readonly reach: number;
  private readonly table: Float32Array;
  private line: Float32Array;
  /** Where in `line` the next sample of the result lies. */
  private position: number;

  constructor(
    readonly from: number,
    readonly to: number,
  ) {
    this.step = from / to;
    this.cutoff = Math.min(1, to / from) * PASS;
    this.reach = Math.ceil(CROSSINGS / this.cutoff);
    this.table = Float32Array.from({ length: this.reach * POINTS + 2 }, (_, i) => this.kernel(i / POINTS));
    this.line = new Float32Array(this.reach); // silence before the beginning
    this.position = this.reach;
  }

  process(samples: Float32Array): Float32Array {
    if (this.from === this.to) return samples;
    const line = new Float32Array(this.line.length + samples.length);
    line.set(this.line);
    line.set(samples, this.line.length);
    const last = line.length - 1 - this.reach;
    const count = Math.max(0, Math.floor((last - this.position) / this.step) + 1);
    const result = new Float32Array(count);
    for (let i = 0; i < count; i++) result[i] = this.sample(line, this.position + i * this.step);
    this.position += count * this.step;
    const keep = Math.min(line.length, Math.max(0, Math.floor(this.position) - this.reach));
    this.line = line.slice(keep);
    this.position -= keep;
    return result;
  }

  private sample(line: Float32Array, at: number): number {
    const first = Math.max(0, Math.ceil(at - this.reach));
    const end = Math.min(line.length - 1, Math.floor(at + this.reach));
    let sum = 0;
    for (let i = first; i <= end; i++) {
      const point = Math.abs(i - at) * POINTS;
      const below = Math.floor(point);
      const left = this.table[below] ?? 0;
      sum += (line[i] ?? 0) * (left + (point - below) * ((this.table[below + 1] ?? 0) - left));
    }
    return sum;
  }

  private kernel(x: number): number {
    const phase = Math.PI * this.cutoff * x;
    const sinc = phase === 0 ? 1 : Math.sin(phase) / phase;
    return this.cutoff * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / (this.reach + 1)));
  }
}
