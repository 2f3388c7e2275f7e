/** Measured turns as CSV (RFC 4180): one line a turn, milliseconds, an unknown figure left empty. Pure. */

import { MARKS } from "../call/latency";
import { isTyped, spokenWait, type MeasuredTurn } from "./turns";

type Field = string | number | null;

const COLUMNS = ["time", "call", "turn", "kind", ...MARKS.map((mark) => `${mark}_ms`), "voice_to_voice_ms", "heard_ms"];

export function turnsCsv(turns: readonly MeasuredTurn[]): string {
  return csv([COLUMNS, ...turns.map(fields)]);
}

/** Lines that end in CRLF; a field with a comma, a quote or a line break is quoted. */
export function csv(lines: readonly (readonly Field[])[]): string {
  return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

/** A name that sorts by date, of this browser's own time. */
export function csvName(date: Date): string {
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `flux-voice-latency-${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}.csv`;
}

function fields(turn: MeasuredTurn): Field[] {
  const { call, at, marks, heard } = turn;
  const kind = isTyped(marks) ? "typed" : "spoken";
  const stamps = MARKS.map((mark) => marks[mark]);
  return [new Date(at).toISOString(), call, turn.turn, kind, ...stamps, spokenWait(turn), heard];
}

function field(value: Field): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
