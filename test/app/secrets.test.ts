import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkSecrets } from "../../src/app/secrets/check-places.ts";
import { type Editor, editSecrets } from "../../src/app/secrets/edit.ts";
import { getSecret } from "../../src/app/secrets/get.ts";
import { importSecrets } from "../../src/app/secrets/import.ts";
import { initSecrets } from "../../src/app/secrets/init-steps.ts";
import { listSecrets } from "../../src/app/secrets/list.ts";
import { listRecipients, whoAmI } from "../../src/app/secrets/people/recipients.ts";
import { openSecrets, type SecretsSession } from "../../src/app/secrets/places/session.ts";
import { rotateSecrets } from "../../src/app/secrets/rotate.ts";
import { scanSecrets } from "../../src/app/secrets/scan.ts";
import { setSecret } from "../../src/app/secrets/set.ts";
import { unsetSecret } from "../../src/app/secrets/unset.ts";
import { failed, ok } from "../../src/errors/result.ts";
import { definition } from "../cli/secrets-rig.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { failureOf, Listener, lendPackages, portsFor, unwrap } from "./ports.ts";

/** A project with a key of its own for the caller. */
async function openedSecrets(say: Listener["say"] = () => undefined): Promise<SecretsSession> {
  const folder = tempFolder({ "tidegate.config.ts": definition, ".gitignore": ".tidegate/\nnode_modules/\n" });
  lendPackages(folder);
  execFileSync("git", ["init", "--quiet", "--initial-branch=main", "."], { cwd: folder });
  const ports = portsFor(folder, { HOME: tempFolder({}, "home") });
  const session = unwrap(await openSecrets(ports, say));
  unwrap(await initSecrets(session, { kind: "x25519", name: "ada", hasEnvironmentKeys: false }));
  return session;
}

const typed = (text: string) => async () => ok(text);
const setCall = { env: "staging", undeclared: false, isJson: false };

test("a secret is set, read, listed and taken away by use cases alone; asking for it is somebody else's", async () => {
  const session = await openedSecrets();
  const asked: string[] = [];
  const ask = async (what: string) => {
    asked.push(what);
    return ok("a value of some length");
  };
  const outcome = unwrap(await setSecret(session, { ...setCall, key: "SESSION_KEY", ask }));
  expect(outcome).toMatchObject({ place: "staging", change: "added", renewed: [] });
  expect(asked).toEqual(["SESSION_KEY of staging"]);

  const found = unwrap(await getSecret(session, { key: "SESSION_KEY", env: "staging" }));
  expect(found.value.reveal()).toBe("a value of some length");
  expect(JSON.stringify(found)).not.toContain("a value of some length");
  const listed = unwrap(await listSecrets(session, ["staging"]));
  expect(listed.find(({ key }) => key === "SESSION_KEY")).toMatchObject({ from: "file", declared: true });
  expect(unwrap(await checkSecrets(session, ["staging"])).failures.map(({ code }) => code)).toEqual(["secret-missing"]);

  unwrap(await unsetSecret(session, { key: "SESSION_KEY", env: "staging" }));
  expect(failureOf(await getSecret(session, { key: "SESSION_KEY", env: "staging" }))).toMatchObject({
    code: "secret-missing",
  });
});

test("nobody is asked for a value that could not be set", async () => {
  const session = await openedSecrets();
  const ask = () => Promise.reject(new Error("asked"));
  expect(failureOf(await setSecret(session, { ...setCall, key: "NO_SUCH", ask }))).toMatchObject({
    code: "config-unknown",
  });
  expect(failureOf(await setSecret(session, { ...setCall, key: "TOKEN", env: "stage", ask }))).toMatchObject({
    code: "unknown-environment",
  });
});

test("an interrupted question is the failure that the asker gives", async () => {
  const session = await openedSecrets();
  const ask = async () => failed({ code: "interrupted", message: "Interrupted" } as const);
  expect(failureOf(await setSecret(session, { ...setCall, key: "TOKEN", ask }))).toMatchObject({ code: "interrupted" });
});

test("a file in clear is taken over, and its remarks are notices", async () => {
  const heard = new Listener();
  const session = await openedSecrets(heard.say);
  const request = { file: "-", env: "staging", overwrite: false, undeclared: false };
  const ask = typed("SESSION_KEY=0123456789abcdef\nTOKEN=first\nTOKEN=second one\n");
  const imported = unwrap(await importSecrets(session, { ...request, ask }));
  expect(imported.rows).toEqual([
    { key: "SESSION_KEY", outcome: "added" },
    { key: "TOKEN", outcome: "added" },
  ]);
  expect(heard.notices).toEqual([{ notice: "plaintextRemark", file: "-", line: 3, remark: "again" }]);

  expect(unwrap(await rotateSecrets(session, []))).toEqual([join(session.folder, "secrets/staging.yaml")]);
  expect(heard.notices.at(-1)).toEqual({ notice: "progressEnded" });
  const scanned = unwrap(await scanSecrets(session, { history: false }));
  expect(scanned.reports.flatMap(({ findings }) => findings)).toEqual([]);
  const me = unwrap(await whoAmI(session));
  const rows = unwrap(await listRecipients(session, ["staging"]));
  expect(rows).toMatchObject([{ who: "ada", recipient: me.recipient, policy: true, file: true }]);
});

test("an editor is any end that takes bytes and gives bytes; what does not fit goes back to it", async () => {
  const session = await openedSecrets();
  const drafts = [`SESSION_KEY: short\n`, `SESSION_KEY: long enough for it\n`];
  const told: string[] = [];
  let wiped = 0;
  const wipe = () => {
    wiped += 1;
  };
  const editor: Editor = {
    copy: () => ({ edit: async () => ok(Buffer.from(drafts.shift()!)), wipe }),
    again: async (failures) => {
      told.push(...failures.map(({ code }) => code));
      return "again";
    },
  };
  const edited = unwrap(await editSecrets(session, { place: "production", editor }));
  expect(edited).toMatchObject({ keys: expect.arrayContaining(["SESSION_KEY"]) });
  expect(told).toEqual(["secret-invalid"]);
  expect(wiped).toBe(1);
  const found = unwrap(await getSecret(session, { key: "SESSION_KEY", env: "production" }));
  expect(found.value.reveal()).toBe("long enough for it");
});
