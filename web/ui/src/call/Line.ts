/** What a call needs of its connection, whichever protocol that speaks. */

import type { CallEvent, CallFault } from "./state";

export interface Tracks {
  microphone: MediaStreamTrack | null;
  voice: MediaStreamTrack | null;
}

/** What a line tells of itself; nobody listens any more once it was let go. */
export interface LineEvents {
  tell(event: CallEvent): void;
  trackStarted(side: keyof Tracks, track: MediaStreamTrack): void;
  trackStopped(track: MediaStreamTrack): void;
  /** Nothing gets through (`true`), or it does again (`false`). */
  reconnecting(active: boolean): void;
  /** A new link stands in for the lost one: what was on its way is lost. Told before the line is back. */
  relinked(): void;
  /** The answer to a spoken turn begins to sound. */
  answered(turn: number): void;
  /** The line is gone for good. */
  failed(fault: CallFault, detail?: string): void;
  /** The other side has let go of the line. */
  closed(): void;
}

export interface Line {
  /** Asks for the microphone. Throws `DeviceError`. */
  openMicrophone(): Promise<void>;
  /** Resolves once both sides can talk. Throws what `callFault` understands. */
  connect(): Promise<void>;
  sendText(text: string): void;
  enableMic(on: boolean): void;
  updateMic(deviceId: string): void;
  /** Tells the other side how long its answer was waited for, where it can be told. */
  heard?(turn: number, ms: number): void;
  /** The caller lets the browser play sound. */
  wake?(): void;
  /** Says goodbye, where one can be heard, and lets go. */
  hangUp(): void;
  /** Lets go without a word. */
  drop(): void;
}

export type OpenLine = (events: LineEvents, options: { mic: boolean }) => Line | Promise<Line>;
