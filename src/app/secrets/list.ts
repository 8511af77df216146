import { ok, type Result } from "../../errors/result.ts";
import { choosePlaces } from "./places/choose-place.ts";
import { type SecretsSession, shownPath } from "./places/session.ts";
import { declaredIn, keysOf, type PlaceView, sourceOf, viewPlaces } from "./places/standing.ts";

/** A secret of a place, and where it comes from; never its value. */
export interface SecretRow {
  readonly environment: string;
  readonly key: string;
  readonly from: string;
  readonly where: string;
  readonly declared: boolean;
}

/** Which secrets there are: of the places named (environments, or shared), or of all. Needs no key. */
export async function listSecrets(session: SecretsSession, asked: readonly string[]): Promise<Result<SecretRow[]>> {
  const places = choosePlaces(session, asked);
  if (!places.ok) return places;
  const views = await viewPlaces(session, places.value);
  return views.ok ? ok(views.value.flatMap((view) => rowsOf(session, view))) : views;
}

function rowsOf(session: SecretsSession, view: PlaceView): SecretRow[] {
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
