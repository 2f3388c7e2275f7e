/** The page's stylesheets, made fit for a shadow root on a foreign page: pure. */

/** The element that everything of the widget stands in; a foreign page's rules do not reach it. */
export const ROOT_CLASS = "flux";
const ROOT = `.${ROOT_CLASS}`;
const PREFIX = "--flux-voice-";

/**
 * - What the page says of `:root`, `html` and `body` goes for the widget's own root element.
 * - Each colour and size named there can be set from outside, as `--flux-voice-…`.
 * - Dark is what the `theme` attribute says, and else what the system says.
 * - A `rem` is the widget's own size, not what the foreign page happens to set on its root element.
 */
export function shadowCss(css: string): string {
  const darkened = css.replace(DARK, (_, body: string) => {
    const rules = named(body);
    return (
      `@media (prefers-color-scheme: dark) {\n:host ${ROOT}:not([data-theme="light"]) {${rules}}\n}\n` +
      `:host ${ROOT}[data-theme="dark"] {${rules}}\n`
    );
  });
  return darkened
    .replace(/(^|[}/])(\s*):root(?:,\s*:host)? \{([^}]*)\}/g, (_, before: string, space: string, body: string) => {
      return `${before}${space}${ROOT} {${named(body)}}`;
    })
    .replace(/(^|[},]\s*)(?:html|body)(?=[\s,{[:.])/gm, `$1${ROOT}`)
    .replace(/(?<![\w-])(\d*\.?\d+)rem\b/g, "calc($1 * var(--size-root))");
}

const DARK = /@media \(prefers-color-scheme: dark\) \{\s*:root(?:,\s*:host)? \{([^}]*)\}\s*\}/g;

/** `--ink: #111` → `--ink: var(--flux-voice-ink, #111)`. */
function named(declarations: string): string {
  return declarations.replace(/--([\w-]+):\s*([^;]+);/g, (_, name: string, value: string) => {
    return `--${name}: var(${PREFIX}${name}, ${value.trim()});`;
  });
}
