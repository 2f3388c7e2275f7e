/** What the server computes with, and how that stands. */

import { flag, list, number, oneOf, optional, shape, text } from "./reading";

export const PARTS = ["vad", "turn", "stt", "llm", "tts"] as const;
export type Part = (typeof PARTS)[number];
export type EngineStatus = "ok" | "unavailable" | "not installed";

export interface Engine {
  part: Part;
  engine: string;
  model: string | null;
  package: string | null;
  version: string | null;
  licence: string | null;
  device: string | null;
  cloud: boolean;
  status: EngineStatus;
  detail: string;
  warm_seconds: number | null;
}

export interface OtherPart {
  name: string;
  status: "ok" | "unavailable";
  detail: string;
}

export interface Memory {
  total_bytes: number | null;
  available_bytes: number | null;
  resident_bytes: number | null;
  processes: readonly { pid: number; name: string; resident_bytes: number }[];
}

export interface Gpu {
  name: string;
  driver: string | null;
  total_bytes: number | null;
  used_bytes: number | null;
  own_bytes: number | null;
  busy_percent: number | null;
}

export interface Engines {
  version: string;
  python: string;
  system: string;
  cores: number;
  uptime_seconds: number;
  engines: readonly Engine[];
  parts: readonly OtherPart[];
  memory: Memory;
  gpus: readonly Gpu[];
}

export const readEngines = shape<Engines>({
  version: text,
  python: text,
  system: text,
  cores: number,
  uptime_seconds: number,
  engines: list(
    shape<Engine>({
      part: oneOf(PARTS),
      engine: text,
      model: optional(text),
      package: optional(text),
      version: optional(text),
      licence: optional(text),
      device: optional(text),
      cloud: flag,
      status: oneOf(["ok", "unavailable", "not installed"]),
      detail: text,
      warm_seconds: optional(number),
    }),
  ),
  parts: list(shape<OtherPart>({ name: text, status: oneOf(["ok", "unavailable"]), detail: text })),
  memory: shape<Memory>({
    total_bytes: optional(number),
    available_bytes: optional(number),
    resident_bytes: optional(number),
    processes: list(shape<Memory["processes"][number]>({ pid: number, name: text, resident_bytes: number })),
  }),
  gpus: list(
    shape<Gpu>({
      name: text,
      driver: optional(text),
      total_bytes: optional(number),
      used_bytes: optional(number),
      own_bytes: optional(number),
      busy_percent: optional(number),
    }),
  ),
});

/** What does not work, by the names that the page shows elsewhere. */
export function troubled({ engines, parts }: Engines): number {
  return [...engines, ...parts].filter((each) => each.status !== "ok").length;
}
