/** What is checked before an instance gets requests: the page shows steps. */
const { TIDEGATE_URL = "http://127.0.0.1:3000" } = process.env;

const steps = (await (await fetch(`${TIDEGATE_URL}/api/steps`)).json()) as readonly { readonly key: string }[];
if (steps.length === 0) throw new Error("The board shows no steps");
const page = await (await fetch(TIDEGATE_URL)).text();
if (!page.includes(steps[0]!.key)) throw new Error("The page does not show the first step");
