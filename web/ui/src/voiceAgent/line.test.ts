import { describe, expect, it } from "vitest";

import { chosen, readOptions } from "../call/pageLine";
import type { ToolUpdate } from "../call/tools";
import { endReason } from "./AgentSocket";
import type { Past } from "./Dialogue";
import { Functions } from "./Functions";
import { readOutcome, type Outcome } from "./session";
import { settingsMessage, soundRates } from "./settings";
import { Typed } from "./Typed";

const SETTINGS = {
  type: "Settings",
  audio: { input: { encoding: "linear16", sample_rate: 16_000 }, output: { sample_rate: "loud" } },
  agent: { greeting: "Hi", think: { prompt: "p" } },
};

const PAST: Past[] = [
  { role: "user", content: "i want to learn guitar" },
  { function_calls: [{ id: "fc_1", name: "f", client_side: true, arguments: "{}", response: "Goal created." }] },
];

describe("the settings of a connection", () => {
  it("name the rates of sound, or mean the protocol's own", () => {
    expect(soundRates(SETTINGS)).toEqual({ input: 16_000, output: 24_000 });
    expect(soundRates({})).toEqual({ input: 24_000, output: 24_000 });
    expect(soundRates({ audio: { input: { sample_rate: 1e9 } } }).input).toBe(24_000);
  });

  it("are sent as they came, and go on from what was said before", () => {
    expect(JSON.parse(settingsMessage(SETTINGS, []))).toEqual(SETTINGS);
    const again = JSON.parse(settingsMessage(SETTINGS, PAST)) as typeof SETTINGS;
    expect(again.agent).toEqual({
      think: { prompt: "p" },
      context: { messages: PAST.map((each) => ({ type: "History", ...each })) },
    });
    expect(SETTINGS.agent.greeting).toBe("Hi");
  });
});

describe("typed words", () => {
  it("go one at a time, and again while they are refused", () => {
    const typed = new Typed();
    typed.add("one");
    typed.add("two");
    expect([typed.next(), typed.next()]).toEqual(["one", null]);
    expect(typed.refused()).toBe(true);
    expect(typed.next()).toBe("one");
    expect(typed.taken("something spoken")).toBe(false);
    expect(typed.taken("one ")).toBe(true);
    expect(typed.next()).toBe("two");
    typed.lost();
    expect([typed.next(), typed.refused()]).toEqual([null, true]);
  });

  it("are given up after many refusals", () => {
    const typed = new Typed();
    typed.add("one");
    const heeded = Array.from({ length: 15 }, () => {
      typed.next();
      return typed.refused();
    });
    expect(heeded).toEqual([...Array<boolean>(14).fill(true), false]);
    expect(typed.next()).toBeNull();
  });
});

describe("the functions of a connection", () => {
  const call = (id: string, more: object = {}) => ({ id, name: "f", args: { a: 1 }, garbled: false, clientSide: true, ...more });
  function desk(outcome: Outcome, prefix = "1:") {
    const shown: ToolUpdate[] = [];
    const ran: string[] = [];
    const sent: { id: string; content: string }[] = [];
    let runs = 0;
    const functions = new Functions(prefix, {
      run: () => {
        runs++;
        return Promise.resolve(outcome);
      },
      respond: (response) => sent.push({ id: response.id, content: response.content }),
      show: (tool) => shown.push(tool),
      ran: (each, response) => ran.push(`${each.id}: ${response}`),
    });
    return { functions, shown, sent, ran, runs: () => runs };
  }
  const settled = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 0));

  it("are run once, shown, and answered", async () => {
    const { functions, shown, sent, ran, runs } = desk({ status: "done", result: "Goal created." });
    functions.asked([call("fc_1"), call("fc_1")]);
    await functions.settled();
    functions.asked([call("fc_1")]);
    await settled();
    expect([runs(), ran]).toEqual([1, ["fc_1: Goal created."]]);
    expect(shown.map(({ id, status }) => [id, status])).toEqual([["1:fc_1", "running"], ["1:fc_1", "done"]]);
    expect(sent).toEqual(Array(2).fill({ id: "fc_1", content: "Goal created." }));
  });

  it("that fail are answered too", async () => {
    const { functions, shown, sent } = desk({ status: "failed", result: "Not now." });
    functions.asked([call("fc_1")]);
    await settled();
    expect(shown.at(-1)).toMatchObject({ status: "failed", result: "Not now." });
    expect(sent).toEqual([{ id: "fc_1", content: "Not now." }]);
  });

  it("are done but not answered once they are cancelled", async () => {
    const { functions, shown, sent } = desk({ status: "done", result: "Goal created." });
    functions.asked([call("fc_1")]);
    functions.cancelled(["fc_1"]);
    await settled();
    expect(shown.at(-1)).toMatchObject({ status: "done" });
    expect(sent).toEqual([]);
  });

  it("of the other side are only shown", async () => {
    const { functions, shown, ran, runs } = desk({ status: "done", result: "" });
    functions.asked([call("fc_1", { clientSide: false })]);
    functions.ranThere("fc_1", "There.");
    await settled();
    expect([runs(), ran]).toEqual([0, ["fc_1: There."]]);
    expect([shown.map(({ status }) => status)]).toEqual([["running", "done"]]);
  });

  it("end as the server says", () => {
    expect(readOutcome({ result: "Task created." })).toMatchObject({ status: "done", result: "Task created." });
    expect(readOutcome({ result: "When?", status: "rejected" }).status).toBe("rejected");
    expect(readOutcome({ result: 7 }).status).toBe("failed");
    expect(readOutcome("gone").status).toBe("failed");
  });
});

describe("the end of a socket", () => {
  it("says why, or that the line broke", () => {
    expect(endReason(1000, "goodbye")).toBe("goodbye");
    expect(endReason(1000, "")).toBe("link_lost");
    expect(endReason(1001, "")).toBe("shutdown");
    expect(endReason(1006, "")).toBeNull();
    expect(endReason(1011, "NET-0001")).toBeNull();
  });
});

describe("the page's choice of a line", () => {
  const told = { backend: "webrtc", choices: ["webrtc", "socket"], socket: null, user_id: "u" };
  it("is the server's, and the caller's where the server lets them", () => {
    expect(chosen(readOptions(told), "")).toBe("webrtc");
    expect(chosen(readOptions(told), "?backend=socket")).toBe("socket");
    expect(chosen(readOptions(told), "?backend=deepgram")).toBe("webrtc");
    expect(chosen(readOptions({ ...told, backend: "deepgram", choices: [] }), "?backend=socket")).toBe("deepgram");
  });

  it("is WebRTC where the server says nothing that can be understood", () => {
    for (const odd of [null, 3, {}, { backend: "carrier pigeon", choices: "all", socket: 4 }]) {
      expect(chosen(readOptions(odd), "?backend=socket")).toBe("webrtc");
    }
  });
});
