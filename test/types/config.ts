// Compiled, never run: each @ts-expect-error is a mistake that must be a red line in the editor.
import { defineProject, differs, duration, local, rolling, service } from "tidegate";

const common = { driver: local(), strategy: rolling() };
const config = {
  TTL: duration("30s"),
  WAIT: differs(duration(), "production is slower"),
  GRACE: differs(duration("5s"), "production is slower"),
};

defineProject({ name: "good", pipeline: {}, config, environments: { staging: { ...common, config: { WAIT: "2m" } } } });
defineProject({
  name: "good",
  pipeline: {},
  config,
  environments: { staging: { ...common, config: { WAIT: 250, GRACE: "1s" } } },
});
service({ run: "x", files: [], configFile: true });
service({ run: "x", files: [], configFile: "only" });

// @ts-expect-error an unknown unit
duration("2 minutes");
// @ts-expect-error a file, no file, or only a file
service({ run: "x", files: [], configFile: "yes" });
// @ts-expect-error WAIT has no default and has to be given
defineProject({ name: "bad", pipeline: {}, config, environments: { staging: common } });
defineProject({
  name: "bad",
  pipeline: {},
  config,
  // @ts-expect-error not a length of time
  environments: { staging: { ...common, config: { WAIT: "soon" } } },
});
