/** `<flux-voice>`: a voice agent on any page, in a shadow root that the page's own styles do not reach. */

import { createRoot, type Root } from "react-dom/client";

import { Call } from "../call/Call";
import { RtviLine } from "../call/RtviLine";
import { visibleState, type CallState, type VisibleState } from "../call/state";
import { widgetText } from "../text";
import { accentFor, readColour, type Accent } from "./accent";
import { ATTRIBUTES, readAttributes, type WidgetOptions } from "./attributes";
import { changes, type WidgetEvents } from "./changes";
import { tellDeveloper } from "./developer";
import { dialler } from "./session";
import { ROOT_CLASS } from "./shadowCss";
import { sheets } from "./sheets";
import { Widget } from "./Widget";

/** Where `widget.js` came from: known only while it is first run. */
const script = (document.currentScript as HTMLScriptElement | null)?.src ?? null;

export class FluxVoice extends HTMLElement {
  static readonly observedAttributes = [...ATTRIBUTES];

  private readonly ground = document.createElement("div");
  private options: WidgetOptions | null = null;
  private shown: { call: Call; view: Root; last: CallState; unsubscribe: () => void } | null = null;
  private isOpen = false;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = sheets();
    this.ground.className = ROOT_CLASS;
    shadow.append(this.ground);
  }

  // ------ for the page's own scripts

  /** What the agent is doing, in one word. */
  get state(): VisibleState {
    return this.shown ? visibleState(this.shown.call.getState()) : "idle";
  }

  /** Shows the call's own view; what begins the call is the visitor's own press of a button. */
  open(): void {
    this.setOpen(true);
  }

  /** Hides the call's own view; a call that is held goes on. */
  close(): void {
    this.setOpen(false);
  }

  /** Ends the call. */
  end(): void {
    this.shown?.call.end();
  }

  // ------ its life on the page

  connectedCallback(): void {
    if (this.shown) return; // it was only moved
    const dial = dialler(() => this.read(), tellDeveloper);
    const call = new Call(undefined, (events, options) => new RtviLine(dial, events, options));
    const view = createRoot(this.ground);
    const unsubscribe = call.subscribe(() => this.announce());
    this.shown = { call, view, last: call.getState(), unsubscribe };
    if (!isSecureContext) tellDeveloper(widgetText.mistakes.insecure);
    this.render();
  }

  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (!this.isConnected) this.free(); // else it was moved, and the call goes on
    });
  }

  attributeChangedCallback(): void {
    this.options = null;
    if (this.shown) this.render();
  }

  private free(): void {
    if (!this.shown) return;
    const { call, view, unsubscribe } = this.shown;
    call.dispose();
    unsubscribe();
    view.unmount();
    this.shown = null;
    this.isOpen = false;
  }

  // ------ showing and telling

  private setOpen(open: boolean): void {
    if (!this.shown || open === this.isOpen) return;
    this.isOpen = open;
    this.render();
    this.tell(open ? "flux-voice-open" : "flux-voice-close", null);
  }

  private render(): void {
    if (!this.shown) return;
    const { call, view } = this.shown;
    const options = this.read();
    view.render(
      <Widget
        call={call}
        options={options}
        open={this.isOpen}
        onOpen={() => this.setOpen(true)}
        onClose={() => this.setOpen(false)}
      />,
    );
  }

  /** Reads the attributes, once after each change of them. */
  private read(): WidgetOptions {
    if (!this.options) {
      const { options, mistakes } = readAttributes((name) => this.getAttribute(name), { base: document.baseURI, script });
      mistakes.forEach(tellDeveloper);
      this.options = options;
      this.ground.dataset.theme = options.theme; // as read: the attribute may be written "Dark"
      this.paint(options.accent);
    }
    return this.options;
  }

  private paint(accent: string | null): void {
    const colour = accent === null ? null : readColour(this.computed(accent));
    if (accent !== null && !colour) tellDeveloper(widgetText.mistakes.colour(accent));
    this.ground.toggleAttribute("data-accent", colour !== null);
    if (!colour) return;
    for (const theme of ["light", "dark"] as const) {
      const made: Accent = accentFor(colour, theme);
      for (const [name, value] of Object.entries(made)) this.ground.style.setProperty(`--${theme}-${name}`, String(value));
    }
  }

  /** What the browser makes of a colour, whichever way it is written. */
  private computed(colour: string): string {
    const probe = document.createElement("span");
    probe.style.color = colour;
    if (!probe.style.color) return "";
    this.ground.after(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }

  private announce(): void {
    if (!this.shown) return;
    const state = this.shown.call.getState();
    const news = changes(this.shown.last, state);
    this.shown.last = state;
    for (const { name, detail } of news) this.tell(name, detail);
  }

  private tell<Name extends keyof WidgetEvents>(name: Name, detail: WidgetEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
