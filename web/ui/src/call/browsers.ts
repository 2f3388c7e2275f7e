/** Which browser this is, as far as it matters for telling where its microphone switch is. */

export const BROWSERS = ["chrome", "edge", "firefox", "safari", "android", "ios", "other"] as const;
export type Browser = (typeof BROWSERS)[number];

export function browserOf(userAgent: string, touchPoints = 0): Browser {
  // An iPad says that it is a Macintosh; no Macintosh has a touch screen. Every browser on iOS is Safari inside.
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) return "ios";
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Android/.test(userAgent)) return /Chrome\//.test(userAgent) ? "android" : "other";
  if (/Edg\//.test(userAgent)) return "edge";
  if (/Chrome\/|Chromium\//.test(userAgent)) return "chrome";
  return /Safari\//.test(userAgent) ? "safari" : "other";
}
