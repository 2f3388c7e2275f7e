// What people read or hear stands in src/text/, so that it can be translated: nowhere else is it written out.

const SHOWN = new Set([
  "alt",
  "aria-braillelabel",
  "aria-description",
  "aria-label",
  "aria-placeholder",
  "aria-roledescription",
  "aria-valuetext",
  "label",
  "placeholder",
  "title",
]);
const ASSIGNED = new Set(["alt", "ariaLabel", "innerText", "placeholder", "textContent", "title"]);
const WORD = /\p{L}/u;
const WORDS = /\p{L}[,.;:!?]?\s+\p{L}/u; // what is no name of anything
const CODE = new Set(["className", "d", "key", "style"]);

/** Yield the strings that an expression can become, with where each is written. */
function* strings(node) {
  if (node?.type === "Literal" && typeof node.value === "string") yield [node, node.value];
  if (node?.type === "TemplateLiteral") for (const part of node.quasis) yield [part, part.value.raw];
  if (node?.type === "TemplateLiteral") for (const part of node.expressions) yield* strings(part);
  if (node?.type === "JSXExpressionContainer") yield* strings(node.expression);
  if (node?.type === "ConditionalExpression") yield* [...strings(node.consequent), ...strings(node.alternate)];
  if (node?.type === "LogicalExpression") yield* [...strings(node.left), ...strings(node.right)];
  if (node?.type === "BinaryExpression" && node.operator === "+")
    yield* [...strings(node.left), ...strings(node.right)];
}

export default {
  meta: {
    type: "problem",
    docs: { description: "Keep what people read in src/text/" },
    messages: { elsewhere: "“{{text}}” is shown to people: it belongs in src/text/" },
    schema: [],
  },
  create(context) {
    const report = (node, text) => context.report({ node, messageId: "elsewhere", data: { text: text.trim() } });
    const check = (node, pattern) => {
      for (const [place, text] of strings(node)) if (pattern.test(text)) report(place, text);
    };
    return {
      JSXText: (node) => WORD.test(node.value) && report(node, node.value),
      JSXExpressionContainer: (node) => node.parent.type !== "JSXAttribute" && check(node, WORD),
      JSXAttribute: (node) => {
        const name = String(node.name.name);
        if (SHOWN.has(name)) check(node.value, WORD);
        // Of a component, any property may be shown.
        else if (/^\p{Lu}/u.test(node.parent.name.name ?? "") && !CODE.has(name)) check(node.value, WORDS);
      },
      AssignmentExpression: (node) => {
        if (node.left.type === "MemberExpression" && ASSIGNED.has(node.left.property.name)) check(node.right, WORD);
      },
      "CallExpression[callee.property.name='setAttribute']": (node) => {
        if (SHOWN.has(node.arguments[0]?.value)) check(node.arguments[1], WORD);
      },
    };
  },
};
