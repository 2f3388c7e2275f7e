import { describe, expect, it } from "vitest";

import { applySettings } from "./controls";
import { DEFAULTS, readSettings, SETTINGS_KEY, SettingsStore } from "./settings";

/** What the tabs of one browser share: a change is told to every tab but the one that made it. */
class Browser {
  readonly kept = new Map<string, string>();
  private readonly tabs: EventTarget[] = [];

  open(): SettingsStore {
    const tab = new EventTarget();
    this.tabs.push(tab);
    const storage = {
      getItem: (key: string) => this.kept.get(key) ?? null,
      setItem: (key: string, value: string) => {
        this.kept.set(key, value);
        this.tell(key, tab);
      },
    };
    return new SettingsStore(() => storage, tab);
  }

  clear(): void {
    this.kept.clear();
    this.tell(null);
  }

  tell(key: string | null, except?: EventTarget): void {
    for (const tab of this.tabs) {
      if (tab !== except) tab.dispatchEvent(Object.assign(new Event("storage"), { key }));
    }
  }
}

describe("what was kept", () => {
  it("is read again", () => {
    const set = { microphone: "a", loudspeaker: "b", volume: 0.4, captions: "large", pushToTalk: true } as const;
    expect(readSettings(JSON.stringify(set))).toEqual(set);
  });

  it("is the default where it is missing or no settings at all", () => {
    for (const text of [null, "", "{", "null", "7", '"text"', "[]", "{}"]) expect(readSettings(text)).toEqual(DEFAULTS);
  });

  it("is checked value by value", () => {
    const broken = { microphone: 7, loudspeaker: "x".repeat(600), volume: "loud", captions: "giant", pushToTalk: 1 };
    expect(readSettings(JSON.stringify(broken))).toEqual(DEFAULTS);
    expect(readSettings('{"volume":1.7,"captions":"small","more":true}')).toEqual({ ...DEFAULTS, captions: "small" });
    expect(readSettings('{"volume":-3}').volume).toBe(0);
  });
});

describe("a store", () => {
  it("keeps a change for the next page", () => {
    const browser = new Browser();
    browser.open().change({ volume: 0.3, microphone: "usb" });
    expect(browser.open().get()).toEqual({ ...DEFAULTS, volume: 0.3, microphone: "usb" });
  });

  it("tells listeners once of each change, and of nothing else", () => {
    const store = new Browser().open();
    let told = 0;
    const stop = store.subscribe(() => told++);
    store.change({ volume: 0.5 });
    const before = store.get();
    store.change({ volume: 0.5 });
    expect([told, store.get() === before]).toEqual([1, true]);
    stop();
    store.change({ volume: 0.6 });
    expect(told).toBe(1);
  });

  it("is never set to what is no setting", () => {
    const store = new Browser().open();
    store.change({ volume: Number.NaN });
    expect(store.get().volume).toBe(1);
    store.change({ volume: 3 });
    expect(store.get().volume).toBe(1);
  });

  it("follows another tab, and loses nothing that was set there", () => {
    const browser = new Browser();
    const [here, there] = [browser.open(), browser.open()];
    there.change({ volume: 0.2 });
    here.change({ captions: "huge" });
    expect(here.get()).toEqual({ ...DEFAULTS, volume: 0.2, captions: "huge" });
    expect(there.get()).toEqual(here.get());
    browser.clear();
    expect([here.get(), there.get()]).toEqual([DEFAULTS, DEFAULTS]);
  });

  it("does not mind what other parts of the page keep", () => {
    const browser = new Browser();
    const store = browser.open();
    browser.kept.set(SETTINGS_KEY, '{"volume":0.1}');
    browser.tell("something-else");
    expect(store.get().volume).toBe(1);
  });

  it("works until the page is left where nothing can be kept", () => {
    const blocked = new SettingsStore(() => {
      throw new DOMException("blocked", "SecurityError");
    }, new EventTarget());
    blocked.change({ volume: 0.5 });
    expect(blocked.get()).toEqual({ ...DEFAULTS, volume: 0.5 });
    const full = { getItem: () => null, setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
    const store = new SettingsStore(() => full, new EventTarget());
    store.change({ pushToTalk: true });
    expect(store.get().pushToTalk).toBe(true);
  });
});

it("reaches a call at once and with each change, and only with what changed", () => {
  const store = new Browser().open();
  const done: string[] = [];
  const stop = applySettings(store, {
    setMicrophone: (id) => done.push(`microphone ${id}`),
    setLoudspeaker: (id) => done.push(`loudspeaker ${id}`),
    setVolume: (volume) => done.push(`volume ${volume}`),
  });
  expect(done.splice(0)).toEqual(["microphone ", "loudspeaker ", "volume 1"]);
  store.change({ volume: 0.5 });
  store.change({ microphone: "usb", loudspeaker: "hall" });
  store.change({ captions: "huge", pushToTalk: true });
  expect(done.splice(0)).toEqual(["volume 0.5", "microphone usb", "loudspeaker hall"]);
  stop();
  store.change({ volume: 0.7 });
  expect(done).toEqual([]);
});
