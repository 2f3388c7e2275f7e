/** The settings and the devices as React sees them. */

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";

import { DeviceWatch, mediaDevices, NO_DEVICES, type Devices } from "./devices";
import type { Settings, SettingsStore } from "./settings";

export function useSettings(store: SettingsStore): Settings {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** The devices, and what looks again: their names appear once the microphone is allowed. */
export function useDevices(): [Devices, () => void] {
  const [devices, setDevices] = useState(NO_DEVICES);
  const watch = useRef<DeviceWatch>(null);
  useEffect(() => {
    const made = new DeviceWatch(setDevices, mediaDevices());
    watch.current = made;
    return () => made.close();
  }, []);
  return [devices, useCallback(() => watch.current?.look(), [])];
}
