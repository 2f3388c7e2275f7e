/** What every view asks the server through. */

import { createContext, useContext, useSyncExternalStore } from "react";

import { ConsoleSession, type Visit } from "./ConsoleSession";

export const SessionContext = createContext(new ConsoleSession());

export function useSession(): ConsoleSession {
  return useContext(SessionContext);
}

export function useVisit(): Visit {
  const session = useSession();
  return useSyncExternalStore(session.subscribe, session.look);
}
