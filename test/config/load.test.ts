import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError } from "../../src/config/config.ts";
import { ownLanguages } from "../../src/config/languages.ts";
import { loadConfig } from "../../src/config/load.ts";
import { storageName, storageOf } from "../../src/config/storage-url.ts";

const REQUIRED = { VERONA_DOMAIN: "rooms.example.org", VERONA_SECRET: "s3cret" };

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "verona-config-"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function write(content: unknown, name = "config.json"): void {
  writeFileSync(join(cwd, name), typeof content === "string" ? content : JSON.stringify(content));
}

function load(env: NodeJS.ProcessEnv = REQUIRED, path?: string) {
  return loadConfig({ env, cwd, ...(path === undefined ? {} : { path }) });
}

function problemsOf(env: NodeJS.ProcessEnv = REQUIRED, path?: string): string[] {
  try {
    load(env, path);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("sources", () => {
  test("the environment alone is enough, and the defaults complete it", () => {
    expect(load()).toEqual({
      component: {
        host: "127.0.0.1",
        port: 5347,
        domain: "rooms.example.org",
        secret: "s3cret",
        multicast: "auto",
      },
      service: {
        ...{ name: "Chatrooms", admins: [], contacts: {}, language: "en", languageFiles: [] },
        ...{
          users: ["anyone"],
          roomCreation: ["local"],
          persistentRooms: ["anyone"],
          publicRooms: ["anyone"],
        },
      },
      blocklists: { entry: [], creation: [], everything: [], subscribe: [] },
      rooms: {
        ...{ defaults: {}, fixedOptions: [], joinWithoutExtension: false, tombstoneDays: 31, unusedDays: 0 },
        ...{
          reservedNicknames: ["admin", "administrator", "moderator"],
          names: [],
          reservedNames: [],
          banGroups: {},
          configured: {},
        },
      },
      occupants: { pingAfter: 60, pingTimeout: 15 },
      limits: {
        rooms: 10000,
        roomsPerHour: 100,
        roomsPerDomain: 1000,
        occupantsPerRoom: 1000,
        stanzaBytes: 262144,
        sentStanzaBytes: 500000,
        outboxBytes: 536870912,
        historyLength: 100,
        nicknameLength: 64,
        sessionsPerUser: 20,
        messagesPerMinute: 30,
        statesPerMinute: 120,
        privateMessagesPerMinute: 20,
        entriesPerMinute: 10,
        nicknamesPerMinute: 5,
        presencePerMinute: 20,
        invitationsPerMinute: 10,
        requestsPerMinute: 300,
        archiveQueriesPerMinute: 120,
        searchesPerMinute: 20,
        discoPerMinute: 120,
        domainRateFactor: 50,
        strangerCharacters: 5000,
        strangerLines: 25,
        strangerMentions: 5,
        strangerBytes: 65536,
        raidEntries: 100,
        raidRefusals: 50,
        invitationsPerHour: 30,
        archivePage: 200,
        freeDiskBytes: 104857600,
      },
      archive: { maxDays: 0, maxMessagesPerRoom: 0, actDays: 365, privateMessages: false, presence: false },
      storage: { kind: "sqlite", path: join(cwd, "verona.sqlite") },
      standby: false,
      cluster: undefined,
      controlSocket: join(cwd, "verona.sqlite.socket"),
      logLevel: "info",
    });
  });

  test("the file gives every setting, and addresses come out in their compared form", () => {
    const given = {
      component: {
        host: "::1",
        port: 5348,
        domain: "Rooms.Example.ORG",
        secret: "from file",
        multicast: "Multicast.example.org",
      },
      service: {
        name: "Verona",
        admins: ["Juliet@Example.org", "juliet@example.org"],
        users: ["local", "Partner.example.org"],
        roomCreation: ["anyone"],
        persistentRooms: ["admins"],
        publicRooms: ["*.example.org"],
        contacts: { abuse: ["mailto:abuse@example.org"] },
        language: "pt-BR",
        languageFiles: [],
      },
      blocklists: {
        entry: ["Romeo@example.org"],
        creation: ["*@montague.example"],
        everything: ["Spam.example"],
        subscribe: ["xmpp:lists.example?;node=a%20b", "lists.example"],
      },
      rooms: {
        defaults: { persistent: true, maxUsers: 50, presenceBroadcast: ["moderator"] },
        fixedOptions: ["whois", "public"],
        reservedNicknames: ["root", "root-*"],
        names: ["team-*"],
        reservedNames: ["support"],
        banGroups: { team: ["hall", "garden"] },
        configured: {
          Hall: { owners: ["Juliet@example.org"], members: { "romeo@example.org": "romeo" } },
        },
        joinWithoutExtension: true,
        tombstoneDays: 3,
        unusedDays: 365,
      },
      occupants: { pingAfter: 0, pingTimeout: 1 },
      limits: {
        rooms: 1,
        roomsPerHour: 7,
        roomsPerDomain: 1000,
        occupantsPerRoom: 50,
        stanzaBytes: 10000,
        sentStanzaBytes: 500000,
        outboxBytes: 16777216,
        historyLength: 30,
        nicknameLength: 23,
        sessionsPerUser: 1,
        messagesPerMinute: 30,
        statesPerMinute: 120,
        privateMessagesPerMinute: 20,
        entriesPerMinute: 10,
        nicknamesPerMinute: 5,
        presencePerMinute: 20,
        invitationsPerMinute: 10,
        requestsPerMinute: 300,
        archiveQueriesPerMinute: 120,
        searchesPerMinute: 20,
        discoPerMinute: 120,
        domainRateFactor: 50,
        strangerCharacters: 5000,
        strangerLines: 25,
        strangerMentions: 5,
        strangerBytes: 65536,
        raidEntries: 100,
        raidRefusals: 50,
        invitationsPerHour: 30,
        archivePage: 200,
        freeDiskBytes: 104857600,
      },
      archive: { maxDays: 0, maxMessagesPerRoom: 0, actDays: 365, privateMessages: false, presence: false },
      storage: "memory:",
      controlSocket: "/run/verona/control",
      logLevel: "silent",
    };
    write({ $schema: "./config.schema.json", ...given });
    expect(load({})).toEqual({
      ...given,
      component: { ...given.component, domain: "rooms.example.org", multicast: "multicast.example.org" },
      service: {
        ...given.service,
        admins: ["juliet@example.org"],
        users: ["local", "partner.example.org"],
      },
      blocklists: {
        entry: ["romeo@example.org"],
        creation: ["*@montague.example"],
        everything: ["spam.example"],
        subscribe: [
          { service: "lists.example", node: "a b" },
          { service: "lists.example", node: "muc_bans_sha256" },
        ],
      },
      rooms: {
        ...given.rooms,
        configured: {
          hall: {
            options: {},
            owners: ["juliet@example.org"],
            admins: [],
            members: { "romeo@example.org": "romeo" },
            banned: [],
          },
        },
      },
      storage: { kind: "memory" },
      standby: false,
      cluster: undefined,
    });
  });

  test("every environment variable overrides the file", () => {
    const given = {
      component: { host: "a", port: 1, domain: "a.example", secret: "a", multicast: "off" },
      service: {
        name: "a",
        admins: ["a@a.example"],
        users: "local",
        roomCreation: "admins",
        persistentRooms: "local",
        publicRooms: "local",
        contacts: { abuse: ["mailto:a@a.example"], status: ["https://a.example"] },
        language: "fr",
        languageFiles: ["fr.json"],
      },
      blocklists: { entry: ["a.a.example"], creation: ["a.a.example"], everything: ["a.a.example"] },
      rooms: {
        ...{ defaults: { name: "a", moderated: true }, fixedOptions: ["name"] },
        ...{ joinWithoutExtension: true, tombstoneDays: 31, unusedDays: 0 },
        ...{ reservedNicknames: ["a"], names: ["a*"], reservedNames: ["a"], banGroups: { a: ["a", "b"] } },
      },
      occupants: { pingAfter: 1, pingTimeout: 1 },
      limits: {
        rooms: 1,
        roomsPerHour: 1,
        roomsPerDomain: 1000,
        occupantsPerRoom: 1,
        stanzaBytes: 10000,
        sentStanzaBytes: 500000,
        outboxBytes: 16777216,
        historyLength: 20,
        nicknameLength: 1,
        sessionsPerUser: 1,
        messagesPerMinute: 30,
        statesPerMinute: 120,
        privateMessagesPerMinute: 20,
        entriesPerMinute: 10,
        nicknamesPerMinute: 5,
        presencePerMinute: 20,
        invitationsPerMinute: 10,
        requestsPerMinute: 300,
        archiveQueriesPerMinute: 120,
        searchesPerMinute: 20,
        discoPerMinute: 120,
        domainRateFactor: 50,
        strangerCharacters: 5000,
        strangerLines: 25,
        strangerMentions: 5,
        strangerBytes: 65536,
        raidEntries: 100,
        raidRefusals: 50,
        invitationsPerHour: 30,
        archivePage: 200,
        freeDiskBytes: 104857600,
      },
      archive: { maxDays: 0, maxMessagesPerRoom: 0, actDays: 365, privateMessages: false, presence: false },
      storage: "memory:",
      logLevel: "fatal",
    };
    write(given);
    const config = load({
      VERONA_HOST: "b",
      VERONA_PORT: "2",
      VERONA_DOMAIN: "b.example",
      VERONA_SECRET: "b",
      VERONA_MULTICAST: "auto",
      VERONA_STORAGE: "sqlite:/b.sqlite",
      VERONA_LOG_LEVEL: "trace",
      VERONA_SERVICE_NAME: "b",
      VERONA_ADMINS: "b@b.example, c@b.example,",
      VERONA_USERS: "anyone",
      VERONA_ROOM_CREATION: "local, b@b.example",
      VERONA_PERSISTENT_ROOMS: "admins",
      VERONA_PUBLIC_ROOMS: "*.b.example",
      VERONA_BLOCK_ENTRY: "b.b.example, *@c.example",
      VERONA_BLOCK_CREATION: "b.b.example",
      VERONA_BLOCK_EVERYTHING: "b.b.example",
      VERONA_BLOCKLISTS: "b.b.example",
      VERONA_CONTACTS: '{"status": ["https://b.example"]}',
      VERONA_PING_AFTER: "0",
      VERONA_PING_TIMEOUT: "2",
      VERONA_MAX_SESSIONS: "3",
      VERONA_MAX_ROOMS: "2",
      VERONA_MAX_ROOMS_PER_HOUR: "4",
      VERONA_MAX_OCCUPANTS: "3",
      VERONA_MAX_STANZA_BYTES: "20000",
      VERONA_MAX_OUTBOX_BYTES: "20000000",
      VERONA_METRICS_HOST: "::1",
      VERONA_METRICS_PORT: "9465",
      VERONA_HTTP_HOST: "::1",
      VERONA_HTTP_PORT: "8481",
      VERONA_HTTP_CONSOLE: "false",
      VERONA_PAGES_HOST: "::1",
      VERONA_PAGES_PORT: "8491",
      VERONA_PAGES_URL: "https://b.example/rooms",
      VERONA_PAGES_WEB_CHAT_URL: "https://b.example/{room}",
      VERONA_PAGES_ROBOTS: "index",
      VERONA_MAX_HISTORY: "40",
      VERONA_MAX_NICKNAME: "50",
      VERONA_FIXED_OPTIONS: "whois, name",
      VERONA_RESERVED_NICKNAMES: "b, b*",
      VERONA_ROOM_NAMES: "b*",
      VERONA_RESERVED_ROOM_NAMES: "b",
      VERONA_BAN_GROUPS: '{"b": ["B", "c"]}',
      VERONA_CONFIGURED_ROOMS: '{"b": {"owners": ["b@b.example"], "options": {"name": "B"}}}',
      VERONA_JOIN_WITHOUT_EXTENSION: "false",
      VERONA_ROOM_DEFAULTS: '{"name": "b"}',
      VERONA_CONTROL_SOCKET: "/b.socket",
      VERONA_LANGUAGE: "de",
      VERONA_LANGUAGE_FILES: fileURLToPath(new URL("../../languages/de.json", import.meta.url)),
    });
    expect(config).toEqual({
      component: { host: "b", port: 2, domain: "b.example", secret: "b", multicast: "auto" },
      service: {
        name: "b",
        admins: ["b@b.example", "c@b.example"],
        users: ["anyone"],
        roomCreation: ["local", "b@b.example"],
        persistentRooms: ["admins"],
        publicRooms: ["*.b.example"],
        contacts: { abuse: ["mailto:a@a.example"], status: ["https://b.example"] },
        language: "de",
        languageFiles: ownLanguages(),
      },
      blocklists: {
        entry: ["b.b.example", "*@c.example"],
        creation: ["b.b.example"],
        everything: ["b.b.example"],
        subscribe: [{ service: "b.b.example", node: "muc_bans_sha256" }],
      },
      rooms: {
        ...{ defaults: { name: "b", moderated: true }, fixedOptions: ["whois", "name"] },
        ...{ joinWithoutExtension: false, tombstoneDays: 31, unusedDays: 0 },
        ...{
          reservedNicknames: ["b", "b*"],
          names: ["b*"],
          reservedNames: ["b"],
          banGroups: { b: ["b", "c"] },
          configured: {
            b: { options: { name: "B" }, owners: ["b@b.example"], admins: [], members: {}, banned: [] },
          },
        },
      },
      occupants: { pingAfter: 0, pingTimeout: 2 },
      limits: {
        ...given.limits,
        rooms: 2,
        roomsPerHour: 4,
        occupantsPerRoom: 3,
        stanzaBytes: 20000,
        outboxBytes: 20000000,
        historyLength: 40,
        nicknameLength: 50,
        sessionsPerUser: 3,
      },
      archive: given.archive,
      metrics: { host: "::1", port: 9465 },
      http: { host: "::1", port: 8481, console: false },
      pages: {
        ...{ host: "::1", port: 8491, url: "https://b.example/rooms/" },
        ...{ webChatUrl: "https://b.example/{room}", robots: "index" },
      },
      storage: { kind: "sqlite", path: "/b.sqlite" },
      standby: false,
      cluster: undefined,
      controlSocket: "/b.socket",
      logLevel: "trace",
    });
  });

  test("an empty variable counts as unset", () => {
    write({ component: { host: "a" } });
    expect(load({ ...REQUIRED, VERONA_HOST: "", VERONA_PORT: "" }).component).toMatchObject({
      host: "a",
      port: 5347,
    });
  });

  test("an explicit file that is absent is an error, and the only one", () => {
    expect(problemsOf({}, "nowhere.json")).toEqual([
      "nowhere.json: cannot read the configuration file: ENOENT: no such file or directory",
    ]);
  });
});

describe("secret", () => {
  test("comes from a file, without the line break at its end", () => {
    write(" s3cret from a file \r\n", "secret");
    write({ component: { domain: "rooms.example.org", secretFile: "secret" } });
    expect(load({}).component.secret).toBe(" s3cret from a file ");
  });

  test.each(["VERONA_SECRET", "VERONA_SECRET_FILE"])(
    "%s overrides both the file's secret and secretFile",
    (name) => {
      write("b", "b");
      write("c", "c");
      for (const component of [{ secret: "c" }, { secretFile: "c" }]) {
        write({ component: { ...component, domain: "rooms.example.org" } });
        expect(load({ [name]: "b" }).component.secret).toBe("b");
      }
    },
  );

  test("as text and from a file at once is an error", () => {
    write("b", "b");
    expect(problemsOf({ ...REQUIRED, VERONA_SECRET_FILE: "b" })).toEqual([
      "VERONA_SECRET_FILE: given together with VERONA_SECRET, expected only one of them",
    ]);
  });

  test("of TLS: certificates come from a file, and are for TLS alone", () => {
    const env = { ...REQUIRED, VERONA_TLS: "true", VERONA_TLS_CA_FILE: "ca.pem" };
    const problem = "component.tlsCaFile: ";
    expect(problemsOf(env)).toEqual([
      expect.stringContaining(`${problem}cannot read ${join(cwd, "ca.pem")}`),
    ]);
    writeFileSync(join(cwd, "ca.pem"), "no certificate");
    expect(problemsOf(env)).toEqual([`${problem}${join(cwd, "ca.pem")} has no certificate`]);
    writeFileSync(join(cwd, "ca.pem"), "-----BEGIN CERTIFICATE-----\n");
    expect(load(env).component.tls).toEqual({ name: "127.0.0.1", ca: "-----BEGIN CERTIFICATE-----\n" });
    expect(problemsOf({ ...REQUIRED, VERONA_TLS_NAME: "a.example" })).toEqual([
      "component.tlsName: expected it only with component.tls",
    ]);
  });

  test("from a file that is absent, empty or a folder is an error", () => {
    write("\n", "empty");
    mkdirSync(join(cwd, "folder"));
    const problemOf = (file: string) => problemsOf({ VERONA_DOMAIN: "a.example", VERONA_SECRET_FILE: file });
    expect(problemOf("absent")).toEqual([
      `VERONA_SECRET_FILE: cannot read the secret file ${join(cwd, "absent")}: ENOENT: no such file or directory`,
    ]);
    expect(problemOf("empty")).toEqual([
      `VERONA_SECRET_FILE: the secret file ${join(cwd, "empty")} is empty`,
    ]);
    expect(problemOf("folder")).toEqual([expect.stringContaining("EISDIR")]);
  });

  test("and passwords never appear in a problem", () => {
    const hidden = "hunter2";
    const nested = {
      component: { secret: [hidden], sceret: hidden },
      rooms: { defaults: { password: [hidden] } },
    };
    const sources: unknown[] = [
      nested,
      { component: hidden },
      { rooms: { defaults: hidden } },
      [hidden],
      hidden,
    ];
    sources.push(
      { storage: `postgres://verona:${hidden}@db/verona` },
      `{"component":{"secret":"${hidden}" "port":1}}`,
    );
    sources.push(`{"component":{"secret":"${hidden}`);
    for (const source of sources) {
      write(source);
      expect(problemsOf({ VERONA_ROOM_DEFAULTS: `{"password":"${hidden}",}` }).join("\n")).not.toContain(
        hidden,
      );
      expect(problemsOf({ VERONA_ROOM_DEFAULTS: `"${hidden}"` }).join("\n")).not.toContain(hidden);
    }
  });
});

describe("problems", () => {
  test("are all reported at once, with place, value and what was expected", () => {
    write({
      component: { port: 70000, hots: "a" },
      service: { admins: ["juliet@example.org", "example.org"] },
      rooms: { defaults: { whois: "nobody", maxUsers: -1 } },
      limits: [],
      colour: "red",
    });
    const problems = problemsOf({
      VERONA_PORT: "abc",
      VERONA_ROOM_DEFAULTS: '{"public": "yes"}',
      VERONA_SECRET_FILE: "x",
    });
    expect(problems.toSorted()).toEqual(
      [
        "config.json: component.port: got 70000, expected a whole number from 1 to 65535",
        "config.json: component.hots: unknown key, expected one of host, port, domain, secret, secretFile, tls, tlsName, tlsCaFile, multicast",
        'config.json: service.admins[1]: got "example.org", expected a list of bare JIDs such as "juliet@example.org"',
        'config.json: rooms.defaults.whois: got "nobody", expected one of "anyone", "moderators"',
        "config.json: rooms.defaults.maxUsers: got -1, expected a whole number, 0 or more",
        "config.json: limits: got a list, expected an object",
        "config.json: colour: unknown key, expected one of component, service, rooms, occupants, blocklists, limits, archive, metrics, http, pages, storage, standby, cluster, nodeName, nats, controlSocket, logLevel",
        'VERONA_PORT: got "abc", expected a whole number from 1 to 65535',
        'VERONA_ROOM_DEFAULTS: public: got "yes", expected true or false',
        `VERONA_SECRET_FILE: cannot read the secret file ${join(cwd, "x")}: ENOENT: no such file or directory`,
        'component.domain: missing (not in config.json, and VERONA_DOMAIN is not set), expected a domain such as "rooms.example.org"',
      ].toSorted(),
    );
  });

  test("name what is missing", () => {
    expect(problemsOf({})).toEqual([
      expect.stringMatching(/^component\.domain: missing .*no config\.json.*VERONA_DOMAIN/),
      expect.stringMatching(/^component\.secret: missing .*VERONA_SECRET .*VERONA_SECRET_FILE/),
    ]);
  });

  test("do not call a bad setting missing too", () => {
    write({ component: { domain: "a@b", secret: "" } });
    expect(problemsOf({})).toEqual([
      'config.json: component.domain: got "a@b", expected a domain such as "rooms.example.org"',
      "config.json: component.secret: expected a text that is not empty",
    ]);
  });

  test("of JSON syntax give file, line and column, beside those of the environment", () => {
    write('{\n  "logLevel": "info",\n  "storage" "memory:"\n}');
    expect(problemsOf({ VERONA_PORT: "0", VERONA_ROOM_DEFAULTS: "{a" })).toEqual([
      'config.json, line 3, column 13: not valid JSON, expected ":"',
      "VERONA_ROOM_DEFAULTS: line 1, column 2: not valid JSON, expected a key in double quotes",
      "VERONA_PORT: got 0, expected a whole number from 1 to 65535",
    ]);
  });

  test("include a file that holds no object", () => {
    write("null");
    expect(problemsOf()).toEqual(["config.json: got null, expected an object"]);
  });

  test("include unknown variables that begin with VERONA_", () => {
    expect(problemsOf({ ...REQUIRED, VERONA_DOMIAN: "x", VERNA: "x" })).toEqual([
      expect.stringMatching(/^VERONA_DOMIAN: unknown variable, expected one of VERONA_HOST, /),
    ]);
  });

  test.each([
    ["VERONA_HOST", "127.0.0.1:5347"],
    ["VERONA_HOST", "xmpp://localhost"],
    ["VERONA_PORT", "0x10"],
    ["VERONA_PORT", "65536"],
    ["VERONA_PORT", "-1"],
    ["VERONA_DOMAIN", "rooms.example.org/x"],
    ["VERONA_DOMAIN", "rooms example"],
    ["VERONA_ADMINS", "juliet@example.org/balcony"],
    ["VERONA_SERVICE_NAME", "two\nlines"],
    ["VERONA_SERVICE_NAME", " "],
    ["VERONA_ROOM_CREATION", "Anyone"],
    ["VERONA_USERS", "juliet@example.org/balcony"],
    ["VERONA_BLOCK_ENTRY", "local"],
    ["VERONA_BLOCK_EVERYTHING", `*${"a".repeat(128)}.example`],
    ["VERONA_BLOCKLISTS", "xmpp:lists.example?;list=a"],
    ["VERONA_BLOCKLISTS", "lists.example/a"],
    ["VERONA_FIXED_OPTIONS", "Whois"],
    ["VERONA_ROOM_NAMES", "a".repeat(129)],
    ["VERONA_BAN_GROUPS", '{"a": ["b"]}'],
    ["VERONA_BAN_GROUPS", '{"a": ["b", "c"], "d": ["c", "e"]}'],
    ["VERONA_CONTACTS", '{"abuse": ["abuse@example.org"]}'],
    ["VERONA_CONTACTS", '{"gossip": ["mailto:gossip@example.org"]}'],
    ["VERONA_LOG_LEVEL", "verbose"],
    ["VERONA_MAX_ROOMS", "0"],
    ["VERONA_MAX_OCCUPANTS", "0"],
    ["VERONA_MAX_STANZA_BYTES", "9999"],
    ["VERONA_MAX_STANZA_BYTES", "1048577"],
    ["VERONA_MAX_SENT_STANZA_BYTES", "75535"],
    ["VERONA_MAX_HISTORY", "1.5"],
    ["VERONA_STORAGE", "verona.sqlite"],
    ["VERONA_STORAGE", "sqlite:"],
    ["VERONA_STORAGE", "sqlite::memory:"],
    ["VERONA_STORAGE", "sqlite://verona.sqlite"],
    ["VERONA_ROOM_DEFAULTS", "[]"],
    ["VERONA_ROOM_DEFAULTS", '{"presenceBroadcast": ["visitor", "visitor"]}'],
    ["VERONA_ROOM_DEFAULTS", '{"language": "not a tag"}'],
  ])("include %s=%s", (name, value) => {
    expect(problemsOf({ ...REQUIRED, [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${name}\\b.*: .*expected`)),
    ]);
  });

  test.each([
    ["postgres://u:hidden@/d", "without a host"],
    ["postgresql://u:hidden@h", "without a database name"],
    ["postgres://h/d", "without a user"],
    ["postgres://u:hid/den@h/d", "an unreadable database address"],
    ["postgres://u:hidden@h:1,/d", "without a host"],
    ["postgres://u:hidden@h1,h2:x/d", "an unreadable database address"],
    ["postgres://h1,h2/d", "without a user"],
  ])("name what the address of a database lacks, and repeat nothing of it: %s", (url, lack) => {
    const problems = problemsOf({ ...REQUIRED, VERONA_STORAGE: url });
    expect(problems).toEqual([expect.stringMatching(`^VERONA_STORAGE: .*${lack}, expected "postgres://`)]);
    expect(problems.join()).not.toMatch(/hid/);
  });
});

describe("settings that depend on each other", () => {
  test("what is taken has to fit, with what a room adds, into what is sent", () => {
    expect(problemsOf({ ...REQUIRED, VERONA_MAX_STANZA_BYTES: "434465" })).toEqual([
      "limits.stanzaBytes: got 434465, expected no more than 434464, because limits.sentStanzaBytes is 500000",
    ]);
    const more = { VERONA_MAX_STANZA_BYTES: "434465", VERONA_MAX_SENT_STANZA_BYTES: "500001" };
    expect(load({ ...REQUIRED, ...more }).limits.stanzaBytes).toBe(434465);
  });

  test("room defaults may not exceed the limits", () => {
    write({
      rooms: { defaults: { historyLength: 6, maxUsers: 8, archiveDays: 3, archiveMessages: 9 } },
      archive: { maxDays: 2, maxMessagesPerRoom: 8 },
    });
    expect(problemsOf({ ...REQUIRED, VERONA_MAX_HISTORY: "5", VERONA_MAX_OCCUPANTS: "7" })).toEqual([
      "rooms.defaults.historyLength: got 6, expected no more than limits.historyLength, 5",
      "rooms.defaults.maxUsers: got 8, expected no more than limits.occupantsPerRoom, 7",
      "rooms.defaults.archiveDays: got 3, expected no more than archive.maxDays, 2",
      "rooms.defaults.archiveMessages: got 9, expected no more than archive.maxMessagesPerRoom, 8",
    ]);
  });

  test("a limit below the usual history length becomes the default of rooms", () => {
    expect(load({ ...REQUIRED, VERONA_MAX_HISTORY: "5" }).rooms.defaults).toEqual({
      historyLength: 5,
    });
  });

  test("rooms protected by a password need one", () => {
    expect(problemsOf({ ...REQUIRED, VERONA_ROOM_DEFAULTS: '{"passwordProtected": true}' })).toEqual([
      expect.stringMatching(/^rooms\.defaults\.password: missing or empty/),
    ]);
  });
});

describe("relative paths", () => {
  const inFolder = (more: object): void => {
    mkdirSync(join(cwd, "etc"), { recursive: true });
    write({ component: { domain: "a.example", secretFile: "secret" }, ...more }, "etc/verona.json");
    write("in etc", "etc/secret");
  };

  test("of the configuration file begin at its folder", () => {
    inFolder({ storage: "sqlite:./rooms.sqlite" });
    const config = load({}, "etc/verona.json");
    expect(config.component.secret).toBe("in etc");
    expect(config.storage).toEqual({ kind: "sqlite", path: join(cwd, "etc/rooms.sqlite") });
    inFolder({ storage: "sqlite:../rooms.sqlite" });
    expect(load({}, join(cwd, "etc/verona.json")).storage).toMatchObject({ path: join(cwd, "rooms.sqlite") });
  });

  test("of the environment, and the default, begin at the working directory", () => {
    inFolder({ storage: "sqlite:./rooms.sqlite" });
    write("in cwd", "secret");
    const env = { VERONA_SECRET_FILE: "secret", VERONA_STORAGE: "sqlite:rooms.sqlite" };
    const config = load(env, "etc/verona.json");
    expect(config.component.secret).toBe("in cwd");
    expect(config.storage).toEqual({ kind: "sqlite", path: join(cwd, "rooms.sqlite") });
    inFolder({});
    expect(load({}, "etc/verona.json").storage).toMatchObject({ path: join(cwd, "verona.sqlite") });
  });

  test("of certificates in the address of a database begin there too", () => {
    const address = (files: string): string => `postgres://a:b@c.example/d?sslmode=verify-full&${files}`;
    inFolder({ storage: address("sslrootcert=my%20ca.pem&sslkey=/etc/key.pem") });
    expect(load({}, "etc/verona.json").storage).toEqual({
      kind: "postgres",
      url: address(`sslrootcert=${join(cwd, "etc/my%20ca.pem")}&sslkey=/etc/key.pem`),
    });
  });
});

test.each([
  [
    "postgres://verona:p%40ss@127.0.0.1:5432/rooms?sslmode=no-verify",
    "postgres://verona@127.0.0.1:5432/rooms",
  ],
  ["postgres://verona:p@ss@db.example/rooms", "postgres://verona@db.example/rooms"],
  ["postgres://db.example/rooms?user=verona&password=hush", "postgres://db.example/rooms"],
  ["postgres://verona:p@s,s@h1:5432,[::1]:5433/rooms", "postgres://verona@h1:5432,[::1]:5433/rooms"],
  [
    "postgresql://verona@/rooms?host=/run/postgresql&password=hush",
    "postgres://verona@/run/postgresql/rooms",
  ],
  ["sqlite:/var/lib/verona/a.sqlite", "sqlite:/var/lib/verona/a.sqlite"],
  ["memory:", "memory:"],
])("%s is named to people as %s", (url, name) => {
  expect(storageName(storageOf(url))).toBe(name);
});

describe("a standby", () => {
  const of = (storage: string) =>
    loadConfig({
      env: {
        VERONA_DOMAIN: "a.example",
        VERONA_SECRET: "x",
        VERONA_STORAGE: storage,
        VERONA_STANDBY: "true",
      },
      cwd,
    });

  test("is one only with PostgreSQL, which keeps the lease", () => {
    expect(of("postgres://verona@db/verona").standby).toBe(true);
    for (const storage of ["memory:", "sqlite:./rooms.sqlite"])
      expect(() => of(storage)).toThrow(
        "standby: got true, expected it only with a PostgreSQL database in storage",
      );
  });
});

describe("a node of a cluster", () => {
  const of = (env: Record<string, string>) =>
    loadConfig({
      env: { VERONA_DOMAIN: "a.example", VERONA_SECRET: "x", VERONA_CLUSTER: "true", ...env },
      cwd,
    });
  const VERONA_STORAGE = "postgres://verona@db/verona";

  test("has the name of the host, or another one", () => {
    const host = hostname().split(".", 1)[0]?.toLowerCase();
    expect(of({ VERONA_STORAGE }).cluster).toEqual({ name: host, nats: [] });
    expect(of({ VERONA_STORAGE, VERONA_NODE_NAME: "muc-1" }).cluster?.name).toBe("muc-1");
    for (const name of ["muc.1", "MUC", "-1"])
      expect(() => of({ VERONA_STORAGE, VERONA_NODE_NAME: name })).toThrow("VERONA_NODE_NAME: got");
  });

  test("uses NATS if it is given servers, whose passwords are not shown", () => {
    const nats = ["nats://user:hush@one:4222", "tls://two"];
    expect(of({ VERONA_STORAGE, VERONA_NATS: nats.join() }).cluster?.nats).toEqual(nats);
    const wrong = () => of({ VERONA_STORAGE, VERONA_NATS: "http://user:hush@one" });
    expect(wrong).toThrow("VERONA_NATS: ");
    expect(wrong).not.toThrow("hush");
  });

  test("is one only with PostgreSQL, and without standby", () => {
    expect(() => of({ VERONA_STORAGE: "memory:" })).toThrow(
      "cluster: got true, expected it only with a PostgreSQL database in storage",
    );
    expect(() => of({ VERONA_STORAGE, VERONA_STANDBY: "true" })).toThrow(
      "cluster: got true, expected it only without standby",
    );
  });
});

describe("public pages", () => {
  const VERONA_PAGES_PORT = "8490";
  const VERONA_PAGES_URL = "https://rooms.example";

  test("are off without a port, and need an address for people", () => {
    expect(load({ ...REQUIRED, VERONA_PAGES_URL }).pages).toBeUndefined();
    expect(load({ ...REQUIRED, VERONA_PAGES_PORT, VERONA_PAGES_URL }).pages).toEqual({
      ...{ host: "127.0.0.1", port: 8490, url: "https://rooms.example/" },
      ...{ webChatUrl: undefined, robots: "noindex" },
    });
    expect(problemsOf({ ...REQUIRED, VERONA_PAGES_PORT })).toEqual([
      'pages.url: missing, expected an address of http or https such as "https://rooms.example.org/", without ? and #, with pages.port',
    ]);
  });

  test.each(["rooms.example", "javascript:alert(1)", "https://a.example/?x", "https://u:p@a.example/"])(
    "have an address of the web, unlike %s",
    (url) => {
      const problems = problemsOf({ ...REQUIRED, VERONA_PAGES_PORT, VERONA_PAGES_URL: url });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^VERONA_PAGES_URL: /);
    },
  );

  test.each(["https://chat.example/", "javascript:{room}", "xmpp:{address}"])(
    "have a web client at an address of the web with the room in it, unlike %s",
    (VERONA_PAGES_WEB_CHAT_URL) => {
      const env = { ...REQUIRED, VERONA_PAGES_PORT, VERONA_PAGES_URL, VERONA_PAGES_WEB_CHAT_URL };
      expect(problemsOf(env)[0]).toMatch(/^VERONA_PAGES_WEB_CHAT_URL: /);
    },
  );
});
