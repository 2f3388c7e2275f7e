/** Who calls, for servers that many people reach: their goals and tasks are found again by it. */

const KEY = "flux-voice-browser";

/** The id that this browser keeps, made at its first call; one for this call where nothing can be kept. */
export function browserId(): string {
  try {
    const kept = localStorage.getItem(KEY) ?? newId();
    localStorage.setItem(KEY, kept);
    return kept;
  } catch {
    return newId(); // storage is blocked or full
  }
}

/** A random UUID. `crypto.randomUUID` is missing where a page comes without HTTPS. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
