/** The marks of one turn, in milliseconds from the end of the caller's speech. */

export const MARKS = [
  "endpoint",
  "transcript",
  "llm_first_token",
  "llm_first_phrase",
  "tts_first_audio",
  "audio_out",
] as const;

export type Mark = (typeof MARKS)[number];
export type Marks = Readonly<Record<Mark, number | null>>;

export interface Stage {
  mark: Mark;
  /** When it was reached; `null` is unknown, never zero. */
  at: number | null;
  /** What it added to the wait: stages may overlap, so one that came early added nothing. */
  added: number | null;
  /** An earlier stage was not measured, so its time is inside this one's. */
  mixed: boolean;
}

export function voiceToVoice(marks: Marks): number | null {
  return marks.audio_out;
}

/** What each stage added to the wait, so that the parts sum up to the last known mark. */
export function stages(marks: Marks): Stage[] {
  let reached = 0;
  let gap = false;
  return MARKS.map((mark) => {
    const at = marks[mark];
    if (at === null) {
      gap = true;
      return { mark, at, added: null, mixed: false };
    }
    const added = Math.max(0, at - reached);
    reached = Math.max(reached, at);
    const mixed = gap && added > 0;
    gap &&= added === 0;
    return { mark, at, added, mixed };
  });
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
