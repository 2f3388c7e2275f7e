import { afterEach, describe, expect, it, vi } from "vitest";

import { LinkError } from "./errors";
import { offerUrl, patchCandidates, postOffer, type Offer } from "./signalling";

const endpoint = { url: "http://box/sessions/s1/api/offer" };
const offer: Offer = { sdp: "v=0", type: "offer", pc_id: null, restart_pc: false };
const { signal } = new AbortController();

const answerWith = (respond: () => Promise<Response>) => {
  const fetching = vi.fn<typeof fetch>(respond);
  vi.stubGlobal("fetch", fetching);
  return fetching;
};

afterEach(() => {
  vi.unstubAllGlobals();
});

it.each([
  ["http://box/start", "http://box/sessions/s1/api/offer"],
  ["https://box/voice/start", "https://box/voice/sessions/s1/api/offer"],
  ["https://start.box/start", "https://start.box/sessions/s1/api/offer"],
])("derives from %s where offers go", (start, expected) => {
  expect(offerUrl(start, "s1")).toBe(expected);
});

describe("an offer", () => {
  it("is answered", async () => {
    const fetching = answerWith(() => Promise.resolve(Response.json({ sdp: "v=1", type: "answer", pc_id: "p1" })));
    await expect(postOffer(endpoint, offer, signal)).resolves.toEqual({ sdp: "v=1", type: "answer", pcId: "p1" });
    expect(JSON.parse(fetching.mock.calls[0]?.[1]?.body as string)).toEqual(offer);
  });

  it.each([
    [400, "refused", true],
    [403, "refused", true],
    [404, "gone", true],
    [409, "gone", true],
    [429, "busy", false],
    [503, "busy", false],
    [500, "server", false],
  ])("refused with %i is a fault: %s", async (status, fault, final) => {
    answerWith(() => Promise.resolve(new Response("", { status })));
    const error = await postOffer(endpoint, offer, signal).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(LinkError);
    expect(error).toMatchObject({ fault, final, status });
  });

  it("finds nobody", async () => {
    answerWith(() => Promise.reject(new TypeError("Failed to fetch")));
    await expect(postOffer(endpoint, offer, signal)).rejects.toMatchObject({ fault: "unreachable" });
  });

  it("is not satisfied with an answer that is none", async () => {
    answerWith(() => Promise.resolve(new Response("<html>")));
    await expect(postOffer(endpoint, offer, signal)).rejects.toMatchObject({ fault: "server" });
  });
});

it("patches candidates as the protocol names them, and survives their loss", async () => {
  const fetching = answerWith(() => Promise.reject(new TypeError("Failed to fetch")));
  await patchCandidates(endpoint, "p1", [{ candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 }]);
  expect(fetching.mock.calls[0]?.[1]?.method).toBe("PATCH");
  expect(JSON.parse(fetching.mock.calls[0]?.[1]?.body as string)).toEqual({
    pc_id: "p1",
    candidates: [{ candidate: "candidate:1", sdp_mid: "0", sdp_mline_index: 0 }],
  });
});
