/** One colour of the embedding site made into the four that the widget needs, readable in light and in dark: pure. */

export type Rgb = readonly [number, number, number];

export interface Accent {
  accent: string;
  strong: string;
  soft: string;
  on: string;
}

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
/** The ground that is hardest to read on, of each theme: see `styles/base.css`. */
const GROUNDS: Record<"light" | "dark", Rgb> = { light: [243, 242, 236], dark: [31, 37, 35] };
const READABLE = 4.5; // WCAG 2.2, 1.4.3
const STEP = 0.02;

/** Reads `#rgb`, `#rrggbb` and what browsers compute colours to: `rgb(1, 2, 3)`. */
export function readColour(text: string): Rgb | null {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1];
  if (hex) {
    const digits = hex.match(hex.length === 3 ? /./g : /../g) ?? [];
    return triple(digits.map((each) => parseInt(each.padStart(2, each), 16)));
  }
  const listed = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(text.trim());
  return listed ? triple(listed.slice(1).map(Number)) : null;
}

export function accentFor(colour: Rgb, theme: "light" | "dark"): Accent {
  const ground = GROUNDS[theme];
  const towards = theme === "light" ? BLACK : WHITE;
  let accent = colour;
  for (let part = STEP; contrast(accent, ground) < READABLE && part <= 1; part += STEP) {
    accent = mix(colour, towards, part);
  }
  return {
    accent: css(accent),
    strong: css(mix(accent, towards, 0.2)),
    soft: css(mix(ground, accent, 0.12)),
    on: css(contrast(accent, WHITE) >= contrast(accent, BLACK) ? WHITE : BLACK),
  };
}

/** The ratio that WCAG names, from 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(value: number): number {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  return triple(from.map((each, index) => Math.round(each + ((to[index] ?? 0) - each) * part)));
}

function triple([red = 0, green = 0, blue = 0]: readonly number[]): Rgb {
  return [red, green, blue];
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}
