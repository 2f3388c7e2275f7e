/** What a key means for a call: space talks or mutes, Esc ends. */

export type KeyAction = "start" | "toggle" | "hold" | "end" | "leave";

interface Keyed {
  active: boolean;
  pushToTalk: boolean;
}

const CONTROLS = "input, textarea, select, button, summary, a[href], [contenteditable], [role='slider'], [role='option']";

/** The action that a pressed key stands for; `null` where it is none of the call's business. */
export function keyAction(
  { key, onControl }: { key: string; onControl: boolean },
  { active, pushToTalk }: Keyed,
): KeyAction | null {
  if (key === "Escape") return active ? "end" : "leave";
  // Space belongs to whatever has the focus and knows what to do with it.
  if (key !== " " || onControl) return null;
  if (!active) return "start";
  return pushToTalk ? "hold" : "toggle";
}

export interface KeyFollower {
  asked: () => Keyed;
  /** What an action does; nothing, where there is no such thing. */
  does: (action: KeyAction) => (() => void) | undefined;
  letGo: () => void;
}

/** Does what keys mean until it is stopped; what is held then is let go of, for its key may be lifted unheard. */
export function followKeys(page: EventTarget, { asked, does, letGo }: KeyFollower): () => void {
  let holding = false;
  const down = (event: Event): void => {
    const action = meant(event as KeyboardEvent, asked());
    const act = action && does(action);
    if (!act) return;
    event.preventDefault(); // space does not scroll meanwhile, Esc does not close what it only ends
    if ((event as KeyboardEvent).repeat) return;
    if (action === "hold") holding = true;
    act();
  };
  const up = (event: Event): void => {
    if ((event as KeyboardEvent).key !== " ") return;
    holding = false;
    letGo();
  };
  page.addEventListener("keydown", down);
  page.addEventListener("keyup", up);
  return () => {
    page.removeEventListener("keydown", down);
    page.removeEventListener("keyup", up);
    if (holding) letGo();
  };
}

function meant(event: KeyboardEvent, agent: Keyed): KeyAction | null {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return null;
  const [target] = event.composedPath(); // the one inside a shadow root, too
  const onControl = target instanceof Element && target.closest(CONTROLS) !== null;
  return keyAction({ key: event.key, onControl }, agent);
}
