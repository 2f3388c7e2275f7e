/** The settings in force: found by words, told by section, secrets hidden. */

import { useState, type ReactElement } from "react";

import { humanise } from "../call/tools";
import { Badge, Head, RefreshButton } from "./Head";
import { readSettings, sections, valueText, type Setting, type Settings } from "./settings";
import { Empty, Shown } from "./Shown";
import { consoleText } from "../text";
import { useAnswer } from "./useAnswer";

const text = consoleText.settings;

export function SettingsView(): ReactElement {
  const answer = useAnswer("settings", readSettings);
  return (
    <section className="view">
      <Head title={consoleText.views.settings.title}>
        {answer.value && <Badge tone="plain">{text.profile(answer.value.profile)}</Badge>}
        <RefreshButton onPress={answer.again} busy={answer.busy} />
      </Head>
      <Shown answer={answer}>{(settings) => <Sought settings={settings} />}</Shown>
    </section>
  );
}

function Sought({ settings }: { settings: Settings }): ReactElement {
  const [words, setWords] = useState("");
  const [onlyChanged, setOnlyChanged] = useState(false);
  const found = sections(settings.settings, words, onlyChanged);
  return (
    <>
      <p className="fine">{text.readOnly}</p>
      <div className="panel filters plain" role="search">
        <div className="across">
          <label htmlFor="setting-words">{text.search}</label>
          <input
            id="setting-words"
            className="field"
            type="search"
            autoComplete="off"
            spellCheck={false}
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
        </div>
        <label className="tick across">
          <input type="checkbox" checked={onlyChanged} onChange={(event) => setOnlyChanged(event.target.checked)} />
          {text.changed}
        </label>
      </div>
      {found.length === 0 && <Empty title={text.nothing} />}
      {found.map((section) => (
        <section key={section.name} className="panel settings" aria-labelledby={`section-${section.name}`}>
          <h2 id={`section-${section.name}`}>{text.sections[section.name] ?? humanise(section.name)}</h2>
          <ul>
            {section.settings.map((setting) => (
              <SettingRow key={setting.name} setting={setting} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function SettingRow({ setting }: { setting: Setting }): ReactElement {
  const value = setting.hidden ? null : valueText(setting.value);
  return (
    <li data-testid="setting" data-name={setting.name} data-hidden={setting.hidden} data-changed={setting.changed}>
      <p className="setting-name code">{setting.variable}</p>
      <p className="setting-value">
        {value === null ? (
          <em>{setting.hidden && setting.is_set ? text.hidden : text.unset}</em>
        ) : (
          <span className="code">{value}</span>
        )}
        {setting.changed && <Badge tone="busy">{text.different}</Badge>}
      </p>
      {setting.description && <p className="fine">{setting.description}</p>}
    </li>
  );
}
