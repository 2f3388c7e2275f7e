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
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte, index) => {
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
