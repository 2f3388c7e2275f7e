/** The HTML that a site pastes, and the headers that its page needs: pure. */

import { ATTRIBUTES, POSITIONS, THEMES, type Attribute } from "./attributes";

export type Attributes = Partial<Record<Attribute, string>>;

/** What need not be written, for it is so anyway. */
const USUAL: Attributes = { position: POSITIONS[0], theme: THEMES[0] };

/** `server` has a slash at its end; it is where the script lies, so the element itself need not name it. */
export function snippetFor(server: string, attributes: Attributes): string {
  const written = ATTRIBUTES.flatMap((name) => {
    const value = attributes[name]?.trim();
    return value && value !== USUAL[name] ? [` ${name}="${escaped(value)}"`] : [];
  });
  return `<script src="${escaped(server)}widget.js" defer></script>\n<flux-voice${written.join("")}></flux-voice>`;
}

/** The least that a page with a strict policy has to allow. */
export function policyFor(server: string, tokenUrl: string | undefined): string {
  const { origin } = new URL(server);
  const token = tokenUrl && URL.canParse(tokenUrl) ? new URL(tokenUrl).origin : "'self'";
  return `script-src ${origin}; connect-src ${token} ${origin}`;
}

export function escaped(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;" };
  return text.replace(/[&"<>]/g, (each) => names[each] ?? each);
}

/** A back end's answer to `token-url`, in Node; the key stays there. */
export function tokenExample(server: string): string {
  return `app.post("/voice-token", async (request, response) => {
  if (!request.user) return response.status(401).end();      // your own sign-in
  const { agent, timezone } = request.body;
  const answer = await fetch("${server}api/v1/voice/session", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Api-Key": process.env.FLUX_VOICE_KEY },
    body: JSON.stringify({ user_id: request.user.uuid, agent, timezone }),
  });
  response.status(answer.status).set("Cache-Control", "no-store").json(await answer.json());
});`;
}
