/** How settings reach a call. */

import type { Settings, SettingsStore } from "./settings";

/** What a call lets be set, before it starts and while it lasts; an empty id is what the system takes. */
export interface DeviceControls {
  readonly setMicrophone: (deviceId: string) => void;
  readonly setLoudspeaker: (deviceId: string) => void;
  /** From 0 to 1. */
  readonly setVolume: (volume: number) => void;
}

/** Applies the settings now and whenever they change; returns what stops it. */
export function applySettings(
  store: Pick<SettingsStore, "get" | "subscribe">,
  { setMicrophone, setLoudspeaker, setVolume }: DeviceControls,
): () => void {
  let applied: Partial<Settings> = {};
  const apply = (): void => {
    const before = applied;
    const next = (applied = store.get());
    if (next.microphone !== before.microphone) setMicrophone(next.microphone);
    if (next.loudspeaker !== before.loudspeaker) setLoudspeaker(next.loudspeaker);
    if (next.volume !== before.volume) setVolume(next.volume);
  };
  apply();
  return store.subscribe(apply);
}
