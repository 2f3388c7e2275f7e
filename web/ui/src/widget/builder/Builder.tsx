/** The page that makes the snippet: what it shall say, how it looks, and what else the site needs. */

import { useState, type ReactElement } from "react";

import { brand, builderText as text } from "../../text";
import { Icon } from "../../components/icons";
import { MAX_LABEL, POSITIONS, THEMES, type Attribute } from "../attributes";
import { policyFor, snippetFor, tokenExample, type Attributes } from "../snippet";
import { Copyable } from "./Copyable";
import { Preview } from "./Preview";

export function Builder({ server }: { server: string }): ReactElement {
  const [attributes, setAttributes] = useState<Attributes>({ "token-url": text.tokenUrl });
  const set = (name: Attribute, value: string): void => setAttributes((others) => ({ ...others, [name]: value }));
  const field = (name: Attribute): { name: Attribute; value: string; onChange: (value: string) => void } => ({
    name,
    value: attributes[name] ?? "",
    onChange: (value) => set(name, value),
  });
  return (
    <div className="page builder">
      <header className="top">
        <a className="brand" href="./">
          <span className="brand-mark">
            <Icon name="wave" />
          </span>
          {brand}
        </a>
      </header>
      <main>
        <h1>{text.title}</h1>
        <p className="lead">{text.lead}</p>
        <div className="builder-columns">
          <form className="panel builder-form" aria-label={text.form} onSubmit={(event) => event.preventDefault()}>
            <Field {...field("token-url")} />
            <Field {...field("agent")} />
            <Field {...field("label")} maxLength={MAX_LABEL} />
            <Choice {...field("position")} values={POSITIONS} />
            <Choice {...field("theme")} values={THEMES} />
            <Field {...field("accent")} />
          </form>
          <Preview attributes={attributes} />
        </div>
        <Copyable title={text.snippet.title} help={text.snippet.help} code={snippetFor(server, attributes)} name="snippet" />
        <Copyable
          title={text.policy.title}
          help={text.policy.help}
          code={policyFor(server, attributes["token-url"])}
          name="policy"
        />
        <Copyable title={text.token.title} help={text.token.help} code={tokenExample(server)} name="token" />
        <Copyable
          title={text.origins.title}
          help={text.origins.help}
          code={`FLUX_AUTH__ORIGINS='["https://www.example.org"]'`}
          name="origins"
        />
      </main>
    </div>
  );
}

interface FieldProps {
  name: Attribute;
  value: string;
  onChange: (value: string) => void;
}

function Field({ name, value, onChange, maxLength = 200 }: FieldProps & { maxLength?: number }): ReactElement {
  const { label, hint, placeholder } = text.fields[name];
  return (
    <div className="builder-field">
      <label htmlFor={name}>{label}</label>
      <input
        id={name}
        type="text"
        autoComplete="off"
        spellCheck={false}
        aria-describedby={`${name}-hint`}
        {...{ value, maxLength, placeholder }}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${name}-hint`} className="fine">
        {hint}
      </p>
    </div>
  );
}

function Choice({ name, value, onChange, values }: FieldProps & { values: readonly string[] }): ReactElement {
  const { label, hint } = text.fields[name];
  return (
    <div className="builder-field">
      <label htmlFor={name}>{label}</label>
      <select
        id={name}
        aria-describedby={`${name}-hint`}
        value={value || values[0]}
        onChange={(event) => onChange(event.target.value)}
      >
        {values.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <p id={`${name}-hint`} className="fine">
        {hint}
      </p>
    </div>
  );
}
