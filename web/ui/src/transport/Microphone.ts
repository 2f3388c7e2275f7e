/** The caller's microphone: asked for once, muted without being given back. */

import { DeviceError, type DeviceErrorType } from "@pipecat-ai/client-js";

export class Microphone {
  private current: MediaStreamTrack | null = null;
  private wanted = true;
  private deviceId: string | undefined;

  /** Called when the operating system or the caller takes the microphone away. */
  onEnded: (track: MediaStreamTrack) => void = () => undefined;

  get track(): MediaStreamTrack | null {
    return this.current;
  }

  get enabled(): boolean {
    return this.current !== null && this.wanted;
  }

  get device(): MediaDeviceInfo | Record<string, never> {
    if (!this.current) return {};
    const { deviceId = "default", groupId = "" } = this.current.getSettings();
    const device = { deviceId, groupId, kind: "audioinput" as const, label: this.current.label };
    return { ...device, toJSON: () => device };
  }

  /** Says which device to open from now on, empty for the system's own; one that is unplugged is no obstacle. */
  prefer(deviceId: string): void {
    this.deviceId = deviceId || undefined;
  }

  /** Opens the microphone, asking the caller if needed. Throws `DeviceError`. */
  async open(): Promise<MediaStreamTrack> {
    const { deviceId } = this;
    const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
    if (!media) throw new DeviceError(["mic"], "undefined-mediadevices");
    let stream: MediaStream;
    try {
      stream = await capture(media, deviceId);
    } catch (error) {
      throw new DeviceError(["mic"], deviceFault(error), error instanceof Error ? error.message : undefined);
    }
    const [track] = stream.getAudioTracks();
    if (deviceId !== this.deviceId) {
      track?.stop(); // another one was chosen meanwhile
      return this.open();
    }
    if (!track) throw new DeviceError(["mic"], "not-found");
    this.close();
    this.current = track;
    track.enabled = this.wanted;
    track.onended = () => {
      this.close();
      this.onEnded(track);
    };
    return track;
  }

  enable(on: boolean): void {
    this.wanted = on;
    if (this.current) this.current.enabled = on;
  }

  close(): void {
    if (!this.current) return;
    this.current.onended = null;
    this.current.stop();
    this.current = null;
  }

  static async list(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
    const media = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
    return (await media?.enumerateDevices())?.filter((each) => each.kind === kind) ?? [];
  }
}

/** The device that is meant, or the system's own where that one is unplugged (`ideal` would let Chromium take any). */
async function capture(media: MediaDevices, deviceId: string | undefined): Promise<MediaStream> {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  if (!deviceId) return media.getUserMedia({ audio });
  try {
    return await media.getUserMedia({ audio: { ...audio, deviceId: { exact: deviceId } } });
  } catch (error) {
    if (!(error instanceof Error && error.name === "OverconstrainedError")) throw error;
    return media.getUserMedia({ audio });
  }
}

export function deviceFault(error: unknown): DeviceErrorType {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "permissions";
    case "NotFoundError":
      return "not-found";
    case "NotReadableError":
    case "AbortError":
      return "in-use";
    case "OverconstrainedError":
      return "constraints";
    default:
      return "unknown";
  }
}
