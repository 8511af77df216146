import { beforeAll, describe, expect, test } from "vitest";
import { generateIdentity } from "../../src/age/identity.ts";
import { addPolicyRule, newPolicy } from "../../src/policy/add-rule.ts";
import { addPolicyRecipient, removePolicyRecipient } from "../../src/policy/edit-recipients.ts";
import { ruleFor } from "../../src/policy/find-policy.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import type { Policy } from "../../src/policy/policy.ts";

const path = "/project/.sops.yaml";
let [alice, bob, carol, dave] = ["", "", "", ""];

beforeAll(async () => {
  const made = await Promise.all(Array.from({ length: 4 }, () => generateIdentity("x25519")));
  [alice, bob, carol, dave] = made.map(({ recipient }) => recipient) as [string, string, string, string];
});

async function parsed(text: string): Promise<Policy> {
  const policy = await parsePolicy(path, text);
  if (!policy.ok) throw new Error(JSON.stringify(policy.failures));
  return policy.value;
}

const fill = (text: string) =>
  text.replaceAll("ALICE", alice).replaceAll("BOB", bob).replaceAll("CAROL", carol).replaceAll("DAVE", dave);

async function edited(
  text: string,
  edit: "add" | "remove",
  recipient: string,
  index = 0,
  group = 0,
): Promise<string | undefined> {
  const policy = await parsed(fill(text));
  const apply = edit === "add" ? addPolicyRecipient : removePolicyRecipient;
  const result = await apply(policy, { rule: policy.rules![index]!, recipient, group });
  return result.ok ? result.value : undefined;
}

const other = "  - path_regex: ^z$ # last\n    age: DAVE\n";

