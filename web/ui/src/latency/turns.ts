/** The turns that this page has seen, over all its calls; nothing of what was said. */

import { voiceToVoice, type Marks } from "../call/latency";

export interface MeasuredTurn {
  /** Which call of this page, counted from 1. */
  call: number;
  turn: number;
  /** When its answer came, in ms since 1970 by this browser's clock. */
  at: number;
  marks: Marks;
  /** What this browser heard itself, in ms. */
  heard: number | null;
}

/** A typed turn has no end of speech, so its figures are no voice-to-voice. */
export function isTyped({ endpoint, transcript }: Marks): boolean {
  return endpoint === null && transcript === null;
}

/** How long the caller of a spoken turn waited, by the server; `null` is unknown. */
export function spokenWait({ marks }: MeasuredTurn): number | null {
  return isTyped(marks) ? null : voiceToVoice(marks);
}

/** More would fit into no picture, and a page may stay open for days. */
export const MOST_TURNS = 500;

type Latencies = readonly { turn: number; marks: Marks; heard: number | null }[];

/** What tells of turns: a call. */
export interface TurnSource {
  subscribe(listener: () => void): () => void;
  getState(): { latencies: Latencies };
}

/** Follows a page's calls and keeps their turns, also after the next call has begun. */
export class TurnHistory {
  private kept: readonly MeasuredTurn[] = [];
  private seen: Latencies = [];
  private call = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly now: () => number = Date.now) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getTurns = (): readonly MeasuredTurn[] => this.kept;

  /** Returns what stops it. */
  follow(source: TurnSource): () => void {
    const look = (): void => this.take(source.getState().latencies);
    look();
    return source.subscribe(look);
  }

  private take(latencies: Latencies): void {
    if (latencies === this.seen) return;
    if (this.seen.length === 0 && latencies.length > 0) this.call++; // each call begins with none
    const before = new Set(this.seen);
    this.seen = latencies;
    const changed = latencies.filter((each) => !before.has(each));
    if (changed.length === 0) return;
    const turns = [...this.kept];
    for (const { turn, marks, heard } of changed) {
      const earlier = this.find(turn);
      const measured = { call: this.call, turn, at: earlier?.at ?? this.now(), marks, heard };
      if (earlier) turns[turns.indexOf(earlier)] = measured;
      else turns.push(measured);
    }
    this.kept = turns.slice(-MOST_TURNS);
    for (const listener of this.listeners) listener();
  }

  private find(turn: number): MeasuredTurn | undefined {
    return this.kept.findLast((each) => each.call === this.call && each.turn === turn);
  }
}
