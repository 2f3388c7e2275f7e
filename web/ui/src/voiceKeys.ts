/** What a key means for a call: space talks or mutes, Esc ends. */

export type KeyAction = "start" | "toggle" | "hold" | "end" | "leave";

/** The action that a pressed key stands for; `null` where it is none of the call's business. */
export function keyAction(
  { key, onControl }: { key: string; onControl: boolean },
  { active, pushToTalk }: { active: boolean; pushToTalk: boolean },
): KeyAction | null {
  if (key === "Escape") return active ? "end" : "leave";
  // Space belongs to whatever has the focus and knows what to do with it.
  if (key !== " " || onControl) return null;
  if (!active) return "start";
  return pushToTalk ? "hold" : "toggle";
}
