// What a groupchat stanza costs from socket to socket, and a page of an archive. Usage: node bench/bench.ts [--quick] [--profile FOLDER]
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { archiveTable } from "./archive.ts";
import { listenForComponent } from "./component-listener.ts";
import { type FanOut, type FanOutFigures, fanOut } from "./fan-out.ts";
import { CEILING, SECRET, type Subject, subjects } from "./subjects.ts";
import { tableOf } from "./table.ts";

const SCENARIOS: readonly FanOut[] = [
  { occupants: 1, senders: 1, warmUp: 5_000, messages: 30_000 },
  { occupants: 10, senders: 10, warmUp: 5_000, messages: 60_000 },
  { occupants: 500, senders: 10, warmUp: 1_000, messages: 10_000 },
];
const QUICK: readonly FanOut[] = [
  { occupants: 1, senders: 1, warmUp: 5, messages: 20 },
  { occupants: 20, senders: 3, warmUp: 5, messages: 20 },
];

const { values: options } = parseArgs({
  options: { quick: { type: "boolean" }, profile: { type: "string" } },
});
const profileFolder = options.profile === undefined ? undefined : resolve(options.profile);

const rows = [];
for (const scenario of options.quick ? QUICK : SCENARIOS) {
  const measured: [Subject, FanOutFigures][] = [];
  for (const subject of subjects(profileFolder)) measured.push([subject, await measure(subject, scenario)]);
  const ceiling = measured.find(([subject]) => subject === CEILING)?.[1];
  if (!ceiling) throw new Error("the ceiling was not measured");
  for (const [{ name }, figures] of measured)
    rows.push({ subject: name, occupants: scenario.occupants, figures, ceiling });
}
process.stdout.write(`fan-out, node ${process.version}: µs are CPU time of the measured process\n\n`);
process.stdout.write(`${tableOf(rows)}\n`);
process.stdout.write(`\n${archiveTable(options.quick ? 1_000 : 1_000_000)}\n`);

/** Each figure comes from a process of its own. */
async function measure(subject: Subject, scenario: FanOut): Promise<FanOutFigures> {
  const listener = await listenForComponent(SECRET);
  try {
    const running = await subject.start(listener);
    try {
      return await fanOut(await listener.connected, running.pid, scenario);
    } finally {
      await running.stop();
    }
  } finally {
    await listener.close();
  }
}
