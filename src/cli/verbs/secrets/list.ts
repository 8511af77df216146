import { openPlaces } from "../../../app/secrets/open-places.ts";
import { type SecretsSession, shownPath } from "../../../app/secrets/session.ts";
import { declaredIn, keysOf, type PlaceView, sourceOf, viewPlaces } from "../../../app/secrets/standing.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { table } from "../../render/table.ts";
import { tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const list = defineVerb({
  name: "list",
  summary: "Show which secrets there are and where each comes from; never a value",
  usage: ["secrets list [environment…]"],
  description: "Needs no key: names stand in the files in clear. Commands and Vault are not asked.",
  examples: [
    { command: "tidegate secrets list", explains: "every environment" },
    { command: "tidegate secrets list production --json", explains: "one, for a program" },
  ],
  arguments: [{ name: "environment", summary: "Which, or shared; default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const opened = await openPlaces(context, asked);
    if (!opened.ok) return reportFailures(context, opened.failures);
    const { session, places } = opened.value;
    const views = await viewPlaces(session, places);
    if (!views.ok) return reportFailures(context, views.failures);
    const rows = views.value.flatMap((view) => rowsOf(session, view));
    const head = ["ENVIRONMENT", "KEY", "FROM", "WHERE"];
    const lines = table([
      head,
      ...rows.map(({ environment, key, from, where, declared }) => [
        environment,
        key,
        declared ? from : `${from} (not declared)`,
        where,
      ]),
    ]);
    tell(context, { type: "secretsList", secrets: rows }, rows.length === 0 ? ["The project has no secrets."] : lines);
    return exitCodes.done;
  },
});

interface Row {
  readonly environment: string;
  readonly key: string;
  readonly from: string;
  readonly where: string;
  readonly declared: boolean;
}

function rowsOf(session: SecretsSession, view: PlaceView): Row[] {
  const inFile = keysOf(view);
  const lineOf = (key: string) => inFile.find((one) => one.key === key)?.line;
  const declared = declaredIn(session, view.place);
  const at = (key: string) => `${shownPath(session, view.path)}${lineOf(key) === undefined ? "" : `:${lineOf(key)}`}`;
  const strays = inFile.filter(({ key }) => !declared.some((one) => one.key === key));
  return [
    ...declared.map((declaration) => {
      const from = sourceOf(session, view, declaration);
      return {
        environment: view.place,
        key: declaration.key,
        from,
        where: from === "file" ? at(declaration.key) : "",
        declared: true,
      };
    }),
    ...strays.map(({ key }) => ({ environment: view.place, key, from: "file", where: at(key), declared: false })),
  ];
}
