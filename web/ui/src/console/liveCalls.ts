/** The calls that are held now. */

import { list, mapOf, number, oneOf, optional, shape, text } from "./reading";

export const LINKS = ["webrtc", "socket"] as const;
export const ACTIVITIES = ["waiting", "listening", "thinking", "speaking"] as const;
export type Activity = (typeof ACTIVITIES)[number];

export interface LiveCall {
  conversation_id: string;
  tenant: string;
  user_id: string;
  agent: string;
  link: (typeof LINKS)[number];
  state: "connecting" | "connected";
  activity: Activity;
  started_at: string;
  seconds: number;
  turns: number;
  engines: Readonly<Record<string, string>>;
  last_turn_ms: number | null;
  problem: string | null;
}

export interface LiveCalls {
  calls: readonly LiveCall[];
}

export const readLiveCalls = shape<LiveCalls>({
  calls: list(
    shape<LiveCall>({
      conversation_id: text,
      tenant: text,
      user_id: text,
      agent: text,
      link: oneOf(LINKS),
      state: oneOf(["connecting", "connected"]),
      activity: oneOf(ACTIVITIES),
      started_at: text,
      seconds: number,
      turns: number,
      engines: mapOf(text),
      last_turn_ms: optional(number),
      problem: optional(text),
    }),
  ),
});

/** What an owner would see change, besides the clock. */
export function gist({ calls }: LiveCalls): string {
  return JSON.stringify(calls.map((call) => ({ ...call, seconds: 0 })));
}