describe("adding and removing a recipient change nothing else", () => {
  test.each<[string, string, string, string]>([
    ["a comma string", "age: ALICE, BOB # us", "age: ALICE, BOB,CAROL # us", "age: BOB # us"],
    ["a quoted string", 'age: "ALICE,BOB"', 'age: "ALICE,BOB,CAROL"', 'age: "BOB"'],
    ["a quoted string of one kind", "age: 'ALICE,BOB'", "age: 'ALICE,BOB,CAROL'", "age: 'BOB'"],
    [
      "folded lines",
      "age: >-\n      ALICE,\n      BOB",
      "age: >-\n      ALICE,\n      BOB,\n      CAROL",
      "age: >-\n      BOB",
    ],
    [
      "a list",
      "age: # who\n      # the boss\n      - ALICE # a\n      - BOB # b",
      "age: # who\n      # the boss\n      - ALICE # a\n      - BOB # b\n      - CAROL",
      "age: # who\n      # the boss\n      - BOB # b",
    ],
    [
      "a list not indented",
      "age:\n    - ALICE\n    - BOB",
      "age:\n    - ALICE\n    - BOB\n    - CAROL",
      "age:\n    - BOB",
    ],
    ["a list in brackets", "age: [ALICE, BOB] # x", "age: [ALICE, BOB, CAROL] # x", "age: [BOB] # x"],
    [
      "a list in brackets over lines",
      "age: [\n      ALICE,\n      BOB\n    ]",
      "age: [\n      ALICE,\n      BOB,\n      CAROL\n    ]",
      "age: [\n      BOB\n    ]",
    ],
    ["anchors", "age: [*a, *b]", "age: [*a, *b, CAROL]", "age: [*b]"],
    [
      "a list of anchors",
      "age:\n      - *a\n      - *b",
      "age:\n      - *a\n      - *b\n      - CAROL",
      "age:\n      - *b",
    ],
    [
      "a key group",
      "key_groups:\n      - pgp: [AB]\n        age:\n          - ALICE\n          - BOB",
      "key_groups:\n      - pgp: [AB]\n        age:\n          - ALICE\n          - BOB\n          - CAROL",
      "key_groups:\n      - pgp: [AB]\n        age:\n          - BOB",
    ],
  ])("in %s", async (_, before, added, removed) => {
    const whole = (form: string) =>
      fill(`# top\nkeys: [&a ALICE, &b BOB]\n\ncreation_rules:\n  - path_regex: ^a$\n    ${form}\n\n${other}# end\n`);
    expect(await edited(whole(before), "add", carol)).toBe(whole(added));
    expect(await edited(whole(before), "remove", alice)).toBe(whole(removed));
    const windows = whole(before).replaceAll("\n", "\r\n");
    expect(await edited(windows, "add", carol)).toBe(whole(added).replaceAll("\n", "\r\n"));
    const endless = whole(before).replace(/\n# end\n$/, "");
    expect(await edited(endless, "add", carol)).toBe(whole(added).replace(/\n# end\n$/, ""));
  });

  test("the last and the middle one of a string and of a list go, too", async () => {
    const whole = (form: string) => `creation_rules:\n  - age: ${form}\n`;
    expect(await edited(whole("ALICE, BOB, CAROL"), "remove", bob)).toBe(fill(whole("ALICE, CAROL")));
    expect(await edited(whole("ALICE, BOB, CAROL"), "remove", carol)).toBe(fill(whole("ALICE, BOB")));
    expect(await edited(whole("[ALICE, BOB, CAROL]"), "remove", carol)).toBe(fill(whole("[ALICE, BOB]")));
    expect(await edited(whole("\n      - ALICE,BOB\n      - CAROL"), "remove", bob)).toBe(
      fill(whole("\n      - ALICE\n      - CAROL")),
    );
  });

  test("a rule with other providers only gets its first age recipient", async () => {
    const text = "creation_rules:\n  - path_regex: ^a$ # x\n    pgp: AB\n";
    expect(await edited(text, "add", carol)).toBe(
      fill("creation_rules:\n  - path_regex: ^a$ # x\n    pgp: AB\n    age: CAROL\n"),
    );
  });

  test("who is there already, or is not there, changes nothing", async () => {
    const text = fill("creation_rules: [{ age: ALICE }]");
    expect(await edited(text, "add", alice)).toBe(text);
    expect(await edited(text, "remove", bob)).toBe(text);
  });

  test("the second group of a rule is edited alone", async () => {
    const text = fill("creation_rules:\n  - key_groups:\n      - age: [ALICE]\n      - age: [BOB]\n");
    expect(await edited(text, "add", carol, 0, 1)).toBe(text.replace(bob, `${bob}, ${carol}`));
  });
});

describe("what would do something else is left to a person", () => {
  test("nobody can be the last to go", async () => {
    expect(await edited("creation_rules: [{ age: ALICE }]", "remove", alice)).toBeUndefined();
  });

  test("a list that two rules share is not changed for both", async () => {
    const text = "creation_rules:\n  - path_regex: a\n    age: &team [ALICE, BOB]\n  - age: *team\n";
    expect(await edited(text, "add", carol)).toBeUndefined();
    expect(await edited(text, "remove", alice)).toBeUndefined();
    expect(await edited(text, "add", carol, 1)).toBeUndefined();
  });

  test("a recipient that another key merges in is not taken out", async () => {
    const text = "base: &base { age: [ALICE, BOB] }\ncreation_rules:\n  - <<: *base\n    path_regex: a\n";
    expect(await edited(text, "remove", alice)).toBeUndefined();
  });
});

describe("a new rule", () => {
  const rule = () => ({ file: "/project/secrets/production.yaml", age: [alice, bob] });

  test("of a new policy matches its files and no others", async () => {
    const text = newPolicy(path, [
      { file: "/project/secrets/production", endings: ["yaml", "json", "env"], age: [alice] },
      {
        file: "/project/secrets/a+b (c).yaml",
        age: [bob],
        selector: { kind: "encrypted_regex", value: "^a: 'b' #c$" },
        macOnlyEncrypted: true,
      },
    ]);
    const policy = await parsed(text);
    const indexOf = (file: string) => {
      const found = ruleFor(policy, `/project/${file}`);
      return found.ok ? found.value?.index : undefined;
    };
    expect(indexOf("secrets/production.json")).toBe(0);
    expect(indexOf("secrets/productionXjson")).toBeUndefined();
    expect(indexOf("x/secrets/production.json")).toBeUndefined();
    expect(indexOf("secrets/a+b (c).yaml")).toBe(1);
    expect(policy.rules?.[1]).toMatchObject({ selector: { value: "^a: 'b' #c$" }, macOnlyEncrypted: true });
    expect(policy.indent).toEqual({ yaml: 2 });
    expect(policy.notices).toEqual([]);
  });

  test("comes before the rule that would win otherwise, above its comment", async () => {
    const text = fill(
      "creation_rules:\n  - path_regex: ^x$\n    age: ALICE\n  # all the others\n  - age: DAVE\nstores: {}\n",
    );
    const added = await addPolicyRule(await parsed(text), rule());
    const lines = `  - path_regex: ^secrets/production\\.yaml$\n    age:\n      - ${alice}\n      - ${bob}\n`;
    expect(added).toEqual({ ok: true, value: text.replace("  # all", `${lines}  # all`) });
  });

  test("comes at the end when none matches, and in a file without rules", async () => {
    const text = fill("creation_rules:\n- path_regex: ^x$ # c\n  age: ALICE # d\n\n# about stores\nstores: {}\n");
    const lines = `- path_regex: ^secrets/production\\.yaml$\n  age:\n    - ${alice}\n    - ${bob}\n`;
    const added = await addPolicyRule(await parsed(text), rule());
    expect(added).toEqual({ ok: true, value: text.replace("# d\n", `# d\n${lines}`) });
    const first = await addPolicyRule(await parsed("stores: {}"), rule());
    expect(first.ok && (await parsed(first.value)).rules).toHaveLength(1);
  });

  test("that cannot be put in is shown for doing it by hand", async () => {
    const added = await addPolicyRule(await parsed(fill("creation_rules: [{ age: ALICE }]")), rule());
    expect(!added.ok && added.failures[0]?.hint).toContain("path_regex: ^secrets/production\\.yaml$");
  });
});
