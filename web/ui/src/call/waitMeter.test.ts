import { beforeEach, describe, expect, it } from "vitest";

import { WaitMeter, type Heard } from "./waitMeter";

const RATE = 16_000;
const STEP = 0.05;

let now: number;
let told: Heard[];
let meter: WaitMeter;

beforeEach(() => {
  now = 100;
  told = [];
  meter = new WaitMeter((heard) => told.push(heard));
});

/** Lets time go by; the microphone and the agent's line carry tones of these strengths. */
function pass(seconds: number, { mic = 0, voice = 0 } = {}): void {
  for (let step = 0; step < Math.round(seconds / STEP); step++) {
    now += STEP;
    meter.microphone(tone(mic), now, RATE);
    meter.voice(tone(voice), now, RATE);
  }
}

function tone(strength: number): Float32Array {
  return Float32Array.from({ length: STEP * RATE }, (_, i) => strength * (i % 2 === 0 ? 1 : -1));
}

function turn(): void {
  pass(1);
  meter.userStarted();
  pass(1.5, { mic: 0.1 });
  pass(0.5);
  meter.userStopped(now);
}

describe("a spoken turn", () => {
  it("is measured from the last loud moment to the first audible sample", () => {
    turn();
    pass(0.2);
    meter.answered(3, now);
    pass(0.1);
    pass(1, { voice: 0.2 });
    expect(told).toEqual([{ turn: 3, ms: 800 }]);
  });

  it("is measured as well when the sound is here before the message", () => {
    turn();
    pass(0.2);
    pass(0.5, { voice: 0.2 });
    expect(told).toEqual([]);
    meter.answered(3, now);
    expect(told).toEqual([{ turn: 3, ms: 700 }]);
  });

  it("is told once", () => {
    turn();
    meter.answered(3, now);
    pass(1, { voice: 0.2 });
    meter.answered(3, now);
    pass(1);
    pass(1, { voice: 0.2 });
    expect(told).toHaveLength(1);
  });

  it("ends at the last word, whatever the noise of the room", () => {
    pass(3, { mic: 0.004 });
    meter.userStarted();
    pass(1.5, { mic: 0.2 });
    pass(0.6, { mic: 0.004 });
    meter.userStopped(now);
    meter.answered(1, now);
    pass(0.2, { mic: 0.004 });
    pass(0.5, { mic: 0.004, voice: 0.2 });
    expect(told).toEqual([{ turn: 1, ms: 800 }]);
  });

  it("hears no answer in what a silent line carries", () => {
    turn();
    meter.answered(1, now);
    pass(0.3, { voice: 0.0005 });
    pass(0.3, { voice: 0.2 });
    expect(told).toEqual([{ turn: 1, ms: 800 }]);
  });
});

describe("what cannot be made out is left unknown", () => {
  it("a microphone that heard nobody", () => {
    pass(2);
    meter.userStopped(now);
    meter.answered(1, now);
    pass(1, { voice: 0.2 });
    expect(told).toEqual([]);
  });

  it("an agent that still speaks when the turn ends", () => {
    pass(1);
    pass(1.5, { mic: 0.1, voice: 0.2 });
    pass(0.5, { voice: 0.2 });
    meter.userStopped(now);
    meter.agentStopped(now);
    pass(0.5);
    meter.answered(1, now);
    pass(1, { voice: 0.2 });
    expect(told).toEqual([]);
  });

  it("a sound that went on from before the answer", () => {
    turn();
    pass(0.3, { voice: 0.2 }); // it goes on where it was cut: no words came of what was said
    meter.agentStopped(now);
    pass(0.5);
    meter.answered(1, now);
    pass(1, { voice: 0.2 });
    expect(told).toEqual([]);
  });

  it("a sound that answers nothing, long before the next answer", () => {
    turn();
    pass(1, { voice: 0.2 });
    pass(4);
    meter.answered(1, now);
    pass(1, { voice: 0.2 });
    expect(told).toEqual([]);
  });

  it("an answer that is heard long after it was sent", () => {
    turn();
    meter.answered(1, now);
    pass(4);
    pass(1, { voice: 0.2 });
    expect(told).toEqual([]);
  });

  it("a turn that the caller goes on with", () => {
    turn();
    meter.userStarted();
    meter.answered(1, now);
    pass(1, { voice: 0.2 });
    expect(told).toEqual([]);
  });

  it("a page that slept meanwhile", () => {
    turn();
    meter.gap();
    meter.answered(1, now);
    pass(1, { voice: 0.2 });
    expect(told).toEqual([]);
  });

  it("but the turn after that is measured", () => {
    meter.gap();
    meter.hushed(now);
    turn();
    meter.answered(2, now);
    pass(0.5, { voice: 0.2 });
    expect(told).toEqual([{ turn: 2, ms: 500 }]);
  });
});
