/** From milliseconds to places in a picture, with round numbers at its axis. Pure. */

export interface Scale {
  /** The end of the axis, a round number of milliseconds. */
  end: number;
  /** Where the axis has numbers, zero and the end included. */
  ticks: readonly number[];
  /** The place of a moment, between the two places that the scale was made for. */
  place(ms: number): number;
}

const ROUND = [1, 2, 5, 10];

/** A scale from zero to at least `longest` ms, drawn from `start` to `stop`, with `count` steps at most. */
export function scale(longest: number, start: number, stop: number, count: number): Scale {
  const least = Math.max(longest, 1) / count;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * (ROUND.find((each) => each * power >= least * (1 - 1e-9)) ?? 10);
  const steps = Math.ceil(Math.max(longest, 1) / step - 1e-9);
  const end = steps * step;
  const place = (ms: number): number => start + ((stop - start) * Math.min(Math.max(ms, 0), end)) / end;
  return { end, ticks: Array.from({ length: steps + 1 }, (_, index) => index * step), place };
}

/** Moves labels apart that would lie on each other, in the order of their places, within `from` and `to`. */
export function apart(places: readonly number[], gap: number, from: number, to: number): number[] {
  const order = places.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
  let least = from;
  for (const each of order) {
    each.place = Math.max(each.place, least);
    least = each.place + gap;
  }
  let most = to;
  for (const each of order.toReversed()) {
    each.place = Math.min(each.place, most);
    most = each.place - gap;
  }
  const moved = [...places];
  for (const { place, index } of order) moved[index] = place;
  return moved;
}
