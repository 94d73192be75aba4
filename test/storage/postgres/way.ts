// A way to a database, for tests of one that answers late.
import { connect } from "node:net";
import { listenOnLoopback } from "../../../dev/loopback-listener.ts";

/** A way to the database that holds everything back, in both directions, while it is told to. */
export interface Way {
  readonly url: string;
  /** Number of answers that it has passed on. */
  readonly answers: number;
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

/** Opens a way to the server of a database on this machine. */
export async function openWay(url: string): Promise<Way> {
  const { port } = new URL(url);
  let held: (() => void)[] | undefined;
  let answers = 0;
  const pass = (send: () => void): void => void (held ? held.push(send) : send());
  const way = await listenOnLoopback((socket) => {
    const onward = connect(Number(port), "127.0.0.1");
    socket.on("data", (data) => pass(() => onward.write(data)));
    onward.on("data", (data) =>
      pass(() => {
        answers += 1;
        socket.write(data);
      }),
    );
    onward.on("error", () => {});
    socket.on("close", () => onward.destroy());
    onward.on("close", () => socket.destroy());
  });
  return {
    url: String(Object.assign(new URL(url), { port: way.port })),
    get answers() {
      return answers;
    },
    hold() {
      held = [];
    },
    release() {
      const waiting = held ?? [];
      held = undefined;
      for (const send of waiting) send();
    },
    close: () => way.close(),
  };
}
