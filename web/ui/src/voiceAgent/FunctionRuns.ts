/** Which functions the agent asked for in one session, and what came of each: none is run twice. Pure. */

interface Run {
  /** What the agent is told of it; `null` while it runs. */
  answer: string | null;
  cancelled: boolean;
}

export class FunctionRuns {
  private readonly runs = new Map<string, Run>();

  /** Whether to run the call now; one that was answered before is answered so again, one that runs is waited for. */
  take(id: string): { run: boolean; answer: string | null } {
    const known = this.runs.get(id);
    if (known) return { run: false, answer: known.cancelled ? null : known.answer };
    this.runs.set(id, { answer: null, cancelled: false });
    return { run: true, answer: null };
  }

  /** Notes what came of a call; `false` if nobody waits for that any more. */
  finish(id: string, answer: string): boolean {
    const run = this.runs.get(id);
    if (!run || run.answer !== null) return false;
    run.answer = answer;
    return !run.cancelled;
  }

  /** The agent wants no answer; `false` if it has one, or never asked. */
  cancel(id: string): boolean {
    const run = this.runs.get(id);
    if (!run || run.answer !== null || run.cancelled) return false;
    run.cancelled = true;
    return true;
  }
}
