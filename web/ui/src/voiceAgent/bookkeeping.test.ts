import { describe, expect, it } from "vitest";

import { Answer } from "./Answer";
import { FunctionRuns } from "./FunctionRuns";

describe("the functions of one session", () => {
  it("are run once each, and answered as often as they are asked for", () => {
    const runs = new FunctionRuns();
    expect(runs.take("fc_1")).toEqual({ run: true, answer: null });
    expect(runs.take("fc_1")).toEqual({ run: false, answer: null });
    expect(runs.finish("fc_1", "Goal created.")).toBe(true);
    expect(runs.take("fc_1")).toEqual({ run: false, answer: "Goal created." });
    expect(runs.finish("fc_1", "twice")).toBe(false);
  });

  it("are other ones in another session, whatever their ids", () => {
    new FunctionRuns().take("fc_1");
    expect(new FunctionRuns().take("fc_1").run).toBe(true);
  });

  it("are not answered once nobody waits", () => {
    const runs = new FunctionRuns();
    runs.take("fc_1");
    expect(runs.cancel("fc_1")).toBe(true);
    expect(runs.cancel("fc_1")).toBe(false);
    expect(runs.finish("fc_1", "late")).toBe(false);
    expect(runs.take("fc_1")).toEqual({ run: false, answer: null });
    expect(runs.cancel("fc_unknown")).toBe(false);
    runs.take("fc_2");
    runs.finish("fc_2", "done");
    expect(runs.cancel("fc_2")).toBe(false);
  });
});

describe("an answer", () => {
  const heard = (outputs: ReturnType<Answer["done"]>): (string | undefined)[] =>
    outputs.map((each) => each.spoken_progress?.accumulated_text);

  it("is shown word by word as it sounds", () => {
    const answer = new Answer();
    expect(answer.add(1, " Goal created: Learn guitar. ")).toEqual([
      { text: "Goal created: Learn guitar.", segment_id: 1, spoken_status: "new" },
    ]);
    expect(answer.sounding({ received: 0.2, played: 0 })).toEqual([]);
    expect(heard(answer.sounding({ received: 0.6, played: 0.4 }))).toEqual(["Goal"]);
    expect(answer.sounding({ received: 0.7, played: 0.45 })).toEqual([]);
    expect(answer.done()).toMatchObject([{ spoken_status: "completed", interrupted: false }]);
    expect(answer.sounding({ received: 9, played: 9 })).toEqual([]);
  });

  it("goes by the length of its sound where that came as a whole", () => {
    const answer = new Answer();
    answer.add(1, "one two three four five");
    expect(heard(answer.sounding({ received: 10, played: 5 }))).toEqual(["one two"]);
  });

  it("may have many sentences, and be cut in one of them", () => {
    const answer = new Answer();
    answer.add(1, "First one.");
    answer.add(2, "Second one.");
    answer.add(3, "Third one.");
    expect(answer.cut({ received: 4, played: 2 })).toMatchObject([
      { segment_id: 1, interrupted: false, spoken_progress: { accumulated_text: "First one." } },
      { segment_id: 2, interrupted: true, spoken_progress: { accumulated_text: "" } },
      { segment_id: 3, interrupted: true, spoken_progress: { accumulated_text: "" } },
    ]);
    expect(answer.correct("First one. Second")).toMatchObject([
      { segment_id: 2, interrupted: true, spoken_progress: { accumulated_text: "Second" } },
    ]);
    expect(answer.correct("Something else.")).toEqual([]);
  });

  it("that was cut before its words were known holds what was heard of it", () => {
    const answer = new Answer();
    answer.cut({ received: 1, played: 1 });
    expect(answer.empty && answer.wasCut).toBe(true);
    expect(answer.add(1, "I can help")).toMatchObject([
      { spoken_status: "completed", spoken_progress: { accumulated_text: "I can help", remaining_text: "" } },
    ]);
  });
});
