/**
 * What must work before a release gets traffic: makes a link, follows it, deletes it. Runs against `TIDEGATE_URL`;
 * every step is checked, and the first that fails ends it with a message and exit code 1.
 */
const base = process.env.TIDEGATE_URL;
const release = process.env.TIDEGATE_RELEASE;
const target = "https://example.com/smoke";

try {
  if (base === undefined) throw new Error("TIDEGATE_URL is not set");
  await smoke(base);
  console.log("a link was made, followed and deleted");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function smoke(url: string): Promise<void> {
  const health = await request(`${url}/healthz`, 200);
  const answered = health.headers.get("x-release");
  if (release !== undefined && answered !== release) throw new Error(`release ${answered} answers, not ${release}`);
  const made = await request(`${url}/links`, 201, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ target }),
  });
  const { code, token } = (await made.json()) as { code: string; token: string };
  try {
    const followed = await request(`${url}/${code}`, 302);
    if (followed.headers.get("location") !== target) throw new Error("the link does not lead where it should");
  } finally {
    await request(`${url}/links/${code}`, 204, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
  }
}

async function request(url: string, expected: number, init: RequestInit = {}): Promise<Response> {
  const signal = AbortSignal.timeout(5_000);
  const response = await fetch(url, { redirect: "manual", signal, ...init });
  if (response.status === expected) return response;
  throw new Error(`${init.method ?? "GET"} ${new URL(url).pathname}: ${response.status}, expected ${expected}`);
}
