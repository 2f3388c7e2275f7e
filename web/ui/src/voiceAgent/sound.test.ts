import { describe, expect, it } from "vitest";

import { Framer, Pcm16Reader, toPcm16 } from "./pcm";
import { Resampler } from "./resampler";

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer;

describe("16-bit sound", () => {
  it("is what it was after both ways, cut off where it is too loud", () => {
    const sound = Float32Array.from([0, 0.5, -0.5, 1, -1, 3, -3, NaN]);
    const back = new Pcm16Reader().read(toPcm16(sound));
    [0, 0.5, -0.5, 1, -1, 1, -1, 0].forEach((level, index) => expect(back[index]).toBeCloseTo(level, 4));
  });

  it("may come in pieces of half a sample", () => {
    const reader = new Pcm16Reader();
    const pieces = [bytes(0x00), bytes(0x40, 0x00), bytes(), bytes(0xc0), bytes(0x01)];
    expect(pieces.flatMap((each) => [...reader.read(each)])).toEqual([0.5, -0.5]);
    reader.reset();
    expect([...reader.read(bytes(0x00, 0x40))]).toEqual([0.5]);
  });

  it("survives a message of ten megabytes", () => {
    expect(new Pcm16Reader().read(new ArrayBuffer(10 << 20))).toHaveLength(5 << 20);
  });

  it("is cut into whole frames", () => {
    const framer = new Framer(4);
    expect(framer.add(Float32Array.of(1, 2, 3))).toEqual([]);
    expect(framer.add(Float32Array.of(4, 5, 6, 7, 8, 9))).toEqual([
      Float32Array.of(1, 2, 3, 4),
      Float32Array.of(5, 6, 7, 8),
    ]);
    expect(framer.add(Float32Array.of(10, 11, 12))).toEqual([Float32Array.of(9, 10, 11, 12)]);
  });
});

describe("another sample rate", () => {
  const tone = (hertz: number, rate: number, seconds: number): Float32Array =>
    Float32Array.from({ length: rate * seconds }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));
  const inPieces = (resampler: Resampler, sound: Float32Array, size: number): number[] => {
    const result: number[] = [];
    for (let i = 0; i < sound.length; i += size) result.push(...resampler.process(sound.subarray(i, i + size)));
    return result;
  };
  const power = (sound: number[]): number => sound.reduce((sum, each) => sum + each * each, 0) / sound.length;

  it.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [24_000, 48_000],
    [24_000, 44_100],
  ])("keeps a tone of speech as it is (%i to %i)", (from, to) => {
    const result = inPieces(new Resampler(from, to), tone(1000, from, 0.5), 128);
    expect(Math.abs(result.length - to / 2)).toBeLessThan(40);
    const apart = result
      .slice(200, -200)
      .map((each, i) => Math.abs(each - Math.sin((2 * Math.PI * 1000 * (i + 200)) / to)));
    expect(Math.max(...apart)).toBeLessThan(0.01);
  });

  it("comes out the same in whatever pieces it came", () => {
    const sound = tone(440, 44_100, 0.2);
    const small = inPieces(new Resampler(44_100, 16_000), sound, 128);
    const large = inPieces(new Resampler(44_100, 16_000), sound, 1000);
    expect(Math.abs(small.length - large.length)).toBeLessThanOrEqual(1);
    const apart = large.map((each, index) => Math.abs(each - (small[index] ?? each)));
    expect(Math.max(...apart)).toBeLessThan(1e-4);
  });

  it("leaves nothing of what the lower rate cannot hold", () => {
    const result = inPieces(new Resampler(48_000, 16_000), tone(11_000, 48_000, 0.5), 128).slice(200);
    expect(10 * Math.log10(power(result) / 0.5)).toBeLessThan(-50);
  });

  it("is no work where the rates are the same", () => {
    const sound = tone(440, 16_000, 0.01);
    expect(new Resampler(16_000, 16_000).process(sound)).toBe(sound);
  });
});
