/** One session over HTTP: it is minted, keeps what is said, runs what the agent asks for, and is closed. */

import { LinkError, faultOfStatus } from "../transport/errors";
import type { FunctionCall } from "./messages";

export type SessionBackend = "local" | "deepgram";

export interface SessionRequest {
  user_id: string;
  timezone: string;
  backend: SessionBackend;
}

/** What came of a function, for the agent and for the card. */
export interface Outcome {
  status: "done" | "rejected" | "failed";
  result: string;
  record?: Record<string, unknown> | null;
}

const TIMEOUT_MS = 10_000;
const FAREWELL_MS = 2_000;
const RETRIES_MS = [500, 1500, 4000];
/** An answer that the agent can say, where ours cannot be had. */
const FAILED = "That could not be done now, because the server could not be reached. Please try again later.";

export class VoiceSession {
  private saving: Promise<unknown> = Promise.resolve();
  private closed = false;

  private constructor(
    private readonly base: string,
    readonly id: string,
    readonly token: string,
    /** The `Settings` to send, as they came. */
    readonly settings: Readonly<Record<string, unknown>>,
    /** This server's own socket, if the session is for that. */
    readonly url: string | null,
  ) {}

  /** `base` is where the API is, up to `/voice/`. Throws `LinkError`. */
  static async open(base: string, request: SessionRequest): Promise<VoiceSession> {
    const response = await send(`${base}session`, "POST", request).catch(() => {
      throw new LinkError("unreachable");
    });
    if (!response.ok) {
      const fault = (await codeOf(response)).includes("backend") ? "server" : faultOfStatus(response.status);
      throw new LinkError(fault, response.status);
    }
    const told: unknown = await response.json().catch(() => null);
    if (!isObject(told) || typeof told.session_id !== "string" || !isObject(told.config)) throw new LinkError("server");
    const { url, ...settings } = told.config;
    const token = typeof told.deepgram_token === "string" ? told.deepgram_token : "";
    return new VoiceSession(base, told.session_id, token, settings, typeof url === "string" ? url : null);
  }

  /** Keeps what was said, in order, without anybody waiting for it. */
  save(role: "user" | "assistant", content: string): void {
    const body = { session_id: this.id, role, content };
    this.saving = this.saving.then(() => this.insist(`${this.base}messages`, body)).catch(() => undefined);
  }

  /** Runs a function; never throws. */
  async run({ id, name, args, garbled }: FunctionCall): Promise<Outcome> {
    if (garbled) return { status: "rejected", result: "The arguments of this call were no JSON object." };
    const body = { session_id: this.id, function_call_id: id, function_name: name, input: args, explain: true };
    try {
      const response = await this.insist(`${this.base}intents`, body);
      const told: unknown = await response.json();
      if (!response.ok) return { status: response.status < 500 ? "rejected" : "failed", result: messageOf(told) ?? FAILED };
      return readOutcome(told);
    } catch {
      return { status: "failed", result: FAILED };
    }
  }

  /** Ends the session, once what was said is kept or cannot be; also while the page goes away. */
  async close({ leaving = false } = {}): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    if (!leaving) await Promise.race([this.saving, pause(FAREWELL_MS)]);
    await send(`${this.base}session/${encodeURIComponent(this.id)}`, "DELETE").catch(() => undefined);
  }

  /** Asks again while the server cannot be reached or has no time; intents run once however often they are sent. */
  private async insist(url: string, body: unknown): Promise<Response> {
    for (const wait of RETRIES_MS) {
      const response = await send(url, "POST", body).catch(() => null);
      if (response && response.status !== 429 && response.status !== 503) return response;
      await pause(wait);
      if (this.closed) break;
    }
    return await send(url, "POST", body);
  }
}

async function send(url: string, method: string, body?: unknown): Promise<Response> {
  return await fetch(url, {
    method,
    keepalive: true, // what was said is told even while the page goes away
    signal: AbortSignal.timeout(method === "POST" && url.endsWith("messages") ? 3 * TIMEOUT_MS : TIMEOUT_MS),
    ...(body !== undefined && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  });
}

/** Reads what `/intents` answered; a server that does not say how it ended has done what was asked. */
export function readOutcome(told: unknown): Outcome {
  if (!isObject(told) || typeof told.result !== "string") return { status: "failed", result: FAILED };
  const status = told.status === "rejected" ? "rejected" : "done";
  return { status, result: told.result, record: isObject(told.record) ? told.record : null };
}

function messageOf(told: unknown): string | null {
  if (!isObject(told) || !isObject(told.error)) return null;
  return typeof told.error.message === "string" ? told.error.message : null;
}

async function codeOf(response: Response): Promise<string> {
  const told: unknown = await response.json().catch(() => null);
  return isObject(told) && isObject(told.error) && typeof told.error.code === "string" ? told.error.code : "";
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
