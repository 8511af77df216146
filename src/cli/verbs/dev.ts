import { type DevRequest, develop } from "../../app/dev/dev.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { portsOf } from "../context.ts";
import { palette } from "../render/palette.ts";
import { reportFailures } from "../render/report-failures.ts";
import { reportRun } from "../render/report-run.ts";
import { safeColoredLine, safeLine } from "../render/safe-text.ts";
import { watchRenderer } from "../render/watch-renderer.ts";
import { sayTo } from "../render/with-renderer.ts";
import { defineVerb } from "../verb.ts";

export const dev = defineVerb({
  name: "dev",
  summary: "Run the services on this machine from the checkout's files, and again after each change",
  usage: ["dev [environment] [options]"],
  description:
    "Runs the tasks that write files of the services, then the services, with the environment's config and with databases\n" +
    "and folders of their own. A service starts again when a file of it changes. Ctrl-C ends everything.",
  examples: [
    { command: "tidegate dev", explains: "with the config of the first environment" },
    { command: "tidegate dev staging", explains: "with the config of staging" },
  ],
  arguments: [{ name: "environment", summary: "Whose config the services get; default: the first" }],
  options: {
    env: { kind: "text", value: "NAME", summary: "The same, as an option" },
  },
  run: async (context, { arguments: [environment], options: { env } }) => {
    const { stdout, stderr } = context;
    const renderer = watchRenderer({ ...context, live: false }, false);
    const colors = palette(stdout.color);
    const paints = [colors.active, colors.good, colors.strong, colors.bad];
    const seen: string[] = [];
    const prefixOf = (service: string) => {
      if (!seen.includes(service)) seen.push(service);
      return paints[seen.indexOf(service) % paints.length]!(`${safeLine(service)} |`);
    };
    const write = (service: string, text: string) => {
      if (context.json) stdout.write(`${JSON.stringify({ type: "serviceOutput", service, text })}\n`);
      else stdout.write(`${prefixOf(service)} ${stdout.color ? safeColoredLine(text) : safeLine(text)}\n`);
    };
    const note = (text: string) => stderr.write(`${text}\n`);
    const onService: DevRequest["onService"] = (service, news) => {
      switch (news.news) {
        case "line":
          return write(service, news.text);
        case "starting":
          return note(`${safeLine(service)} ${news.again ? "starts again" : "starts"}`);
        case "ready":
          return note(`${safeLine(service)} ${news.address === undefined ? "runs" : `answers at ${news.address}`}`);
        case "notReady":
          return note(`${safeLine(service)} does not answer after ${news.afterMs / 1000} s; it must listen on PORT`);
        case "ended":
          return note(`${safeLine(service)} ${safeLine(news.how)}; it starts again when a file of it changes`);
      }
    };
    const onRun: DevRequest["onRun"] = (result) => {
      renderer.close();
      if (!result.ok) reportFailures(context, result.failures);
      else if (result.value.outcome !== "succeeded") reportRun(context, result.value);
    };
    try {
      const ended = await develop(
        portsOf(context),
        { environment: environment ?? env, onService, onRun, onTalk: note, gone: stdout.gone },
        sayTo(renderer),
      );
      if (!ended.ok) return reportFailures(context, ended.failures);
      note("Stopped: nothing is left running");
      return exitCodes.done;
    } finally {
      renderer.close();
    }
  },
});
