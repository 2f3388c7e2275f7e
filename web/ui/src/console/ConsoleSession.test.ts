import { describe, expect, it } from "vitest";

import { ConsoleSession } from "./ConsoleSession";
import { ConsoleFault } from "./faults";
import { number, shape } from "./reading";

const count = shape<{ total: number }>({ total: number });
const idle = new AbortController().signal;

class Tab {
  readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
  removeItem = (key: string): void => void this.kept.delete(key);
}

/** A server that wants `key`, or none. */
function visit(key: string | null, tab = new Tab()): { session: ConsoleSession; asked: string[]; tab: Tab } {
  const asked: string[] = [];
  const session = new ConsoleSession(
    "./console",
    (url, init) => {
      const shown = new Headers(init.headers).get("X-Api-Key");
      asked.push(`${String(init.method)} ${url} ${shown ?? "-"}`);
      const good = key === null || shown === key;
      const body = good ? { total: 3 } : { error: { code: "key_needed", message: "an admin key is needed" } };
      return Promise.resolve(Response.json(body, { status: good ? 200 : 401 }));
    },
    tab,
  );
  return { session, asked, tab };
}

async function faultOf(work: Promise<unknown>): Promise<ConsoleFault> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConsoleFault)) throw new Error(`not a fault: ${String(error)}`);
  return error;
}

function answering(response: () => Promise<Response>): ConsoleSession {
  return new ConsoleSession("./console", response, new Tab());
}

describe("the owner's visit", () => {
  it("asks without a key as long as none is wanted", async () => {
    const { session, asked } = visit(null);
    expect(await session.get("calls", count, idle)).toEqual({ total: 3 });
    expect(asked).toEqual(["GET ./console/calls -"]);
    expect(session.look()).toEqual({ gate: "open", signedIn: false });
  });

  it("shuts the gate when a key is wanted, and opens it with a good one that the tab keeps", async () => {
    const { session, asked, tab } = visit("right");
    let told = 0;
    session.subscribe(() => (told += 1));
    expect((await faultOf(session.get("calls", count, idle))).fault).toBe("key-needed");
    expect(session.look().gate).toBe("needed");
    await session.signIn("right", "calls");
    expect(session.look()).toEqual({ gate: "open", signedIn: true });
    expect(await session.get("goals", count, idle)).toEqual({ total: 3 });
    expect(asked.at(-1)).toBe("GET ./console/goals right");
    expect([...tab.kept.values()]).toEqual(["right"]);
    expect(told).toBe(2);
  });

  it("keeps no key that the server does not take", async () => {
    const { session, tab } = visit("right");
    await session.signIn("wrong", "calls");
    await session.signIn("no header can hold \u{1f511}", "calls");
    expect(session.look()).toEqual({ gate: "refused", signedIn: false });
    expect(tab.kept.size).toBe(0);
  });

  it("takes the tab's key up again, and drops it once it is not known any more", async () => {
    const tab = new Tab();
    await visit("old", tab).session.signIn("old", "calls");
    const { session } = visit("new", tab);
    expect(session.look().signedIn).toBe(true);
    await faultOf(session.get("calls", count, idle));
    expect(session.look()).toEqual({ gate: "refused", signedIn: false });
    expect(tab.kept.size).toBe(0);
  });

  it("forgets the key when one signs out", async () => {
    const { session, asked, tab } = visit("right");
    await session.signIn("right", "calls");
    session.signOut();
    expect(session.look()).toEqual({ gate: "needed", signedIn: false });
    expect(tab.kept.size).toBe(0);
    await faultOf(session.get("calls", count, idle));
    expect(asked.at(-1)).toBe("GET ./console/calls -");
  });

  it("says which of the failures it was, in the server's words where there are any", async () => {
    const away = answering(() => Promise.reject(new TypeError("fetch failed")));
    expect((await faultOf(away.get("calls", count, idle))).fault).toBe("unreachable");
    const odd = answering(() => Promise.resolve(Response.json({ total: "3" })));
    expect(await faultOf(odd.get("calls", count, idle))).toMatchObject({
      fault: "unreadable",
      said: "total is not a number",
    });
    const html = answering(() => Promise.resolve(new Response("<html>", { status: 502 })));
    expect(await faultOf(html.get("calls", count, idle))).toMatchObject({ fault: "unavailable", said: null });
    const busy = answering(() =>
      Promise.resolve(
        Response.json({ error: { message: "try again later" } }, { status: 429, headers: { "Retry-After": "7" } }),
      ),
    );
    expect(await faultOf(busy.delete("users/1", count))).toMatchObject({
      fault: "too-often",
      said: "try again later",
      retryAfter: 7000,
    });
  });
});
