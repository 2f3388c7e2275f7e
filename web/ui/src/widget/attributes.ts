/** What `<flux-voice …>` may say, read into options; what makes no sense is told to the developer, never to the visitor. */

import { widgetText } from "../text";

export const ATTRIBUTES = [
  "agent",
  "token-url",
  "server",
  "label",
  "position",
  "theme",
  "accent",
  "language",
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

export const POSITIONS = ["bottom-right", "bottom-left", "top-right", "top-left", "inline"] as const;
export type Position = (typeof POSITIONS)[number];

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Languages that the widget's own texts are in. */
export const LANGUAGES = ["en"] as const;
export type Language = (typeof LANGUAGES)[number];

export const MAX_LABEL = 40;

export interface WidgetOptions {
  /** The server's address with a slash at its end; `null` where nobody can tell it. */
  server: string | null;
  /** What of the embedding site mints sessions; `null` where the server itself does so for everybody. */
  tokenUrl: string | null;
  agent: string | null;
  label: string;
  position: Position;
  theme: Theme;
  accent: string | null;
  language: Language;
}

/** The page that the element stands on. */
export interface Place {
  /** What relative addresses are relative to. */
  base: string;
  /** The address of `widget.js`, if that is known. */
  script: string | null;
}

export interface Read {
  options: WidgetOptions;
  /** What the developer has to know, in words. */
  mistakes: string[];
}

export function readAttributes(get: (name: Attribute) => string | null, place: Place): Read {
  const mistakes: string[] = [];
  const given = (name: Attribute): string | null => get(name)?.trim() || null;
  const oneOf = <T extends string>(name: Attribute, known: readonly [T, ...T[]]): T => {
    const value = given(name)?.toLowerCase() ?? known[0];
    const found = known.find((each) => each === value);
    if (!found) mistakes.push(widgetText.mistakes.unknown(name, value, known.join(", ")));
    return found ?? known[0];
  };
  const address = (name: Attribute, value: string | null): URL | null => {
    if (!value) return null;
    const url = URL.canParse(value, place.base) ? new URL(value, place.base) : null;
    if (url?.protocol === "https:" || url?.protocol === "http:") return url;
    mistakes.push(widgetText.mistakes.address(name, value));
    return null;
  };
  const server = address("server", given("server") ?? (place.script && serverOfScript(place.script)));
  if (!server) mistakes.push(widgetText.mistakes.server);
  else if (isMixed(place.base, server)) mistakes.push(widgetText.mistakes.mixed(server.origin));
  const options: WidgetOptions = {
    server: server && directory(server),
    tokenUrl: address("token-url", given("token-url"))?.href ?? null,
    agent: given("agent"),
    label: given("label")?.slice(0, MAX_LABEL) ?? widgetText.label,
    position: oneOf("position", POSITIONS),
    theme: oneOf("theme", THEMES),
    accent: given("accent"),
    language: oneOf("language", LANGUAGES),
  };
  return { options, mistakes };
}

/** Where a server is whose `widget.js` lies at `script`. */
function serverOfScript(script: string): string {
  return new URL(".", script).href;
}

function directory(url: URL): string {
  return url.origin + url.pathname.replace(/\/*$/, "/");
}

/** Whether a browser would refuse: a page with HTTPS asks for nothing without it, but of its own machine. */
function isMixed(page: string, server: URL): boolean {
  const own = ["localhost", "127.0.0.1", "[::1]"].includes(server.hostname);
  return page.startsWith("https:") && server.protocol === "http:" && !own;
}
