// Shows /openapi.json and lets each operation be tried. No library, no other host: the policy of the page forbids both.
"use strict";

const byId = (id) => document.getElementById(id);

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const code = (text) => element("code", { textContent: text });
const json = (value) => JSON.stringify(value, null, 2);

function resolve(api, schema) {
  return schema?.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;
}

/** An example of a schema, as a start for one's own. */
function example(api, given) {
  const schema = resolve(api, given) ?? {};
  if ("default" in schema) return schema.default;
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return example(api, schema.anyOf[0]);
  if (schema.type === "object") {
    const needed = (schema.required ?? []).map((name) => [name, example(api, schema.properties[name])]);
    return Object.fromEntries(needed);
  }
  if (schema.type === "array") return [];
  if (schema.type === "integer" || schema.type === "number") return 0;
  if (schema.type === "boolean") return false;
  if (schema.format === "uuid") return crypto.randomUUID?.() ?? "123e4567-e89b-12d3-a456-426614174000";
  return "";
}

function schemaLink(schema) {
  const name = schema?.$ref?.split("/").pop();
  if (!name) return code(json(schema ?? {}));
  return element("a", { href: `#schema-${name}`, textContent: name });
}

function answersTable(operation) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const content = Object.values(answer.content ?? {})[0];
    const cells = [code(status), answer.description, schemaLink(content?.schema)];
    return element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
  });
  return element("table", {}, ...rows);
}

function showOperation(api, path, method, operation) {
  const parameters = (operation.parameters ?? []).map((parameter) => ({
    name: parameter.name,
    input: element("input", { required: parameter.required, size: 30 }),
  }));
  const content = operation.requestBody?.content["application/json"];
  const body = content && element("textarea", { value: json(example(api, content.schema)), spellcheck: false });
  const answer = element("pre", { hidden: true });
  const form = element(
    "form",
    {},
    ...parameters.map(({ name, input }) => element("label", {}, `${name} `, input)),
    ...(body ? [element("p", {}, "Body: ", schemaLink(content.schema)), body] : []),
    element("button", { textContent: "Send" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const filled = parameters.reduce(
      (all, { name, input }) => all.replace(`{${name}}`, encodeURIComponent(input.value)),
      path,
    );
    void send(method, filled, body?.value, answer);
  });
  const title = element("summary", {}, code(`${method.toUpperCase()} ${path}`), operation.summary);
  return element("details", { id: operation.operationId }, title, form, answer, answersTable(operation));
}

async function send(method, path, body, answer) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (byId("key").value) headers["X-Api-Key"] = byId("key").value;
  if (byId("token").value) headers["Authorization"] = `Bearer ${byId("token").value}`;
  answer.hidden = false;
  try {
    const response = await fetch(path, { method: method.toUpperCase(), headers, body });
    const text = await response.text();
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    answer.textContent = `${response.status} ${response.statusText}\n${isJson ? json(JSON.parse(text)) : text}`;
  } catch (error) {
    answer.textContent = `The server was not reached: ${error.message}`;
  }
}

function show(api) {
  byId("about").textContent = `${api.info.description} Version ${api.info.version}.`;
  const sections = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0];
      if (!sections.has(tag)) sections.set(tag, element("section", {}, element("h2", { textContent: tag })));
      sections.get(tag).append(showOperation(api, path, method, operation));
    }
  }
  byId("operations").append(...sections.values());
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    const title = element("summary", {}, code(name));
    byId("schemas").append(
      element("details", { id: `schema-${name}` }, title, element("pre", { textContent: json(schema) })),
    );
  }
}

async function main() {
  try {
    show(await (await fetch("/openapi.json")).json());
  } catch (error) {
    byId("about").textContent = `The description cannot be shown: ${error.message}`;
  }
}

void main();
