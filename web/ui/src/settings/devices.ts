/** The microphones and loudspeakers of this machine, as far as the browser tells of them. */

export interface Device {
  id: string;
  label: string;
}

export interface Devices {
  microphones: readonly Device[];
  loudspeakers: readonly Device[];
}

export const NO_DEVICES: Devices = { microphones: [], loudspeakers: [] };

type Media = Pick<MediaDevices, "enumerateDevices" | "addEventListener" | "removeEventListener">;

/** `undefined` where a page came without HTTPS. */
export function mediaDevices(): MediaDevices | undefined {
  return (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
}

/** These two are other names of a device that is listed too. */
const ALIASES = new Set(["default", "communications"]);

/** Sorts what the browser lists; before the microphone is allowed it names nothing, and so there is no choice. */
export function readDevices(listed: readonly Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">[]): Devices {
  const of = (kind: MediaDeviceKind): Device[] =>
    listed
      .filter((each) => each.kind === kind && each.deviceId !== "" && !ALIASES.has(each.deviceId))
      .map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `${index + 1}` }));
  return { microphones: of("audioinput"), loudspeakers: of("audiooutput") };
}

/** Tells the devices now, whenever one comes or goes, and when asked to look again. */
export class DeviceWatch {
  private closed = false;
  private looks = 0;

  constructor(
    private readonly onDevices: (devices: Devices) => void,
    private readonly media: Media | undefined,
  ) {
    this.media?.addEventListener("devicechange", this.look);
    this.look();
  }

  readonly look = (): void => {
    const { media } = this;
    if (!media) return;
    const look = ++this.looks;
    media.enumerateDevices().then(
      (listed) => {
        if (!this.closed && look === this.looks) this.onDevices(readDevices(listed));
      },
      () => undefined, // what cannot be listed cannot be chosen
    );
  };

  close(): void {
    this.closed = true;
    this.media?.removeEventListener("devicechange", this.look);
  }
}

/** Whether the page may choose where its sound goes. */
export function canChooseLoudspeaker(): boolean {
  return typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;
}

/** Whether the microphone may be opened without asking anybody. */
export async function microphoneGranted(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: "microphone" })).state === "granted";
  } catch {
    return false; // this browser does not tell
  }
}
