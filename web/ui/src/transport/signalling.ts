/** SmallWebRTC signalling over HTTP: offers are answered, candidates are patched in. */

import { LinkError, faultOfStatus } from "./errors";

export interface Answer {
  sdp: string;
  type: "answer";
  pcId: string;
}

export interface Offer {
  sdp: string;
  type: string;
  pc_id: string | null;
  restart_pc: boolean;
  requestData?: unknown;
}

export interface Endpoint {
  url: string;
  headers?: Headers | undefined;
}

const OFFER_TIMEOUT_MS = 10_000;

/** `<base>/start` → `<base>/sessions/<id>/api/offer`, wherever `<base>` lies. */
export function offerUrl(startUrl: string, sessionId: string): string {
  return startUrl.replace(/\/start(?=$|\?)/, `/sessions/${encodeURIComponent(sessionId)}/api/offer`);
}

export async function postOffer(endpoint: Endpoint, offer: Offer, signal: AbortSignal): Promise<Answer> {
  const response = await send(endpoint, "POST", offer, signal);
  if (!response.ok) throw new LinkError(faultOfStatus(response.status), response.status);
  const answer: unknown = await response.json().catch(() => null);
  if (!isAnswer(answer)) throw new LinkError("server", response.status);
  return { sdp: answer.sdp, type: "answer", pcId: answer.pc_id };
}

/** Fails silently: a lost candidate is only one path fewer. */
export async function patchCandidates(
  endpoint: Endpoint,
  pcId: string,
  candidates: readonly RTCIceCandidateInit[],
): Promise<void> {
  const body = {
    pc_id: pcId,
    candidates: candidates.map((each) => ({
      candidate: each.candidate ?? "",
      sdp_mid: each.sdpMid ?? null,
      sdp_mline_index: each.sdpMLineIndex ?? null,
    })),
  };
  await send(endpoint, "PATCH", body).catch(() => undefined);
}

async function send(endpoint: Endpoint, method: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = new Headers(endpoint.headers);
  headers.set("Content-Type", "application/json");
  const limit = AbortSignal.timeout(OFFER_TIMEOUT_MS);
  try {
    return await fetch(endpoint.url, {
      method,
      headers,
      body: JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new LinkError("unreachable");
  }
}

function isAnswer(value: unknown): value is { sdp: string; pc_id: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "sdp" in value &&
    typeof value.sdp === "string" &&
    "pc_id" in value &&
    typeof value.pc_id === "string"
  );
}
