/** The agent's voice between its arrival and the loudspeaker: gapless, and gone at once when the caller cuts in. Pure. */

/** So much must wait before sound begins, lest the next hesitation of the network be heard as a gap. */
const CUSHION_SECONDS = 0.08;
/** Nobody speaks so long: what comes beyond it is dropped. */
const LONGEST_SECONDS = 300;
/** A cut without a click. */
const FADE_SECONDS = 0.008;

export interface PlayState {
  /** Sound leaves for the loudspeaker. */
  playing: boolean;
  /** Samples of this answer that came in, and that were played. */
  received: number;
  played: number;
  /** All of the answer was played. */
  drained: boolean;
}

export class PlayQueue {
  private pieces: Float32Array[] = [];
  /** How much of the first piece was played. */
  private offset = 0;
  private waiting = 0;
  private received = 0;
  private played = 0;
  private playing = false;
  private ended = false;
  private fading: Float32Array | null = null;
  private readonly cushion: number;
  private readonly longest: number;
  private readonly fade: number;

  constructor(rate: number) {
    this.cushion = Math.round(rate * CUSHION_SECONDS);
    this.longest = rate * LONGEST_SECONDS;
    this.fade = Math.round(rate * FADE_SECONDS);
  }

  get state(): PlayState {
    const { playing, received, played } = this;
    return { playing, received, played, drained: this.ended && this.waiting === 0 };
  }

  add(samples: Float32Array): void {
    if (this.ended && this.waiting === 0) this.begin();
    this.ended = false;
    const taken = samples.subarray(0, Math.max(0, this.longest - this.waiting));
    if (taken.length === 0) return;
    this.pieces.push(taken);
    this.waiting += taken.length;
    this.received += taken.length;
  }

  /** No more of this answer comes: what is there may go without a cushion. */
  end(): void {
    this.ended = true;
  }

  /** Drops what was not played, and tells how much of the answer was. */
  cut(): PlayState {
    const { state } = this;
    const rest = new Float32Array(this.playing ? Math.min(this.fade, this.waiting) : 0);
    this.take(rest);
    this.fading = rest.map((sample, index) => sample * (1 - (index + 1) / rest.length));
    this.begin();
    this.ended = true;
    return state;
  }

  /** Fills `out` with what is to be heard next. */
  pull(out: Float32Array): void {
    out.fill(0);
    if (this.fading) {
      out.set(this.fading.subarray(0, out.length));
      this.fading = this.fading.length > out.length ? this.fading.subarray(out.length) : null;
      return;
    }
    if (!this.playing) this.playing = this.waiting > 0 && (this.ended || this.waiting >= this.cushion);
    if (!this.playing) return;
    this.played += this.take(out);
    if (this.waiting === 0) this.playing = false; // the end, or a gap: then a cushion gathers anew
  }

  private begin(): void {
    this.pieces = [];
    this.offset = this.waiting = this.received = this.played = 0;
    this.playing = this.ended = false;
  }

  private take(out: Float32Array): number {
    let filled = 0;
    for (let piece = this.pieces[0]; piece && filled < out.length; piece = this.pieces[0]) {
      const part = piece.subarray(this.offset, this.offset + out.length - filled);
      out.set(part, filled);
      filled += part.length;
      this.offset += part.length;
      if (this.offset < piece.length) break;
      this.pieces.shift();
      this.offset = 0;
    }
    this.waiting -= filled;
    return filled;
  }
}
