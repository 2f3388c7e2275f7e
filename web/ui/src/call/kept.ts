/** What outlives a call: told where the line is lost, so that nobody says it all again. */

import type { CallState } from "./state";
import { readable, type ToolCall } from "./tools";

export interface Kept {
  /** Something was said that the agent has taken. */
  said: boolean;
  /** What each tool call left behind, in the order it was done. */
  saved: readonly string[];
  /** Written, and never arrived. */
  lost: number;
}

export function whatWasKept({ transcript, tools }: CallState): Kept {
  const users = transcript.messages.flatMap((each) => (each.kind === "user" ? [each] : []));
  return {
    said: users.some((each) => each.taken || !each.typed),
    saved: tools.filter((each) => each.status === "done").flatMap((each) => nameOf(each) ?? []),
    lost: users.filter((each) => each.lost).length,
  };
}

/** A record's first words: a goal's statement, a task's title. */
function nameOf({ record, args }: ToolCall): string | undefined {
  const fields = readable(record ?? args);
  return (fields.find((each) => each.key === "statement" || each.key === "title") ?? fields[0])?.value;
}
