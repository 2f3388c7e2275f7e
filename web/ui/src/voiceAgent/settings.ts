/** The `Settings` message of one connection, from what the session's server gave. Pure. */

import type { SoundRates } from "./AgentSound";
import type { Past } from "./Dialogue";

/** What the protocol means where nothing is said. */
const DEFAULT_RATE = 24_000;
const MOST_REMEMBERED = 100;

/** Our sound is 16-bit samples both ways; at which rates, the settings say. */
export function soundRates(settings: Readonly<Record<string, unknown>>): SoundRates {
  const audio = object(settings.audio);
  return { input: rate(object(audio.input).sample_rate), output: rate(object(audio.output).sample_rate) };
}

/** The first message on a socket. An agent that goes on with a conversation does not greet anew. */
export function settingsMessage(settings: Readonly<Record<string, unknown>>, history: readonly Past[]): string {
  if (history.length === 0 || typeof settings.agent === "string") return JSON.stringify(settings);
  const agent = { ...object(settings.agent) };
  delete agent.greeting;
  const messages = history.slice(-MOST_REMEMBERED).map((each) => ({ type: "History", ...each }));
  return JSON.stringify({ ...settings, agent: { ...agent, context: { messages } } });
}

function rate(value: unknown): number {
  return typeof value === "number" && value >= 8000 && value <= 48_000 ? value : DEFAULT_RATE;
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
