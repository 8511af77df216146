import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { generateIdentity } from "../../src/age/identity.ts";
import { recipientId } from "../../src/file/recipients.ts";
import { compareRecipients } from "../../src/policy/compare-recipients.ts";
import { findPolicy, findPolicyPath, ruleFor } from "../../src/policy/find-policy.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { fuzzRuns, randomOf } from "../fuzz.ts";

const path = "/project/.sops.yaml";
let [alice, bob, carol] = ["", "", ""];

beforeAll(async () => {
  const made = await Promise.all([generateIdentity("x25519"), generateIdentity("hybrid"), generateIdentity("x25519")]);
  [alice, bob, carol] = made.map(({ recipient }) => recipient) as [string, string, string];
});

async function parsed(text: string): Promise<Policy> {
  const policy = await parsePolicy(path, text);
  if (!policy.ok) throw new Error(JSON.stringify(policy.failures));
  return policy.value;
}

async function problems(text: string) {
  const policy = await parsePolicy(path, text);
  return policy.ok
    ? []
    : policy.failures.map(({ message, location }) => `${location?.line}:${location?.column} ${message}`);
}

function ruleIndex(policy: Policy, file: string): number | undefined | "none" {
  const rule = ruleFor(policy, join("/project", file));
  return rule.ok ? rule.value?.index : "none";
}

