/** Whether the browser runs the page's sound: it may hold it back, or take it away for a phone call. */

interface Page extends EventTarget {
  readonly visibilityState: DocumentVisibilityState;
}

type Context = Pick<AudioContext, "state" | "resume" | "addEventListener">;

export class SoundGate {
  private blocked = false;

  /** `tell` is told of every change, until `signal`. */
  constructor(
    private readonly context: Context,
    private readonly tell: (blocked: boolean) => void,
    signal: AbortSignal,
    page: Page = document,
  ) {
    context.addEventListener("statechange", () => this.look(), { signal });
    page.addEventListener(
      "visibilitychange",
      () => {
        if (page.visibilityState === "visible" && context.state !== "running") this.open();
      },
      { signal },
    );
  }

  open(): void {
    this.context.resume().catch(() => undefined);
  }

  /** Tells how it is, if that has changed. */
  look(): void {
    const blocked = this.context.state !== "running";
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    this.tell(blocked);
  }
}
