/** A call as a React component sees it: what goes on, the two tracks of sound, and what a person can do about it. */

import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";

import type { Call, Tracks } from "./call/Call";
import { Held } from "./call/Held";
import { inCall, visibleState, type CallState, type VisibleState } from "./call/state";

export interface VoiceAgentOptions {
  /** The microphone is open only while `hold` and `letGo` say so. */
  pushToTalk?: boolean;
}

export interface VoiceAgent {
  /** The one word for what goes on. */
  visible: VisibleState;
  /** There is a call, or one is being made. */
  active: boolean;
  /** Everything known of the call: words, tools, latencies, microphone, faults. */
  state: CallState;
  /** The sound of both sides, for meters; `null` while there is none. */
  tracks: Tracks;
  pushToTalk: boolean;
  /** Push-to-talk: held right now. */
  holding: boolean;

  /** Starts a call; from a person's gesture, so that the browser lets sound out. */
  start: (options?: { mic?: boolean; text?: string }) => void;
  /** Sends written words, calling first (without a microphone) where there is no call. */
  say: (text: string) => void;
  /** Turns the microphone on, mutes it, or unmutes it; waits for permission where that is asked for. */
  toggleMicrophone: () => void;
  hold: () => void;
  letGo: () => void;
  end: () => void;
  /** After the browser has held back the sound; from a person's gesture. */
  letSoundOut: () => void;
  dismissFault: () => void;
  /** Keeps what is typed but not sent: `state.draft`. */
  setDraft: (text: string) => void;
}

export function useVoiceAgent(call: Call, { pushToTalk = false }: VoiceAgentOptions = {}): VoiceAgent {
  const state = useSyncExternalStore(call.subscribe, call.getState);
  const tracks = useSyncExternalStore(call.subscribe, call.getTracks);
  const grip = useMemo(() => new Held(call), [call]);
  const held = useSyncExternalStore(grip.subscribe, grip.get);
  const active = inCall(state);
  const holding = held && pushToTalk && active;

  const toggleMicrophone = useCallback(() => {
    if (mayToggle(call.getState())) call.toggleMicrophone();
  }, [call]);
  const { letGo } = grip;
  const hold = useCallback(() => {
    grip.hold();
    if (call.getState().mic === "off") toggleMicrophone();
  }, [call, grip, toggleMicrophone]);

  useEffect(() => {
    if (!pushToTalk) return;
    const { mic } = call.getState();
    if ((mic === "on" && !holding) || (mic === "muted" && holding)) call.toggleMicrophone();
  }, [call, pushToTalk, holding, state.mic]);

  // A key or a finger that is lifted elsewhere is not told to the page.
  useEffect(() => {
    if (!held) return;
    addEventListener("blur", letGo);
    return () => removeEventListener("blur", letGo);
  }, [held, letGo]);

  return useMemo(
    () => ({
      visible: visibleState(state),
      active,
      state,
      tracks,
      pushToTalk,
      holding,
      start: (options) => void call.start(options),
      say: (text) => void call.sendText(text),
      toggleMicrophone,
      hold,
      letGo,
      end: call.end,
      letSoundOut: call.letSoundOut,
      dismissFault: call.dismissFault,
      setDraft: call.setDraft,
    }),
    [call, state, active, tracks, pushToTalk, holding, toggleMicrophone, hold, letGo],
  );
}

/** While permission is asked for, or the line is being made, there is nothing to mute. */
export function mayToggle(state: CallState): boolean {
  return state.mic !== "opening" && (state.phase === "live" || state.phase === "reconnecting");
}
