import { beforeEach, describe, expect, it } from "vitest";
import type { ClusterTables, ClusterView } from "../../src/cluster/cluster-tables.ts";
import { ClusterMember } from "../../src/cluster/member.ts";
import type { NodeMessage } from "../../src/cluster/node-message.ts";
import { SLOTS } from "../../src/cluster/slots.ts";
import { StorageError } from "../../src/storage/store.ts";

const SELF = { id: "1", name: "n1", isReady: true };
const OTHER = { id: "2", name: "n2", isReady: true };

let view: ClusterView;
let reads: number;
let isAway: boolean;
let delivered: string[];
let refused: string[];
let sent: string[];
let newVersion: (version: number) => void;
let member: ClusterMember<string>;

const owned = (owner: string | undefined, epoch = 1) =>
  Array.from({ length: SLOTS }, () => ({ owner, epoch }));

beforeEach(() => {
  [reads, isAway, delivered, refused, sent] = [0, false, [], [], []];
  view = { version: 1, nodes: [SELF], slots: owned(SELF.id) };
  const tables: ClusterTables = {
    ...{ self: SELF, secret: "secret" },
    read: async () => {
      reads += 1;
      if (isAway) throw new StorageError("the database is away");
      return view;
    },
    onVersion: (listener) => {
      newVersion = listener;
    },
    ...{ announceReady: async () => {}, announceLeaving: async () => {}, claim: async () => {} },
    ...{ give: async () => true, watch: () => {}, onSilence: () => {} },
  };
  member = new ClusterMember<string>({
    ...{ tables, mostBytes: 1000, sizeOf: (stanza) => stanza.length },
    rooms: {
      deliver: (slot, stanza) => delivered.push(`${slot} ${stanza}`),
      ...{ prepare: async () => {}, settle: async () => {}, release: () => {} },
      refuse: (stanza) => refused.push(stanza),
    },
    link: {
      send: (name, message) => sent.push(`${name} ${message.kind}`) > 0,
      confirm: async () => {},
    },
    log: { info: () => {}, error: () => {}, debug: () => {} },
  });
});

const settled = () => new Promise((resolve) => setImmediate(resolve));
const join = async () => {
  await member.join();
  await settled();
};
const forward = (to: string): NodeMessage<string> => ({
  ...{ kind: "forward", to, slot: 5, stream: 1, number: 0, stanza: "hello" },
});

describe("a node of a cluster", () => {
  it("serves what the tables say is its own, and what it had to keep until then", async () => {
    member.take(5, "early");
    await join();
    member.take(5, "late");
    expect(member.served).toBe(SLOTS);
    expect(delivered).toEqual(["5 early", "5 late"]);
  });

  it("takes stanzas from other nodes, but none that was meant for an earlier process of its name", async () => {
    await join();
    member.receive(OTHER.id, OTHER.name, forward("0"));
    expect(delivered).toEqual([]);
    member.receive(OTHER.id, OTHER.name, forward(SELF.id));
    expect(delivered).toEqual(["5 hello"]);
  });

  it("answers a node that it has not read of yet", async () => {
    await join();
    member.receive(OTHER.id, OTHER.name, { kind: "sync", to: SELF.id, slot: 5, stream: 1 });
    expect(sent).toEqual(["n2 synced"]);
  });

  it("reads the tables again when there is a newer version, or a read failed, and not otherwise", async () => {
    await join();
    const before = reads;
    newVersion(1);
    for (let now = 0; now < 5000; now += 10) member.tick(now);
    await settled();
    expect(reads).toBe(before);
    isAway = true;
    newVersion(2);
    await settled();
    expect(reads).toBe(before + 1);
    isAway = false;
    member.tick(6000);
    await settled();
    expect(reads).toBe(before + 2);
  });

  it("stops serving when it is not registered any more", async () => {
    await join();
    view = { version: 2, nodes: [OTHER], slots: owned(OTHER.id, 2) };
    newVersion(2);
    await settled();
    expect(member.served).toBe(0);
  });

  it("refuses a stanza that it gave back and that the server could not deliver", () => {
    member.undelivered({ ...forward(OTHER.id), kind: "returned" } as NodeMessage<string>);
    expect(refused).toEqual(["hello"]);
  });

  it("leaves at once if it is alone", async () => {
    await join();
    const left = member.leave();
    await settled();
    member.tick(10);
    await left;
    expect(member.served).toBe(SLOTS);
  });

  it("refuses at its end what still waits for an owner", async () => {
    view = { ...view, slots: owned(undefined) };
    await join();
    member.take(5, "waits");
    const finished = member.finish();
    member.tick(10);
    expect(refused).toEqual([]);
    member.tick(100_000);
    await finished;
    expect(refused).toEqual(["waits"]);
  });
});
