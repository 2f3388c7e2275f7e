/** From the many ways a call can fail to the few that a person can do something about. */

import { DeviceError, StartBotError } from "@pipecat-ai/client-js";

import { LinkError } from "../transport/errors";
import type { CallFault, MicrophoneFault } from "./state";

export function microphoneFault(error: DeviceError, secure: boolean): MicrophoneFault {
  if (!secure || error.type === "undefined-mediadevices") return "insecure-origin";
  if (error.type === "permissions") return "permission-denied";
  return error.type === "in-use" ? "microphone-busy" : "no-microphone";
}

const MICROPHONE_FAULTS: ReadonlySet<CallFault> = new Set<MicrophoneFault>([
  "no-microphone",
  "permission-denied",
  "microphone-busy",
  "insecure-origin",
]);

/** Faults that leave typing as it is. */
export function isMicrophoneFault(fault: CallFault | null): boolean {
  return fault !== null && MICROPHONE_FAULTS.has(fault);
}

export function callFault(error: unknown): CallFault {
  if (error instanceof LinkError) return linkFault(error);
  if (error instanceof StartBotError) return statusFault(error.status);
  return "server-gone";
}

function linkFault(error: LinkError): CallFault {
  switch (error.fault) {
    case "unreachable":
      return "server-gone";
    case "busy":
      return "server-busy";
    case "refused":
      return statusFault(error.status);
    case "server":
      return "server-fault";
    case "ice":
      return "ice-failed";
    case "gone":
      return "call-gone";
    case "lost":
      return "link-lost";
  }
}

function statusFault(status: number | undefined): CallFault {
  if (status === undefined) return "server-gone";
  if (status === 401 || status === 403) return "not-allowed";
  if (status === 429 || status === 503) return "server-busy";
  return "server-fault";
}
