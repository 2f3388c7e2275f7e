/** How often a link that could not be made is tried again. */

import type { LinkError } from "./errors";

export interface Tried {
  /** The call was connected before. */
  restart: boolean;
  /** Counts from 1. */
  attempt: number;
  /** How long it has been tried. */
  ms: number;
}

const ATTEMPTS = 3;
/** As long as the server keeps a call whose link is lost, unless it is set otherwise. */
const PERSISTENCE_MS = 30_000;

export function worthAnother(error: LinkError, { restart, attempt, ms }: Tried): boolean {
  if (error.final || (error.fault === "ice" && !restart)) return false;
  if (attempt < ATTEMPTS) return true;
  // A network that is down lets attempts fail at once, and says nothing about the call: that is still there.
  return restart && error.fault === "unreachable" && ms < PERSISTENCE_MS;
}
