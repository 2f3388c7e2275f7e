import { expect, it } from "vitest";

import { csv, csvName, turnsCsv } from "./csv";

it("quotes what needs it, as RFC 4180 has it", () => {
  expect(csv([["a,b", 'say "hi"', "two\r\nlines", "plain", 1.5, null]])).toBe(
    '"a,b","say ""hi""","two\r\nlines",plain,1.5,\r\n',
  );
});

it("writes a line a turn, and leaves what is unknown empty", () => {
  const marks = {
    endpoint: 300.5,
    transcript: null,
    llm_first_token: 0,
    llm_first_phrase: null,
    tts_first_audio: 600,
    audio_out: 620,
  };
  const typed = { ...marks, endpoint: null };
  const at = Date.UTC(2026, 10, 22, 15, 4, 5, 678);
  const text = turnsCsv([
    { call: 1, turn: 2, at, marks, heard: 701.25 },
    { call: 2, turn: 0, at, marks: typed, heard: null },
  ]);
  expect(text.split("\r\n")).toEqual([
    "time,call,turn,kind,endpoint_ms,transcript_ms,llm_first_token_ms,llm_first_phrase_ms,tts_first_audio_ms,audio_out_ms,voice_to_voice_ms,heard_ms",
    "2026-11-22T15:04:05.678Z,1,2,spoken,300.5,,0,,600,620,620,701.25",
    "2026-11-22T15:04:05.678Z,2,0,typed,,,0,,600,620,,",
    "",
  ]);
});

it("has its columns even without a turn", () => expect(turnsCsv([])).toMatch(/^time,call,.*,heard_ms\r\n$/));

it("names the file by this browser's time", () => {
  expect(csvName(new Date(2026, 0, 2, 3, 4, 5))).toBe("flux-voice-latency-2026-01-02-030405.csv");
});
