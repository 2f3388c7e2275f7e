/** What a key means for a call: space talks or mutes, Esc ends. */

import type { VoiceAgent } from "./useVoiceAgent";

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

const CONTROLS = "input, textarea, select, button, summary, a[href], [contenteditable], [role='slider'], [role='option']";

interface Pressed {
  key: string;
  repeat: boolean;
  target: EventTarget | null;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  defaultPrevented: boolean;
  preventDefault(): void;
}

/** Does what the key stands for. Esc where there is no call does `leave`, and nothing where that is not given. */
export function pressed(event: Pressed, agent: VoiceAgent, { start, leave }: { start: () => void; leave?: () => void }): void {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const onControl = event.target instanceof Element && event.target.closest(CONTROLS) !== null;
  const action = keyAction({ key: event.key, onControl }, agent);
  if (action === null || (action === "leave" && !leave)) return;
  event.preventDefault(); // space does not scroll meanwhile, Esc does not close what it only ends
  if (event.repeat) return;
  const does: Record<KeyAction, () => void> = {
    start,
    toggle: agent.toggleMicrophone,
    hold: agent.hold,
    end: agent.end,
    leave: () => leave?.(),
  };
  does[action]();
}

export function released({ key }: { key: string }, agent: VoiceAgent): void {
  if (key === " ") agent.letGo();
}
