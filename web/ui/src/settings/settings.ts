/** What a person has set for this browser: kept in its storage, the same in all its tabs. */

export const CAPTION_SIZES = ["small", "medium", "large", "huge"] as const;
export type CaptionSize = (typeof CAPTION_SIZES)[number];

export interface Settings {
  /** A device's id; empty is what the system takes. */
  microphone: string;
  loudspeaker: string;
  /** Of the agent's voice, from 0 to 1. */
  volume: number;
  captions: CaptionSize;
  pushToTalk: boolean;
}

export const DEFAULTS: Settings = Object.freeze({
  microphone: "",
  loudspeaker: "",
  volume: 1,
  captions: "medium",
  pushToTalk: false,
});

export const SETTINGS_KEY = "flux-voice-settings";
const LONGEST_ID = 512;

/** Reads what was kept; each value that is missing or broken is the default one. */
export function readSettings(text: string | null): Settings {
  const kept = parse(text);
  return {
    microphone: deviceId(kept.microphone),
    loudspeaker: deviceId(kept.loudspeaker),
    volume: typeof kept.volume === "number" ? volumeOf(kept.volume) : DEFAULTS.volume,
    captions: CAPTION_SIZES.find((each) => each === kept.captions) ?? DEFAULTS.captions,
    pushToTalk: typeof kept.pushToTalk === "boolean" ? kept.pushToTalk : DEFAULTS.pushToTalk,
  };
}

function parse(text: string | null): Partial<Record<keyof Settings, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function deviceId(value: unknown): string {
  return typeof value === "string" && value.length <= LONGEST_ID ? value : "";
}

function volumeOf(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : DEFAULTS.volume;
}

type Kept = Pick<Storage, "getItem" | "setItem">;
type Tabs = Pick<EventTarget, "addEventListener">;

/** The settings in force; where nothing can be kept they hold until the page is left. */
export class SettingsStore {
  private current: Settings;
  private readonly listeners = new Set<() => void>();

  /** `tabs` tells what other tabs changed: the window. */
  constructor(
    private readonly storage: () => Kept = () => localStorage,
    tabs: Tabs = globalThis,
  ) {
    this.current = readSettings(this.load());
    tabs.addEventListener("storage", (event) => {
      const { key } = event as StorageEvent;
      if (key === SETTINGS_KEY || key === null) this.set(readSettings(this.load())); // null: all was cleared
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly get = (): Settings => this.current;

  readonly change = (part: Partial<Settings>): void => {
    const next = readSettings(JSON.stringify({ ...this.current, ...part }));
    this.set(next);
    try {
      this.storage().setItem(SETTINGS_KEY, JSON.stringify(next));
    } catch {
      // storage is blocked or full
    }
  };

  private load(): string | null {
    try {
      return this.storage().getItem(SETTINGS_KEY);
    } catch {
      return null; // storage is blocked
    }
  }

  private set(next: Settings): void {
    const names = Object.keys(next) as (keyof Settings)[];
    if (names.every((name) => next[name] === this.current[name])) return;
    this.current = next;
    for (const listener of this.listeners) listener();
  }
}
