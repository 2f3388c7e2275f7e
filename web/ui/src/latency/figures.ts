/** What many waits come to: the middle one, and the one that 19 of 20 stay under. Pure. */

export interface Figures {
  count: number;
  p50: number;
  p95: number;
}

/** A percentile, between two values linearly, as in the benchmarks; `null` of nothing. */
export function percentile(values: readonly number[], percent: number): number | null {
  const ordered = values.toSorted((a, b) => a - b);
  const at = ((ordered.length - 1) * percent) / 100;
  const below = ordered[Math.floor(at)];
  if (below === undefined) return null;
  const above = ordered[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}

/** The figures of what is known; an unknown wait counts for nothing. */
export function figures(waits: readonly (number | null)[]): Figures | null {
  const known = waits.filter((each) => each !== null);
  const p50 = percentile(known, 50);
  const p95 = percentile(known, 95);
  return p50 === null || p95 === null ? null : { count: known.length, p50, p95 };
}
