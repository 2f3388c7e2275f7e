/**
 * How long the caller waited, as this page heard it: from the last loud moment of the microphone to the first audible
 * sample of the answer. All times are in seconds on one clock, that of the sound itself. Pure.
 *
 * What is not certain is left unknown: nothing is told of a turn whose beginning or answer cannot be made out.
 */

/** Below this a microphone hears nobody, however quiet the room. */
const QUIETEST_SPEECH_DB = -55;
const ABOVE_NOISE_DB = 12;
const NOISE_FLOOR_DB = -80;
/** How fast the room may become louder, per frame; it becomes quieter at once. */
const NOISE_RISE_DB = 0.05;
const FRAME_SECONDS = 0.01;
/** Loud frames in a row: a click is no speech. */
const RUN = 3;
/** About -50 dB of full scale; what comes of a silent line stays far below. */
const AUDIBLE = 0.003;
/** The first sound of an answer follows this much silence; else it may be the rest of what was said before. */
const HUSH = 0.15;
/** The server ends a turn within this much silence. */
const LONGEST_PAUSE = 6;
/** The server tells of a turn when its answer's first sound leaves: both come about together. */
const TOGETHER = 3;

export interface Heard {
  turn: number;
  ms: number;
}

interface Pending {
  end: number;
  firstSound: number | null;
  turn: { index: number; at: number } | null;
}

export class WaitMeter {
  private readonly speech = new SpeechLevel();
  private lastAudible = -Infinity;
  private pending: Pending | null = null;

  constructor(private readonly onHeard: (heard: Heard) => void) {}

  /** Takes what the microphone heard; the sample after the last one is at `end`. */
  microphone(samples: Float32Array, end: number, rate: number): void {
    this.speech.feed(samples, end, rate);
  }

  /** Takes what the agent's track played. */
  voice(samples: Float32Array, end: number, rate: number): void {
    for (let i = 0; i < samples.length; i++) {
      if (Math.abs(samples[i] ?? 0) < AUDIBLE) continue;
      const at = end - (samples.length - i) / rate;
      if (this.pending && this.pending.firstSound === null && at > this.pending.end && at - this.lastAudible >= HUSH) {
        this.pending.firstSound = at;
      }
      this.lastAudible = at;
    }
    this.settle(end);
  }

  /** Some sound was missed, as when the page was frozen: nothing begun before can be measured. */
  gap(): void {
    this.pending = null;
    this.speech.forget();
    this.lastAudible = Infinity; // until heard otherwise, the agent may be speaking
  }

  /** Says that the agent's line is silent by now, after a gap. */
  hushed(now: number): void {
    if (this.lastAudible === Infinity) this.lastAudible = now;
  }

  userStarted(): void {
    this.pending = null;
  }

  /** The server has taken the turn as ended, at `now`. */
  userStopped(now: number): void {
    const end = this.speech.end;
    const known = end !== null && now - end < LONGEST_PAUSE && now - this.lastAudible >= HUSH;
    this.pending = known ? { end, firstSound: null, turn: null } : null;
  }

  /** The agent's earlier words ended or were cut: what of them is still on its way is no answer. */
  agentStopped(now: number): void {
    const { pending } = this;
    if (pending && pending.turn === null && (pending.firstSound !== null || now - this.lastAudible < HUSH)) {
      this.pending = null;
    }
  }

  /** The server says that the answer to a spoken turn begins to sound. */
  answered(turn: number, now: number): void {
    if (this.pending) this.pending.turn = { index: turn, at: now };
    this.settle(now);
  }

  private settle(now: number): void {
    const { pending } = this;
    if (!pending) return;
    const { end, firstSound, turn } = pending;
    if (firstSound !== null && turn) {
      this.pending = null;
      if (Math.abs(firstSound - turn.at) <= TOGETHER) {
        this.onHeard({ turn: turn.index, ms: Math.round((firstSound - end) * 10_000) / 10 });
      }
    } else if (now - (firstSound ?? turn?.at ?? now) > TOGETHER) {
      this.pending = null; // a sound that answered nothing, or an answer that nobody heard
    }
  }
}

/** Finds the last loud moment of a microphone, against the noise of its room. */
class SpeechLevel {
  private noise = NOISE_FLOOR_DB;
  private power = 0;
  private count = 0;
  private run = 0;
  private lastLoud: number | null = null;

  get end(): number | null {
    return this.lastLoud;
  }

  forget(): void {
    this.power = this.count = this.run = 0;
    this.lastLoud = null;
  }

  feed(samples: Float32Array, end: number, rate: number): void {
    const frame = Math.round(FRAME_SECONDS * rate);
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] ?? 0;
      this.power += sample * sample;
      if (++this.count < frame) continue;
      this.level(10 * Math.log10(this.power / frame + 1e-12), end - (samples.length - i - 1) / rate);
      this.power = this.count = 0;
    }
  }

  private level(decibels: number, at: number): void {
    const loud = decibels > Math.max(this.noise + ABOVE_NOISE_DB, QUIETEST_SPEECH_DB);
    this.noise = Math.max(NOISE_FLOOR_DB, Math.min(decibels, this.noise + NOISE_RISE_DB));
    this.run = loud ? this.run + 1 : 0;
    if (this.run >= RUN) this.lastLoud = at;
  }
}
