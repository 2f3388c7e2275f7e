/** Sessions for the widget: minted by the embedding site's back end, or by a server that mints for everybody. */

import { browserId } from "../call/browserId";
import type { Dial } from "../call/RtviLine";
import { LinkError, faultOfStatus } from "../transport/errors";
import { widgetText } from "../text";
import type { WidgetOptions } from "./attributes";
import { reach } from "./reach";

/** What of `POST /api/v1/voice/session` a browser needs; a back end may hand on no more than that. */
export interface Session {
  id: string;
  token: string;
  iceServers: RTCIceServer[];
}

type Asked = Pick<WidgetOptions, "agent" | "language">;
/** Tells the developer what the visitor cannot help. */
type Tell = (message: string) => void;

const MINT_TIMEOUT_MS = 10_000;

/** Returns the way to the agent that `read` describes at the moment of the call. */
export function dialler(read: () => WidgetOptions, tell: Tell): Dial {
  return async (client, wanted) => {
    const options = read();
    const { server } = options;
    if (!server) throw notSetUp(widgetText.mistakes.server, tell);
    const checked = checkServer(server, tell);
    checked.catch(() => undefined); // is waited for below
    const session = await mint({ ...options, server }, checked, tell);
    await checked;
    if (!wanted()) return;
    await client.connect({
      iceConfig: { iceServers: session.iceServers },
      webrtcRequestParams: {
        endpoint: `${server}sessions/${encodeURIComponent(session.id)}/api/offer`,
        headers: new Headers({ Authorization: `Bearer ${session.token}` }),
      },
    });
  };
}

async function mint(
  options: WidgetOptions & { server: string },
  checked: Promise<void>,
  tell: Tell,
): Promise<Session> {
  const { server, tokenUrl } = options;
  const url = tokenUrl ?? `${server}api/v1/voice/session`;
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(tokenUrl ? tokenRequest(options, browserId(), timezone()) : sessionRequest(options)),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(MINT_TIMEOUT_MS),
    });
  } catch {
    if (tokenUrl) tell(widgetText.mistakes.noAnswer(tokenUrl));
    else await checked; // says more, if it can
    throw new LinkError("unreachable");
  }
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    tell(widgetText.mistakes.refused(url, response.status, reason(body), tokenUrl !== null));
    throw new LinkError(response.status === 404 ? "server" : faultOfStatus(response.status), response.status);
  }
  const session = readSession(body);
  if (!session) throw notSetUp(widgetText.mistakes.noSession(url), tell);
  return session;
}

/** What is asked of `token-url`; who the visitor is only the site itself can say. */
export function tokenRequest(asked: Asked, browser: string, zone: string): Record<string, unknown> {
  return { browser_id: browser, timezone: zone, language: asked.language, ...(asked.agent && { agent: asked.agent }) };
}

function sessionRequest(asked: Asked): Record<string, unknown> {
  return { user_id: browserId(), timezone: timezone(), ...(asked.agent && { agent: asked.agent }) };
}

/** Reads the answer of `POST /api/v1/voice/session`, or what a back end handed on of it. */
export function readSession(body: unknown): Session | null {
  const { session_id: id, token, webrtc } = record(body);
  if (typeof id !== "string" || typeof token !== "string" || !id || !token) return null;
  const { ice_servers: servers } = record(webrtc);
  return { id, token, iceServers: Array.isArray(servers) ? (servers as RTCIceServer[]) : [] };
}

/** What a server says went wrong: ours say `{"error": {"code", "message"}}`. */
function reason(body: unknown): string {
  const { error } = record(body);
  const { code, message } = record(error);
  return [code, message].filter((each) => typeof each === "string").join(": ");
}

async function checkServer(server: string, tell: Tell): Promise<void> {
  const found = await reach(server);
  if (found === "foreign") throw notSetUp(widgetText.mistakes.foreign(location.origin, server), tell);
  if (found === "policy") throw notSetUp(widgetText.mistakes.policy(new URL(server).origin), tell);
}

function notSetUp(mistake: string, tell: Tell): LinkError {
  tell(mistake);
  return new LinkError("refused", 403, widgetText.notSetUp);
}

function timezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
