import { RuleTester } from "eslint";
import { describe, it } from "vitest";

import texts from "./texts.js";

RuleTester.describe = describe;
RuleTester.it = it;

const tester = new RuleTester({ languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } } });

tester.run("texts", texts, {
  valid: [
    "<p>{words.title}</p>",
    '<button type="button" className="button primary large" data-testid="start" />',
    "<p>{count} / {all}: {`${a} · ${b}`}</p>",
    '<Icon name="mic" />',
    "<label htmlFor={id}>{text.label}</label>",
    'document.body.dataset.state = "listening"',
    'element.setAttribute("data-state", "over and out")',
    'throw new Error("the microphone was never opened")',
  ],
  invalid: [
    "<p>Hello</p>",
    '<p>{"Hello"}</p>',
    '<p>{open ? "Close" : words.open}</p>',
    '<p>{fault && "It broke"}</p>',
    "<p>{`${count} calls`}</p>",
    '<p>{count + " calls"}</p>',
    '<button aria-label="Close" />',
    '<button aria-label={open ? "Close" : words.open} />',
    '<input placeholder="Search" />',
    '<Empty text="Nothing here yet" />',
    'document.title = "Console"',
    'element.setAttribute("aria-label", "Close")',
  ].map((code) => ({ code, errors: 1 })),
});
