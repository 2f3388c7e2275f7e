import { expect, it } from "vitest";

import { allowMicrophone } from "../text";
import { BROWSERS, browserOf } from "./browsers";

const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)";
const ANDROID = "Mozilla/5.0 (Linux; Android 10; K)";
const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

it.each([
  [`${WINDOWS} ${CHROME}`, 0, "chrome"],
  [`Mozilla/5.0 (X11; Linux x86_64) ${CHROME.replace("Chrome", "HeadlessChrome")}`, 0, "chrome"],
  [`${WINDOWS} ${CHROME} Edg/142.0.0.0`, 10, "edge"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", 0, "firefox"],
  ["Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", 5, "firefox"],
  [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`, 0, "safari"],
  [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15`, 5, "ios"],
  [`${IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1`, 5, "ios"],
  [`${ANDROID} ${CHROME.replace("Safari", "Mobile Safari")}`, 5, "android"],
  ["curl/8.0", 0, "other"],
] as const)("%s with %d touch points", (userAgent, touchPoints, browser) => {
  expect(browserOf(userAgent, touchPoints)).toBe(browser);
});

it.each(BROWSERS)("tells how to allow the microphone in %s", (browser) => {
  expect(allowMicrophone[browser].length).toBeGreaterThan(1);
});
