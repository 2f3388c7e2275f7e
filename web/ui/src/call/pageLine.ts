/** Which line the page's calls take: the server says so, and on one's own box `?backend=` chooses. */

import { VoiceAgentLine } from "../voiceAgent/VoiceAgentLine";
import { browserId } from "./browserId";
import type { OpenLine } from "./Line";
import { RtviLine } from "./RtviLine";

export const BACKENDS = ["webrtc", "socket", "deepgram"] as const;
export type PageBackend = (typeof BACKENDS)[number];

export interface PageOptions {
  backend: PageBackend;
  /** Those that the page may choose itself. */
  choices: readonly PageBackend[];
  /** Deepgram's socket. */
  socketUrl: string | null;
  /** The one person of a box that nobody signs in to. */
  userId: string | null;
}

const TIMEOUT_MS = 5000;
const PLAIN: PageOptions = { backend: "webrtc", choices: [], socketUrl: null, userId: null };

export function pageLine(startUrl: string, query = location.search): OpenLine {
  const asked = askOptions(new URL("client.json", startUrl).href);
  return async (events, { mic }) => {
    const options = await asked;
    const backend = chosen(options, query);
    if (backend === "webrtc") return new RtviLine(startUrl, events, { mic });
    const request = {
      user_id: options.userId ?? browserId(),
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      backend: backend === "deepgram" ? ("deepgram" as const) : ("local" as const),
    };
    return new VoiceAgentLine(
      { api: new URL("api/v1/voice/", startUrl).href, request, socketUrl: options.socketUrl },
      events,
    );
  };
}

export function chosen({ backend, choices }: PageOptions, query: string): PageBackend {
  const wanted = new URLSearchParams(query).get("backend");
  return choices.find((each) => each === wanted) ?? backend;
}

/** A server that does not say takes calls by WebRTC. */
async function askOptions(url: string): Promise<PageOptions> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok ? readOptions(await response.json()) : PLAIN;
  } catch {
    return PLAIN;
  }
}

export function readOptions(told: unknown): PageOptions {
  if (typeof told !== "object" || told === null) return PLAIN;
  const { backend, choices, socket, user_id: userId } = told as Record<string, unknown>;
  return {
    backend: BACKENDS.find((each) => each === backend) ?? PLAIN.backend,
    choices: Array.isArray(choices) ? BACKENDS.filter((each) => choices.includes(each)) : [],
    socketUrl: typeof socket === "string" ? socket : null,
    userId: typeof userId === "string" ? userId : null,
  };
}
