/** What of the microphone's frames leaves for the agent. Knows no clock. Pure. */

/** Longer than an agent waits for more of a turn: one that hears nothing at all, not even silence, never ends it. */
const SILENCE_MS = 6000;

export class Outgoing {
  private silentUntil = -Infinity;

  /** What to send of a frame; once the microphone is muted nothing of it, but silence for a while, and then nothing. */
  frame(pcm: ArrayBuffer, enabled: boolean, now: number): ArrayBuffer | null {
    if (enabled) {
      this.silentUntil = now + SILENCE_MS;
      return pcm;
    }
    return now < this.silentUntil ? new ArrayBuffer(pcm.byteLength) : null;
  }
}
