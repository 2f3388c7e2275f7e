/** What a person can set: devices with a trial of each, volume, size of the words, push to talk. */

import { useId, useState, type ReactElement } from "react";

import { Icon } from "../components/icons";
import { Sheet } from "../components/Sheet";
import { settingsText as text } from "../text";
import { chime } from "./chime";
import { canChooseLoudspeaker, type Device } from "./devices";
import { LevelPreview } from "./LevelPreview";
import { CAPTION_SIZES, type SettingsStore } from "./settings";
import { useDevices, useSettings } from "./useSettings";

interface SettingsDialogProps {
  store: SettingsStore;
  /** The call's microphone while it is open: its level is shown, and none is opened a second time. */
  microphone: MediaStreamTrack | null;
  open: boolean;
  onClose: () => void;
}

export function SettingsDialog({ store, microphone, open, onClose }: SettingsDialogProps): ReactElement {
  return (
    <Sheet title={text.title} close={text.close} open={open} testId="settings" onClose={onClose}>
      <Fields store={store} microphone={microphone} />
    </Sheet>
  );
}

function Fields({ store, microphone }: Pick<SettingsDialogProps, "store" | "microphone">): ReactElement {
  const settings = useSettings(store);
  const volumeId = useId();
  const [{ microphones, loudspeakers }, lookAgain] = useDevices();
  const known = microphones.some((each) => each.id === settings.microphone);
  return (
    <div className="settings">
      <div className="setting">
        <DeviceChoice
          label={text.microphone}
          own={text.systemMicrophone}
          gone={text.goneMicrophone}
          testId="settings-microphone"
          devices={microphones}
          chosen={settings.microphone}
          onChoose={(id) => store.change({ microphone: id })}
        />
        {microphones.length === 0 && <p className="fine">{text.unnamed}</p>}
        <LevelPreview deviceId={known ? settings.microphone : ""} inCall={microphone} onOpened={lookAgain} />
      </div>
      <div className="setting">
        {canChooseLoudspeaker() && (
          <DeviceChoice
            label={text.loudspeaker}
            own={text.systemLoudspeaker}
            gone={text.goneLoudspeaker}
            testId="settings-loudspeaker"
            devices={loudspeakers}
            chosen={settings.loudspeaker}
            onChoose={(id) => store.change({ loudspeaker: id })}
          />
        )}
        <div className="setting-line">
          <label className="setting-name" htmlFor={volumeId}>
            {text.volume}
          </label>
          <output htmlFor={volumeId} data-testid="settings-volume-shown">{text.percent(settings.volume)}</output>
          <input
            id={volumeId}
            type="range"
            min={0}
            max={100}
            step={5}
            value={Math.round(settings.volume * 100)}
            aria-valuetext={text.percent(settings.volume)}
            data-testid="settings-volume"
            onChange={({ target }) => store.change({ volume: target.valueAsNumber / 100 })}
          />
        </div>
        <TestSound
          loudspeaker={loudspeakers.some((each) => each.id === settings.loudspeaker) ? settings.loudspeaker : ""}
          volume={settings.volume}
        />
      </div>
      <fieldset className="setting">
        <legend className="setting-name">{text.captions}</legend>
        <div className="sizes">
          {CAPTION_SIZES.map((size) => (
            <label key={size} className="size" data-captions={size}>
              <input
                type="radio"
                name="captions"
                value={size}
                checked={settings.captions === size}
                data-testid={`settings-captions-${size}`}
                onChange={() => store.change({ captions: size })}
              />
              <span>{text.captionSizes[size]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label className="setting switch">
        <input
          type="checkbox"
          checked={settings.pushToTalk}
          data-testid="settings-push-to-talk"
          onChange={({ target }) => store.change({ pushToTalk: target.checked })}
        />
        <span>
          <span className="setting-name">{text.pushToTalk}</span>
          <span className="fine">{text.pushToTalkHint}</span>
        </span>
      </label>
      <p className="fine">{text.kept}</p>
    </div>
  );
}

interface DeviceChoiceProps {
  label: string;
  own: string;
  gone: string;
  testId: string;
  devices: readonly Device[];
  chosen: string;
  onChoose: (id: string) => void;
}

/** A device that was chosen stays so while it is unplugged, and says that it is. */
function DeviceChoice({ label, own, gone, testId, devices, chosen, onChoose }: DeviceChoiceProps): ReactElement {
  const id = useId();
  const missing = chosen !== "" && !devices.some((each) => each.id === chosen);
  return (
    <div className="setting-line">
      <label className="setting-name" htmlFor={id}>
        {label}
      </label>
      <select id={id} value={chosen} data-testid={testId} onChange={({ target }) => onChoose(target.value)}>
        <option value="">{own}</option>
        {missing && <option value={chosen}>{gone}</option>}
        {devices.map(({ id: device, label: name }) => (
          <option key={device} value={device}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function TestSound({ loudspeaker, volume }: { loudspeaker: string; volume: number }): ReactElement {
  const [state, setState] = useState<"quiet" | "playing" | "failed">("quiet");
  const play = (): void => {
    setState("playing");
    chime(loudspeaker, volume).then(
      () => setState("quiet"),
      () => setState("failed"),
    );
  };
  return (
    <div className="preview">
      <button
        type="button"
        className="button small"
        data-testid="settings-chime"
        data-state={state}
        disabled={state === "playing"}
        onClick={play}
      >
        <Icon name="sound" />
        {text.play}
      </button>
      <p className="fine" role="status">
        {state === "failed" && text.unplayed}
      </p>
    </div>
  );
}
