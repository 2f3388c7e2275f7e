/** One turn as a waterfall: a bar a stage, each beginning where the wait had come to. Pure. */

import { stages, type Mark, type Marks, type Stage } from "../call/latency";
import { scale, type Scale } from "./scale";
import { isTyped } from "./turns";

/** The stages that only a spoken turn has. */
const OF_SPEECH: ReadonlySet<Mark> = new Set(["endpoint", "transcript"]);

/** What the number of a tick takes, in pixels. */
const TICK_WIDTH = 46;

export type Bar =
  | { mark: Mark; known: true; from: number; to: number; at: number; mixed: boolean }
  /** Not measured, or a stage that a typed turn does not have. */
  | { mark: Mark; known: false; why: "unknown" | "typed" };

export interface Waterfall {
  bars: readonly Bar[];
  scale: Scale;
}

/** What each stage added, as `stages` has it; what a typed turn lacks hides no time in the stage after it. */
export function turnStages(marks: Marks): Stage[] {
  if (!isTyped(marks)) return stages(marks);
  const parts = stages({ ...marks, endpoint: 0, transcript: 0 });
  return parts.map((each) => (OF_SPEECH.has(each.mark) ? { ...each, at: null, added: null } : each));
}

/** The bars and their scale, drawn from `left` to `right`; what was heard here counts for the scale only. */
export function waterfall(marks: Marks, heard: number | null, left: number, right: number): Waterfall {
  const typed = isTyped(marks);
  const longest = Math.max(heard ?? 0, ...Object.values(marks).map((each) => each ?? 0));
  const axis = scale(longest, left, right, Math.min(4, Math.max(1, Math.floor((right - left) / TICK_WIDTH))));
  const bars = turnStages(marks).map(({ mark, at, added, mixed }): Bar => {
    if (at === null || added === null) {
      return { mark, known: false, why: typed && OF_SPEECH.has(mark) ? "typed" : "unknown" };
    }
    return { mark, known: true, from: axis.place(at - added), to: axis.place(at), at, mixed };
  });
  return { bars, scale: axis };
}
