/** Shows that the chosen microphone hears: the call's own where it is open, else one opened just for this. */

import { DeviceError } from "@pipecat-ai/client-js";
import { useEffect, useRef, useState, type ReactElement } from "react";

import { microphoneFault } from "../call/faults";
import { watchLevel } from "../call/level";
import type { MicrophoneFault } from "../call/state";
import { deviceFault } from "../transport/Microphone";
import { settingsText as text } from "../text";
import { mediaDevices, microphoneGranted } from "./devices";
import { MicrophonePreview } from "./preview";

const AUDIBLE = 0.2; // of the bar

interface LevelPreviewProps {
  deviceId: string;
  /** The call's microphone, which is opened no second time. */
  inCall: MediaStreamTrack | null;
  onOpened: () => void;
}

type Preview =
  | { state: "asked" | "opening" }
  | { state: "open"; track: MediaStreamTrack }
  | { state: "failed"; fault: MicrophoneFault };

export function LevelPreview({ deviceId, inCall, onOpened }: LevelPreviewProps): ReactElement {
  const [wanted, setWanted] = useState(false);
  const [preview, setPreview] = useState<Preview>({ state: "asked" });
  useEffect(() => {
    let gone = false;
    void microphoneGranted().then((granted) => {
      if (granted && !gone) setWanted(true);
    });
    return () => {
      gone = true;
    };
  }, []);

  const own = wanted && inCall === null;
  useEffect(() => {
    if (!own) return;
    const opener = new MicrophonePreview((constraints) => {
      const media = mediaDevices();
      return media ? media.getUserMedia(constraints) : Promise.reject(new DOMException("no media", "SecurityError"));
    });
    let gone = false;
    const show = (next: Preview): void => {
      if (!gone) setPreview(next);
    };
    show({ state: "opening" });
    opener.open(deviceId).then(
      (track) => {
        if (track) show({ state: "open", track });
        if (track && !gone) onOpened();
      },
      (error: unknown) => {
        const fault = microphoneFault(new DeviceError(["mic"], deviceFault(error)), isSecureContext);
        show({ state: "failed", fault });
      },
    );
    return () => {
      gone = true;
      opener.close();
      setPreview({ state: "asked" });
    };
  }, [own, deviceId, onOpened]);

  const track = inCall ?? (preview.state === "open" ? preview.track : null);
  return (
    <div className="preview" data-testid="preview" data-preview={inCall ? "call" : preview.state}>
      {track ? (
        <Level key={track.id} track={track} muted={inCall !== null && !inCall.enabled} />
      ) : own ? (
        <p className="fine" role="status">
          {preview.state === "failed" ? text.failed[preview.fault] : text.testing}
        </p>
      ) : (
        <button type="button" className="button small" data-testid="preview-start" onClick={() => setWanted(true)}>
          {text.test}
        </button>
      )}
    </div>
  );
}

function Level({ track, muted }: { track: MediaStreamTrack; muted: boolean }): ReactElement {
  const bar = useRef<HTMLDivElement>(null);
  const [hears, setHears] = useState(false);
  useEffect(
    () =>
      watchLevel(track, (level) => {
        bar.current?.style.setProperty("--level", level.toFixed(3));
        if (level > AUDIBLE) setHears(true);
      }),
    [track],
  );
  return (
    <>
      <div className="preview-bar" ref={bar} data-testid="preview-level" aria-hidden="true">
        <i />
      </div>
      <p className="fine" role="status" data-testid="preview-hears" data-hears={hears && !muted}>
        {muted ? text.muted : hears ? text.hears : text.speak}
      </p>
    </>
  );
}
