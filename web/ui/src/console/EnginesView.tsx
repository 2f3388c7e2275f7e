/** What the server computes with: engines, other parts, memory and graphics processors. */

import type { ReactElement } from "react";

import { seconds } from "../call/latency";
import { readEngines, troubled, type Engine, type Engines, type Gpu, type Memory, type OtherPart } from "./engines";
import { Facts } from "./Facts";
import { size, span } from "./figures";
import { Badge, Head, RefreshButton } from "./Head";
import { Shown } from "./Shown";
import { consoleText } from "../text";
import { share } from "./timeline";
import { useAnswer } from "./useAnswer";

const text = consoleText.engines;

export function EnginesView(): ReactElement {
  const answer = useAnswer("engines", readEngines);
  return (
    <section className="view">
      <Head title={consoleText.views.engines.title}>
        <RefreshButton onPress={answer.again} busy={answer.busy} />
      </Head>
      <Shown answer={answer}>{(engines) => <All engines={engines} />}</Shown>
    </section>
  );
}

function All({ engines }: { engines: Engines }): ReactElement {
  const wrong = troubled(engines);
  return (
    <>
      <p role="status" data-testid="health" data-troubled={wrong}>
        <Badge tone={wrong > 0 ? "bad" : "good"}>{wrong > 0 ? text.troubled(wrong) : text.allWell}</Badge>
      </p>
      <ul className="cards">
        {engines.engines.map((engine) => (
          <EngineCard key={engine.part} engine={engine} />
        ))}
      </ul>
      <section className="panel padded" aria-labelledby="parts-title">
        <h2 id="parts-title">{text.otherParts}</h2>
        <ul className="parts">
          {engines.parts.map((part) => (
            <PartRow key={part.name} part={part} />
          ))}
        </ul>
      </section>
      <div className="beside">
        <MemoryShown memory={engines.memory} />
        <Gpus gpus={engines.gpus} />
      </div>
      <div className="panel padded">
        <Facts
          facts={[
            [text.version, engines.version],
            [text.python, engines.python],
            [text.system, engines.system],
            [text.cores, String(engines.cores)],
            [text.uptime, span(engines.uptime_seconds)],
          ]}
        />
      </div>
    </>
  );
}

function EngineCard({ engine }: { engine: Engine }): ReactElement {
  const version = engine.version === null ? null : `${engine.package ?? ""} ${engine.version}`.trim();
  return (
    <li className="panel card" data-testid="engine" data-part={engine.part} data-status={engine.status}>
      <div className="card-head">
        <h2>{text.parts[engine.part]}</h2>
        <Badge tone={engine.status === "ok" ? "good" : "bad"}>{text.statuses[engine.status]}</Badge>
      </div>
      {engine.cloud && <Badge tone="warn">{text.cloud}</Badge>}
      {engine.status !== "ok" && engine.detail && <p className="wrong">{engine.detail}</p>}
      <Facts
        facts={[
          [text.engine, engine.engine],
          [text.model, engine.model],
          [text.version, version],
          [text.licence, engine.licence],
          [text.device, engine.device],
          [text.ready, engine.warm_seconds === null ? null : seconds(engine.warm_seconds * 1000)],
        ]}
      />
    </li>
  );
}

function PartRow({ part }: { part: OtherPart }): ReactElement {
  return (
    <li data-testid="part" data-part={part.name}>
      <span>
        {text.others[part.name] ?? part.name}
        {part.detail && <span className="fine"> {part.detail}</span>}
      </span>
      <Badge tone={part.status === "ok" ? "good" : "bad"}>{text.statuses[part.status]}</Badge>
    </li>
  );
}

function MemoryShown({ memory }: { memory: Memory }): ReactElement {
  const { total_bytes: total, available_bytes: free, resident_bytes: own, processes } = memory;
  return (
    <section className="panel padded" aria-labelledby="memory-title">
      <h2 id="memory-title">{text.memory}</h2>
      {total !== null && free !== null && (
        <Used name={text.box} told={`${text.of(size(total - free), size(total))}, ${text.free(size(free))}`} part={total - free} whole={total} />
      )}
      {own !== null && (
        <Used name={text.server} told={size(own)} part={own} whole={total ?? own} />
      )}
      {processes.length > 0 && (
        <table className="figures" data-testid="processes">
          <thead>
            <tr>
              <th scope="col">{text.process}</th>
              <th scope="col">{text.processId}</th>
              <th scope="col">{text.resident}</th>
            </tr>
          </thead>
          <tbody>
            {processes.map((each) => (
              <tr key={each.pid}>
                <td>{each.name}</td>
                <td>{each.pid}</td>
                <td>{size(each.resident_bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Gpus({ gpus }: { gpus: readonly Gpu[] }): ReactElement {
  return (
    <section className="panel padded" aria-labelledby="gpus-title">
      <h2 id="gpus-title">{text.gpus}</h2>
      {gpus.length === 0 && <p className="fine">{text.noGpu}</p>}
      {gpus.map((gpu, index) => {
        const { total_bytes: total, used_bytes: used } = gpu;
        const told = [
          used !== null && total !== null ? text.of(size(used), size(total)) : null,
          gpu.own_bytes === null ? null : text.ownShare(size(gpu.own_bytes)),
          gpu.busy_percent === null ? null : text.busy(gpu.busy_percent),
          gpu.driver === null ? null : text.driver(gpu.driver),
        ].filter((each) => each !== null);
        return <Used key={index} name={gpu.name} told={told.join(", ")} part={used ?? 0} whole={total ?? 1} />;
      })}
    </section>
  );
}

function Used(props: { name: string; told: string; part: number; whole: number }): ReactElement {
  return (
    <div className="used">
      <p>
        <strong>{props.name}</strong> <span className="fine number">{props.told}</span>
      </p>
      <span className="bar" aria-hidden="true">
        <i data-mark="tool" style={{ width: share(props.part, props.whole) }} />
      </span>
    </div>
  );
}
