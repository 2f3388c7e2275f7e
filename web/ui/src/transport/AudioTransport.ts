/** What of the SDK's transport is about devices: a microphone, and no camera, screen or choice of loudspeaker. */

import {
  DeviceError,
  Transport,
  UnsupportedFeatureError,
  type Participant,
  type Tracks,
  type TransportState,
} from "@pipecat-ai/client-js";

import { Microphone } from "./Microphone";

const CALLER: Participant = { id: "local", name: "", local: true };

export abstract class AudioTransport extends Transport {
  protected readonly microphone = new Microphone();
  protected voice: MediaStreamTrack | undefined;

  constructor() {
    super();
    this.microphone.onEnded = (track) => {
      this._callbacks.onTrackStopped?.(track, CALLER);
      void this.sendMicrophone(null);
      this.announceMicrophone();
      this._callbacks.onDeviceError?.(new DeviceError(["mic"], "not-found"));
    };
  }

  /** Puts another microphone, or none, on the link. */
  protected abstract sendMicrophone(track: MediaStreamTrack | null): Promise<void>;

  /** Tells the server whether the microphone is on. */
  protected abstract announceMicrophone(): void;

  get state(): TransportState {
    return this._state;
  }

  set state(state: TransportState) {
    if (this._state === state) return;
    this._state = state;
    this._callbacks.onTransportStateChanged?.(state);
  }

  async initDevices(): Promise<void> {
    this.state = "initializing";
    try {
      await this.openMicrophone();
    } catch (error) {
      this.state = "disconnected";
      throw error;
    }
    this.state = "initialized";
  }

  get isMicEnabled(): boolean {
    return this.microphone.enabled;
  }

  get selectedMic(): MediaDeviceInfo | Record<string, never> {
    return this.microphone.device;
  }

  getAllMics(): Promise<MediaDeviceInfo[]> {
    return Microphone.list("audioinput");
  }

  getAllSpeakers(): Promise<MediaDeviceInfo[]> {
    return Microphone.list("audiooutput");
  }

  enableMic(enable: boolean): void {
    this.microphone.enable(enable);
    if (enable && !this.microphone.track) void this.openMicrophone().catch(() => undefined);
    else this.announceMicrophone();
  }

  /** Before the microphone is open this only says which one to open: nobody is asked, and a typed call stays typed. */
  updateMic(micId: string): void {
    this.microphone.prefer(micId);
    if (this.microphone.track) void this.openMicrophone().catch(() => undefined);
  }

  tracks(): Tracks {
    return {
      local: this.microphone.track ? { audio: this.microphone.track } : {},
      ...(this.voice && { bot: { audio: this.voice } }),
    };
  }

  protected async openMicrophone(): Promise<void> {
    const earlier = this.microphone.track;
    try {
      const track = await this.microphone.open();
      if (this.state === "disconnected" || this.state === "disconnecting") {
        this.microphone.close();
        return;
      }
      if (earlier) this._callbacks.onTrackStopped?.(earlier, CALLER);
      // Told before it is sent: the link may be away, and an open microphone has to look open at once.
      this._callbacks.onTrackStarted?.(track, CALLER);
      await this.sendMicrophone(track);
      this._callbacks.onMicUpdated?.(this.microphone.device as MediaDeviceInfo);
      this.announceMicrophone();
    } catch (error) {
      if (error instanceof DeviceError) this._callbacks.onDeviceError?.(error);
      // The one that could not take its place still hears: nobody may believe it off.
      if (earlier && earlier === this.microphone.track) this._callbacks.onTrackStarted?.(earlier, CALLER);
      throw error;
    }
  }

  // ------ what this transport has not: cameras, screens, choice of loudspeaker

  getAllCams(): Promise<MediaDeviceInfo[]> {
    return Promise.resolve([]);
  }

  get selectedCam(): Record<string, never> {
    return {};
  }

  get selectedSpeaker(): Record<string, never> {
    return {};
  }

  get isCamEnabled(): boolean {
    return false;
  }

  get isSharingScreen(): boolean {
    return false;
  }

  updateCam(): void {
    throw new UnsupportedFeatureError("updateCam");
  }

  enableCam(): void {
    throw new UnsupportedFeatureError("enableCam");
  }

  enableScreenShare(): void {
    throw new UnsupportedFeatureError("enableScreenShare");
  }

  updateSpeaker(): void {
    throw new UnsupportedFeatureError("updateSpeaker");
  }
}
