/** One answer of the server, asked for when the view opens and again on demand. */

import { useCallback, useEffect, useRef, useState } from "react";

import { ConsoleFault } from "./faults";
import { Poller, type Asked } from "./Poller";
import type { Reader } from "./reading";
import { useSession } from "./useSession";

export interface Answer<T> {
  /** The last one that came: of an earlier path while another is asked for. */
  value: T | null;
  fault: ConsoleFault | null;
  busy: boolean;
  again: () => void;
}

interface Held<T> {
  /** Of which question this is the outcome; see `question`. */
  of: string;
  value: T | null;
  fault: ConsoleFault | null;
}

export function useAnswer<T>(path: string, read: Reader<T>): Answer<T> {
  const session = useSession();
  const [attempt, setAttempt] = useState(0);
  const [held, setHeld] = useState<Held<T>>({ of: "", value: null, fault: null });
  const question = `${attempt} ${path}`;
  useEffect(() => {
    const asking = new AbortController();
    session.get(path, read, asking.signal).then(
      (value) => setHeld({ of: question, value, fault: null }),
      (error: unknown) => {
        if (!asking.signal.aborted) setHeld(({ value }) => ({ of: question, value, fault: asFault(error) }));
      },
    );
    return () => asking.abort();
  }, [session, path, read, question]);
  const busy = held.of !== question;
  return { value: held.value, fault: busy ? null : held.fault, busy, again: () => setAttempt((count) => count + 1) };
}

/** The same, asked again and again while the tab is looked at; more rarely as long as the `gist` stays the same. */
export function useFreshAnswer<T>(path: string, read: Reader<T>, gist: (value: T) => string): Answer<T> & { at: number | null } {
  const session = useSession();
  const [held, setHeld] = useState<Omit<Answer<T>, "again"> & { at: number | null }>({
    value: null,
    fault: null,
    busy: true,
    at: null,
  });
  const poller = useRef<Poller>(null);
  useEffect(() => {
    let last = "";
    const made = new Poller(async (signal): Promise<Asked> => {
      try {
        const value = await session.get(path, read, signal);
        setHeld({ value, fault: null, busy: false, at: Date.now() });
        const told = gist(value);
        const came = told === last ? "same" : "changed";
        last = told;
        return { came };
      } catch (error) {
        if (signal.aborted) throw error;
        const fault = asFault(error);
        setHeld((before) => ({ ...before, fault, busy: false }));
        return { came: "failed", retryAfter: fault.retryAfter };
      }
    });
    const follow = (): void => (document.hidden ? made.stop() : made.start());
    follow();
    document.addEventListener("visibilitychange", follow);
    poller.current = made;
    return () => {
      document.removeEventListener("visibilitychange", follow);
      made.stop();
    };
  }, [session, path, read, gist]);
  const again = useCallback(() => poller.current?.start(), []);
  return { ...held, again };
}

export function asFault(error: unknown): ConsoleFault {
  return error instanceof ConsoleFault ? error : new ConsoleFault("unreadable", String(error));
}
