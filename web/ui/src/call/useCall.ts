/** A call as React sees it. */

import { useSyncExternalStore } from "react";

import type { Call, Tracks } from "./Call";
import type { CallState } from "./state";

export function useCall(call: Call): CallState {
  return useSyncExternalStore(call.subscribe, call.getState);
}

export function useTracks(call: Call): Tracks {
  return useSyncExternalStore(call.subscribe, call.getTracks);
}