describe("creation rules", () => {
  test("the first that matches wins; path_regex is unanchored and relative to the policy", async () => {
    const policy = await parsed(`
creation_rules:
  - path_regex: secrets/prod\\.ya?ml$
    age: ${alice}
  - path_regex: ^secrets/
    age: ${bob}
  - path_regex: project
    age: ${alice}
  - age: ${carol}
`);
    expect(ruleIndex(policy, "secrets/prod.yaml")).toBe(0);
    expect(ruleIndex(policy, "other/secrets/prod.yml")).toBe(0);
    expect(ruleIndex(policy, "secrets/staging.yaml")).toBe(1);
    expect(ruleIndex(policy, "x/secrets/a")).toBe(3);
  });

  test("none that matches is a failure, no rules at all are no policy", async () => {
    const policy = await parsed(`creation_rules:\n  - path_regex: ^a$\n    age: ${alice}\n`);
    expect(ruleIndex(policy, "b")).toBe("none");
    for (const text of ["", "creation_rules:\n", "stores: {}\n", "# nothing\n"]) {
      expect(ruleIndex(await parsed(text), "b")).toBeUndefined();
    }
    expect(ruleIndex(await parsed("creation_rules: []"), "b")).toBe("none");
  });

  test("recipients may be a comma string, a list, or both, over lines and by anchors; each counts once", async () => {
    const forms = [
      `age: ${alice}, ${bob},`,
      `age: "${alice},${bob}"`,
      `age: >-\n      ${alice},\n      ${bob}`,
      `age: [${alice}, ${bob}, ${alice}]`,
      `age:\n      - ${alice}\n      - ${bob}`,
      `age:\n      - ${alice},${bob}`,
      `age: [*a, *b]`,
      `key_groups:\n      - age: [${alice}, ${bob}]`,
      `key_groups: [{ merge: [{ age: [*a] }], age: [*b] }]`,
      `<<: { age: [*a, *b] }`,
    ];
    for (const form of forms) {
      const text = `keys: [&a ${alice}, &b ${bob}]\ncreation_rules:\n  - path_regex: a\n    ${form}\n`;
      const [rule] = (await parsed(text)).rules!;
      expect(rule?.keyGroups, form).toEqual([{ age: [alice, bob], others: [] }]);
    }
  });

  test("key groups, thresholds, selectors, indents and other providers are read", async () => {
    const policy = await parsed(`
creation_rules:
  - key_groups:
      - age: [${alice}]
        pgp: [ABCD]
      - kms: [{ arn: "arn:aws:kms:eu:1:key/a", role: r, context: { a: b } }]
        gcp_kms: [{ resource_id: projects/p }]
        azure_keyvault: [{ vaultUrl: https://v.azure.net, key: k, version: "1" }]
        hc_vault: [http://vault:8200/v1/sops/keys/first]
    shamir_threshold: 2
    encrypted_regex: ^(data|stringData)$
    mac_only_encrypted: yes
  - kms: arn:aws:kms:eu:1:key/a+arn:aws:iam::1:role/r
    hc_vault_transit_uri: http://vault:8200/v1/sops/keys/first
stores: { yaml: { indent: 2 }, json: { indent: 4 }, json_binary: { indent: 0 } }
`);
    expect(policy.indent).toEqual({ yaml: 2, json: 4, jsonBinary: 0 });
    expect(policy.rules).toMatchObject([
      {
        keyGroups: [
          { age: [alice], others: [{ kind: "pgp", id: "ABCD" }] },
          {
            others: [
              { kind: "hc_vault", id: "http://vault:8200/v1/sops/keys/first" },
              { kind: "kms", id: "arn:aws:kms:eu:1:key/a" },
              { kind: "gcp_kms", id: "projects/p" },
              { kind: "azure_kv", id: "https://v.azure.net/keys/k/1" },
            ],
          },
        ],
        shamirThreshold: 2,
        selector: { kind: "encrypted_regex", value: "^(data|stringData)$" },
        macOnlyEncrypted: true,
      },
      { keyGroups: [{ others: [{ kind: "kms", id: "arn:aws:kms:eu:1:key/a" }, { kind: "hc_vault" }] }] },
    ]);
  });

  test("all problems are told at once, each where it is", async () => {
    const text = `creation_rules:
  - path_regex: "("
    age: ${alice}x
    encrypted_regex: a
    unencrypted_suffix: b
  - age: [{ a: 1 }]
    mac_only_encrypted: "true"
  - shamir_threshold: 5
    key_groups: [{ age: [${alice}] }, { age: 7 }]
  - just a text
stores: 5
`;
    const found = await problems(text);
    const expected = [
      /^2:17 path_regex is not a regular expression/,
      /^3:10 Not a recipient/,
      /^4:22 A rule can have one selector/,
      /^6:11 age must be a text/,
      /^7:25 mac_only_encrypted must be true or false/,
      /^8:23 shamir_threshold must be from 2 to the number of key groups, 2/,
      /^9:[0-9]+ Not a recipient: 7/,
      /^10:5 A creation rule must be a mapping/,
      /^11:9 stores must be a mapping/,
    ];
    expect(found).toEqual(expected.map((form) => expect.stringMatching(form)));
  });

  test.each(["a: b: c", "- [", "\t- a", "a: *nobody", "{", "a: 1\na: 2"])(
    "what is not YAML is told: %j",
    async (text) => {
      expect((await problems(text)).length).toBeGreaterThan(0);
    },
  );

  test("what SOPS silently ignores is a notice", async () => {
    const policy = await parsed(`
creation_rules:
  - path_regexp: a
    age: ${alice}
    key_groups: [{ age: [${bob}] }]
  - path_regex: b
creation_rule: []
`);
    expect(policy.notices.map(({ message, location }) => `${location.line} ${message}`)).toEqual([
      "7 SOPS does not know creation_rule",
      "3 SOPS does not know path_regexp",
      "4 age does not count beside key_groups",
      "6 A rule names nobody who can read",
    ]);
  });

  test("names that mean something in JavaScript are names like others", async () => {
    const policy = await parsed(
      `__proto__: { a: 1 }\nconstructor: 1\ncreation_rules:\n  - __proto__: { age: ${bob} }\n    age: ${alice}\n`,
    );
    expect(policy.rules?.[0]?.keyGroups[0]?.age).toEqual([alice]);
    expect(policy.notices).toHaveLength(2);
  });

  test("aliases that multiply, or lead to themselves, end soon", async () => {
    let text = `a0: &a0 { age: [${alice}] }\n`;
    for (let index = 1; index < 12; index++) {
      text += `a${index}: &a${index} { merge: [${`*a${index - 1}, `.repeat(9)}*a${index - 1}] }\n`;
    }
    await parsePolicy(path, `${text}creation_rules: [{ key_groups: [*a7] }]\n`);
    expect((await problems("creation_rules: [{ key_groups: [&a { merge: [*a] }] }]")).length).toBeGreaterThan(0);
    expect((await problems(`${text}creation_rules: [{ key_groups: [*a9] }]\n`)).join()).toMatch(/stand for too much/);
    await problems("creation_rules: &a [&b { <<: *b, key_groups: *a }]");
    expect((await problems("[".repeat(50_000))).length).toBeGreaterThan(0);
    expect((await problems(`a: ${"{a: ".repeat(20_000)}`)).length).toBeGreaterThan(0);
  });

  test("a private key in place of a recipient is refused and not shown", async () => {
    const key = await generateIdentity("x25519");
    const policy = await parsePolicy(path, `creation_rules:\n  - age: ${key.reveal()}\n`);
    expect(policy.ok).toBe(false);
    expect(JSON.stringify(policy)).not.toContain(key.reveal());
  });
});

