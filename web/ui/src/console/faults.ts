/** Why a request of the console failed, in the few ways that an owner can do something about. */

export const FAULTS = [
  "unreachable", // no answer at all
  "key-needed", // the server asks for an admin key
  "not-allowed", // this key may not
  "gone", // there is no such record, or no longer
  "refused", // the server does not take what was asked
  "too-often",
  "unavailable", // the records or a part of the server are down
  "server", // anything else that it says
  "unreadable", // an answer that is none of ours
] as const;

export type Fault = (typeof FAULTS)[number];

export class ConsoleFault extends Error {
  constructor(
    readonly fault: Fault,
    /** What the server says of it, in its own words. */
    readonly said: string | null = null,
    /** After how many milliseconds the server wants to be asked again. */
    readonly retryAfter: number | null = null,
  ) {
    super(said ?? fault);
    this.name = "ConsoleFault";
  }
}

export function faultOfStatus(status: number): Fault {
  if (status === 401) return "key-needed";
  if (status === 403) return "not-allowed";
  if (status === 404 || status === 410) return "gone";
  if (status === 429) return "too-often";
  if (status === 502 || status === 503 || status === 504) return "unavailable";
  return status < 500 ? "refused" : "server";
}

/** `{"error": {"message"}}` is what our server says of every failure; a proxy in between may say anything. */
export function wordsOf(body: unknown): string | null {
  if (typeof body !== "object" || body === null || !("error" in body)) return null;
  const error: unknown = body.error;
  if (typeof error !== "object" || error === null || !("message" in error)) return null;
  return typeof error.message === "string" ? error.message : null;
}
