/** The history of waits as lines of a picture: what is unknown is a gap, never a point at zero. Pure. */

import { figures, type Figures } from "./figures";
import { apart, scale, type Scale } from "./scale";
import { isTyped, spokenWait, type MeasuredTurn } from "./turns";

export type Clock = "server" | "heard";
export const CLOCKS: readonly Clock[] = ["server", "heard"];

export interface Point {
  x: number;
  y: number;
  turn: MeasuredTurn;
  ms: number;
}

export interface Series {
  clock: Clock;
  figures: Figures | null;
  /** Runs of neighbouring turns whose wait is known. */
  runs: readonly (readonly Point[])[];
}

export interface Line {
  clock: Clock;
  name: "p50" | "p95";
  y: number;
  labelY: number;
}

export interface Plot {
  y: Scale;
  series: readonly Series[];
  lines: readonly Line[];
  /** Where a new call begins. */
  breaks: readonly number[];
}

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const LABEL_GAP = 13;
/** More points than this cannot be told apart; the figures of the history are still those of all turns. */
export const MOST_POINTS = 60;

/** The wait of a turn by one of the two clocks, whose times are never mixed. */
export function wait(turn: MeasuredTurn, clock: Clock): number | null {
  return clock === "server" ? spokenWait(turn) : turn.heard;
}

/** The last turns that were spoken, as a picture; `null` where no wait is known. */
export function plot(turns: readonly MeasuredTurn[], box: Box): Plot | null {
  const spoken = turns.filter(({ marks }) => !isTyped(marks));
  const summaries = CLOCKS.map((clock) => figures(spoken.map((each) => wait(each, clock))));
  if (summaries.every((each) => each === null)) return null;
  const shown = spoken.slice(-MOST_POINTS);
  const waits = shown.flatMap((turn) => CLOCKS.map((clock) => wait(turn, clock) ?? 0));
  const longest = Math.max(...waits, ...summaries.map((each) => each?.p95 ?? 0));
  const y = scale(longest, box.bottom, box.top, 4);
  const step = (box.right - box.left) / shown.length;
  const x = (index: number): number => box.left + step * (index + 0.5);
  const series = CLOCKS.map((clock, index) => ({
    clock,
    figures: summaries[index] ?? null,
    runs: runs(shown.map((turn, at) => point(turn, wait(turn, clock), x(at), y))),
  }));
  const lines = series.flatMap(({ clock, figures: of }) =>
    of === null ? [] : ([["p50", of.p50], ["p95", of.p95]] as const).map(([name, ms]) => ({ clock, name, y: y.place(ms) })),
  );
  const labels = apart(lines.map((each) => each.y), LABEL_GAP, box.top, box.bottom);
  const breaks = shown.flatMap(({ call }, index) =>
    index > 0 && shown[index - 1]?.call !== call ? [box.left + step * index] : [],
  );
  return { y, series, lines: lines.map((line, index) => ({ ...line, labelY: labels[index] ?? line.y })), breaks };
}

function point(turn: MeasuredTurn, ms: number | null, x: number, y: Scale): Point | null {
  return ms === null ? null : { x, y: y.place(ms), turn, ms };
}

function runs(points: readonly (Point | null)[]): Point[][] {
  const found: Point[][] = [];
  let open: Point[] | null = null;
  for (const each of points) {
    if (each === null) open = null;
    else if (open) open.push(each);
    else found.push((open = [each]));
  }
  return found;
}