describe("the recipients of a file", () => {
  test("are compared with its rule without any key", async () => {
    const [rule] = (await parsed(`creation_rules: [{ age: "${alice},${bob}", pgp: "AB CD" }]`)).rules!;
    const present = [
      { group: 0, kind: "age", id: alice },
      { group: 0, kind: "age", id: carol },
      { group: 0, kind: "pgp", id: "abcd" },
    ];
    expect(compareRecipients(rule!, present)).toEqual({
      missing: [{ group: 0, kind: "age", id: bob }],
      extra: [{ group: 0, kind: "age", id: carol }],
    });
  });

  test("in another key group are not the same", async () => {
    const [rule] = (await parsed(`creation_rules: [{ key_groups: [{ age: [${alice}] }, { age: [${bob}] }] }]`)).rules!;
    const present = [
      { group: 0, kind: "age", id: alice },
      { group: 0, kind: "age", id: bob },
    ];
    expect(compareRecipients(rule!, present)).toMatchObject({
      missing: [{ group: 1 }],
      extra: [{ group: 0, id: bob }],
    });
  });

  test("of other providers have the same name in the policy and in the file", () => {
    const vault = { vault_address: "http://vault:8200", engine_path: "sops", key_name: "first" };
    expect(recipientId("hc_vault", new Map(Object.entries(vault)))).toBe("http://vault:8200/v1/sops/keys/first");
    expect(recipientId("constructor", new Map())).toBe("");
  });
});

describe("the policy of a file", () => {
  test("is the nearest above it; a .sops.yml is only seen", async () => {
    const folder = tempFolder({
      ".sops.yaml": `creation_rules: [{ age: ${alice} }]`,
      "a/.sops.yml": "creation_rules: [",
      "a/b/x.yaml": "",
      "c/.sops.yaml": `creation_rules: [{ path_regex: ^d/x, age: ${bob} }]`,
    });
    expect(findPolicyPath(join(folder, "a/b/x.yaml"))).toEqual({
      path: join(folder, ".sops.yaml"),
      ignored: join(folder, "a/.sops.yml"),
    });
    const policy = await findPolicy(join(folder, "c/d/x.yaml"));
    const rule = policy.ok && policy.value ? ruleFor(policy.value, join(folder, "c/d/x.yaml")) : undefined;
    expect(rule).toMatchObject({ ok: true, value: { keyGroups: [{ age: [bob] }] } });
  });

  test("that is a link to something endless is told, not read", async () => {
    const folder = tempFolder();
    symlinkSync("/dev/zero", join(folder, ".sops.yaml"));
    expect(await findPolicy(join(folder, "x"))).toMatchObject({
      ok: false,
      failures: [{ code: "policy-invalid", cause: "It is not a file" }],
    });
  });

  test("that cannot be read is told", async () => {
    const folder = tempFolder({ ".sops.yaml/x": "" });
    expect(await findPolicy(join(folder, "x"))).toMatchObject({ ok: false, failures: [{ code: "policy-invalid" }] });
  });
});

test("any text is a policy or a list of problems", async () => {
  const random = randomOf("policy");
  const parts = [
    "creation_rules:",
    "\n",
    "  ",
    "- ",
    "age: ",
    alice,
    "path_regex: ",
    "(",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "<<: ",
    "key_groups: ",
    "merge: ",
    "|",
    ">-",
    "#",
    "'",
    '"',
    ",",
    ":",
    "!!binary ",
    "\t",
    "\ud800",
    "---\n",
    "__proto__: ",
    "stores: ",
    "kms: ",
    "%YAML 1.1\n",
    "null",
    "5",
  ];
  for (let run = 0; run < fuzzRuns(1000); run++) {
    const text = random.text(parts, 20);
    const policy = await parsePolicy(path, text);
    if (policy.ok) ruleFor(policy.value, "/project/x");
    else expect(policy.failures.every(({ location }) => location!.line >= 1)).toBe(true);
  }
  expect(Object.hasOwn(Object.prototype, "age")).toBe(false);
});
