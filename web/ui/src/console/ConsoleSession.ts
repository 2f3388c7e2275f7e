/** The owner's visit: asks the server, with an admin key where it wants one. */

import { ConsoleFault, faultOfStatus, wordsOf } from "./faults";
import { ShapeError, type Reader } from "./reading";

const KEY = "flux-voice-admin-key";
/** What a header can carry: no key that our server makes has anything else. */
const SENDABLE = /^[\x21-\x7e]+$/;
const TIMEOUT_MS = 15_000;
/** A deletion first ends the call that may still be held. */
const DELETE_TIMEOUT_MS = 60_000;

/** `open`: as far as is known no key is wanted, or the one that is kept is good. */
export type Gate = "open" | "needed" | "refused";

export interface Visit {
  gate: Gate;
  /** Whether a key is kept, so that one can sign out. */
  signedIn: boolean;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export class ConsoleSession {
  private visit: Visit;
  private key: string | null;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly base = "./api/v1/console",
    private readonly ask: Fetch = (url, init) => fetch(url, init),
    /** Only this tab's: closing it forgets the key. */
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null = tabStorage(),
  ) {
    this.key = this.storage?.getItem(KEY) ?? null;
    this.visit = { gate: "open", signedIn: this.key !== null };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly look = (): Visit => this.visit;

  /** Tries a key by asking for something with it; it is kept only once the server takes it. */
  async signIn(key: string, path: string): Promise<void> {
    if (!SENDABLE.test(key)) {
      this.show({ gate: "refused", signedIn: false });
      return;
    }
    const response = await this.send("GET", path, key, null);
    if (response.status === 401) {
      this.show({ gate: "refused", signedIn: false });
      return;
    }
    if (!response.ok) throw await faultOf(response);
    this.key = key;
    this.storage?.setItem(KEY, key);
    this.show({ gate: "open", signedIn: true });
  }

  signOut(): void {
    this.forget();
    this.show({ gate: "needed", signedIn: false });
  }

  async get<T>(path: string, read: Reader<T>, signal: AbortSignal): Promise<T> {
    return this.request("GET", path, read, signal);
  }

  async delete<T>(path: string, read: Reader<T>, signal: AbortSignal | null = null): Promise<T> {
    return this.request("DELETE", path, read, signal);
  }

  private async request<T>(method: string, path: string, read: Reader<T>, signal: AbortSignal | null): Promise<T> {
    const key = this.key;
    const response = await this.send(method, path, key, signal);
    if (response.status === 401 && key === this.key) {
      this.forget();
      this.show({ gate: key === null ? "needed" : "refused", signedIn: false });
    }
    if (!response.ok) throw await faultOf(response);
    try {
      return read(await response.json());
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ConsoleFault("unreadable", error instanceof ShapeError ? error.message : null);
    }
  }

  private async send(method: string, path: string, key: string | null, signal: AbortSignal | null): Promise<Response> {
    const headers = new Headers({ Accept: "application/json" });
    if (key !== null) headers.set("X-Api-Key", key);
    const limit = AbortSignal.timeout(method === "DELETE" ? DELETE_TIMEOUT_MS : TIMEOUT_MS);
    try {
      return await this.ask(path ? `${this.base}/${path}` : this.base, {
        method,
        headers,
        cache: "no-store",
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ConsoleFault("unreachable");
    }
  }

  private forget(): void {
    this.key = null;
    this.storage?.removeItem(KEY);
  }

  private show(visit: Visit): void {
    this.visit = visit;
    this.listeners.forEach((each) => each());
  }
}

async function faultOf(response: Response): Promise<ConsoleFault> {
  const seconds = Number(response.headers.get("Retry-After") ?? NaN);
  const body: unknown = await response.json().catch(() => null);
  return new ConsoleFault(faultOfStatus(response.status), wordsOf(body), Number.isFinite(seconds) ? seconds * 1000 : null);
}

function tabStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null; // blocked: the key is then kept for this page only
  }
}
