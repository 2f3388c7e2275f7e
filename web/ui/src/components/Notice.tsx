/** What stands in the way, and what to do about it. */

import type { ReactElement } from "react";

import type { Call } from "../call/Call";
import { inCall, type CallFault, type CallState } from "../call/state";
import { controls, faults } from "../text";
import { Icon } from "./icons";

const microphoneFaults: ReadonlySet<CallFault> = new Set([
  "no-microphone",
  "permission-denied",
  "microphone-busy",
  "insecure-origin",
]);

export function Notice({ call, state }: { call: Call; state: CallState }): ReactElement | null {
  if (state.soundBlocked) {
    return (
      <div className="notice" role="alert" data-testid="sound-blocked">
        <Icon name="sound" />
        <div className="notice-words">
          <strong>{controls.soundBlocked}</strong>
        </div>
        <button type="button" className="button small" onClick={call.letSoundOut}>
          {controls.letSoundOut}
        </button>
      </div>
    );
  }
  if (!state.fault) return null;
  const { title, help } = faults[state.fault];
  const live = inCall(state);
  return (
    <div className="notice fault" role="alert" data-testid="error" data-fault={state.fault}>
      <Icon name={microphoneFaults.has(state.fault) ? "micOff" : "alert"} />
      <div className="notice-words">
        <strong>{title}</strong>
        {state.detail && <span className="notice-detail">{state.detail}</span>}
        <span>{help}</span>
      </div>
      {live ? (
        <div className="notice-actions">
          <button type="button" className="button small quiet" onClick={call.dismissFault}>
            {controls.dismiss}
          </button>
        </div>
      ) : (
        microphoneFaults.has(state.fault) && (
          <div className="notice-actions">
            <button type="button" className="button small" data-testid="retry" onClick={() => void call.start()}>
              {controls.retry}
            </button>
            <button
              type="button"
              className="button small quiet"
              data-testid="type-instead"
              onClick={() => void call.start({ mic: false })}
            >
              {controls.withoutMicrophone}
            </button>
          </div>
        )
      )}
    </div>
  );
}
