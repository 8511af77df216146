import { type KeptAlert, listAlerts, type Trial, tryAlerts } from "../../app/alerts/alerts.ts";
import { failed, ok } from "../../errors/result.ts";
import { showAge } from "../render/lines/show-age.ts";
import { safeLine } from "../render/safe-text.ts";
import { tableWithin, widthOf } from "../render/table.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

const test = defineVerb({
  name: "test",
  summary: "Send a trial through each channel",
  usage: ["alerts test [environment]"],
  description: "With the secrets as they are now. Exit code 1 when one of them could not be delivered.",
  examples: [{ command: "tidegate alerts test production", explains: "before it is needed" }],
  arguments: [{ name: "environment", summary: "Whose secrets; default: each environment's" }],
  options: {},
  run: (context, { arguments: [environment] }) =>
    withSession(context, "look", async (session) => {
      const tried = await tryAlerts(session, environment);
      if (!tried.ok) return tried;
      for (const trial of tried.value)
        context.stdout.write(
          context.json ? `${JSON.stringify({ type: "alertTried", ...trial })}\n` : `${trialLine(trial)}\n`,
        );
      const failures = tried.value.flatMap(({ failure, channel, environment }) =>
        failure === undefined ? [] : [{ ...failure, message: `${failure.message}: ${channel} (${environment})` }],
      );
      return failures.length === 0 ? ok(undefined) : failed(...failures);
    }),
});

export const alerts = defineVerb({
  name: "alerts",
  summary: "Show what people were told of, or send a trial through each channel",
  usage: ["alerts [--limit N]", "alerts test [environment]"],
  examples: [
    { command: "tidegate alerts", explains: "newest first, and whether each arrived" },
    { command: "tidegate alerts test", explains: "through each channel" },
  ],
  options: { limit: { kind: "number", value: "N", summary: "How many", default: 20 } },
  verbs: [test],
  run: (context, { options: { limit } }) =>
    withSession(context, "look", async (session) => {
      const kept = listAlerts(session, limit);
      if (context.json) for (const one of kept) context.stdout.write(`${JSON.stringify(one)}\n`);
      else if (kept.length === 0) context.stderr.write("Nobody was alerted of anything yet.\n");
      else {
        const rows = kept.map((one) => row(one, context.now()));
        context.stdout.write(`${tableWithin(rows, widthOf(context.stdout)).join("\n")}\n`);
      }
      return ok(undefined);
    }),
});

function trialLine({ environment, channel, failure }: Trial): string {
  return safeLine(
    `${environment}: ${channel}: ${failure === undefined ? "delivered" : (failure.cause ?? "not delivered")}`,
  );
}

function row({ alert, deliveries }: KeptAlert, now: number): string[] {
  return [
    showAge(alert.at, now),
    alert.kind,
    safeLine(alert.environment ?? ""),
    showDeliveries(deliveries),
    safeLine(alert.what),
  ];
}

function showDeliveries(deliveries: KeptAlert["deliveries"]): string {
  if (deliveries === undefined) return "not sent yet";
  const delivered = deliveries.filter(({ deliveredAt }) => deliveredAt !== undefined).length;
  const isWaiting = deliveries.some(({ nextAt }) => nextAt !== undefined);
  const told = `${delivered} of ${deliveries.length} delivered`;
  return isWaiting ? `${told}, more tries to come` : told;
}
