import { expect, test } from "vitest";
import { redactText } from "../../src/connection/stanza-trace.ts";

test("a traced stanza has its markup, and nothing of what it says", () => {
  const stanza =
    '<message to="a@b" type="groupchat"><body>hail &amp; 1 > 0</body><x xmlns="jabber:x:data"><field var="p"><value>hush</value></field></x><active/></message>';
  expect(redactText(stanza)).toBe(
    '<message to="a@b" type="groupchat"><body>…</body><x xmlns="jabber:x:data"><field var="p"><value>…</value></field></x><active/></message>',
  );
  expect(redactText('<message id="a>b"><body>hush</body></message>')).not.toContain("hush");
  expect(redactText(" ")).toBe(" ");
});
