import { expect, it } from "vitest";

import { LinkError, type LinkFault } from "./errors";
import { worthAnother, type Tried } from "./retries";

const first: Tried = { restart: false, attempt: 1, ms: 0 };
const lost: Tried = { restart: true, attempt: 1, ms: 0 };

it.each<[string, LinkFault, Tried, boolean]>([
  ["a new call whose server does not answer", "unreachable", first, true],
  ["a new call, three times over", "unreachable", { ...first, attempt: 3 }, false],
  ["a new call that sound cannot reach", "ice", first, false],
  ["a lost call that sound cannot reach yet", "ice", lost, true],
  ["a lost call that sound cannot reach, three times over", "ice", { ...lost, attempt: 3, ms: 9 }, false],
  ["a lost call while the network is down", "unreachable", { ...lost, attempt: 9, ms: 20_000 }, true],
  ["a lost call when the server has given it up", "unreachable", { ...lost, attempt: 9, ms: 30_000 }, false],
  ["a lost call that a faulty server answers, three times over", "server", { ...lost, attempt: 3, ms: 9 }, false],
  ["a call that is over", "gone", lost, false],
  ["a call that is refused", "refused", lost, false],
])("%s", (_, fault, tried, worth) => {
  expect(worthAnother(new LinkError(fault), tried)).toBe(worth);
});
