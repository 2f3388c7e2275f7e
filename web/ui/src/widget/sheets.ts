/** The widget's styles as constructed stylesheets: a page's Content-Security-Policy has no say in those. */

import base from "../styles/base.css?raw";
import latency from "../styles/latency.css?raw";
import layout from "../styles/layout.css?raw";
import stage from "../styles/stage.css?raw";
import talk from "../styles/talk.css?raw";
import voice from "../styles/voice.css?raw";
import widget from "../styles/widget.css?raw";
import { ROOT_CLASS, shadowCss } from "./shadowCss";

/** Comes first: what a foreign page says of every element, the host among them, is inherited no further. */
const RESET = `.${ROOT_CLASS} { all: initial; }`;

let made: CSSStyleSheet[] | null = null;

/** The same ones for every element of the page. */
export function sheets(): CSSStyleSheet[] {
  made ??= [RESET, base, layout, latency, stage, voice, talk, widget].map((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(shadowCss(css));
    return sheet;
  });
  return made;
}
