/** Why a link to the server could not be made or kept. */

export type LinkFault =
  | "unreachable" // no answer at all
  | "refused" // the server answered with a 4xx: asking again cannot help
  | "busy" // 429 or 503: there is no room for another call
  | "server" // any other 5xx, or an answer that is no answer
  | "ice" // signalling worked, media never connected
  | "gone" // the server no longer knows this call
  | "lost"; // connected once, and could not be connected again

export class LinkError extends Error {
  constructor(
    readonly fault: LinkFault,
    readonly status?: number,
    /** Words for the person who calls, where the fault's own do not tell enough. */
    readonly detail?: string,
  ) {
    super(status === undefined ? fault : `${fault} (HTTP ${status})`);
    this.name = "LinkError";
  }

  /** A 4xx is the server's last word; anything else may pass. */
  get final(): boolean {
    return this.fault === "refused" || this.fault === "gone";
  }

  /** Whether the server has said what is wrong. */
  get answered(): boolean {
    return this.status !== undefined;
  }
}

export function faultOfStatus(status: number): LinkFault {
  if (status === 429 || status === 503) return "busy";
  if (status === 404 || status === 409 || status === 410) return "gone";
  return status < 500 ? "refused" : "server";
}
