import { showDuration } from "../../errors/quantities.ts";
import type { DeploymentView, StepView } from "./deployment-view.ts";
import { turning } from "./live-run.ts";
import { marks } from "./marks.ts";
import { type Piece, piece, type Row } from "./row.ts";
import { safeLine } from "./safe-text.ts";
import { showDeployment, showFigures, showStep, showTraffic } from "./words/deployment.ts";

/** A deployment under way in at most `height` lines: its steps with marks, its instances, where the traffic goes. */
export function deploymentRows(view: DeploymentView, now: number, height: number): Row[] {
  const title: Row = [
    turning(now),
    piece(` ${view.start.environment}`, "strong"),
    piece(`  ${showDeployment(view.start)}`),
    piece(`  ${showDuration(now - view.startedAt)}`, "faint"),
  ];
  const rows = [...view.steps.forward.map((step) => stepRow(step, now)), ...revertRows(view, now)];
  const foot = [...instanceRow(view), ...trafficRow(view), ...comparisonRow(view), ...outputRow(view)];
  return [title, ...around(rows, height - 1 - foot.length), ...foot];
}

/** What stays on the screen of a deployment that has ended, or is left to go on: all its steps. */
export function leftDeploymentRows(view: DeploymentView, now: number): Row[] {
  const title = piece(`${view.start.environment}  ${showDeployment(view.start)}`);
  const steps = [...view.steps.forward.map((step) => stepRow(step, now)), ...revertRows(view, now)];
  return [[title], ...steps, ...comparisonRow(view)];
}

function revertRows(view: DeploymentView, now: number): Row[] {
  if (view.revertCauses.length === 0) return [];
  return [
    [piece(`  ${marks.revert} going back because: `, "warn"), piece(view.revertCauses.map(safeLine).join("; "))],
    ...view.steps.revert.map((step) => stepRow(step, now)),
  ];
}

function stepRow({ summary, state }: StepView, now: number): Row {
  const words = piece(` ${showStep(summary)}  `);
  const pieces: Record<StepView["state"]["state"], () => Piece[]> = {
    waiting: () => [piece(marks.waiting, "faint"), words],
    running: () => [turning(now), words, piece(state.state === "running" ? showDuration(now - state.since) : "")],
    done: () => [
      piece(marks.done, "good"),
      words,
      piece(state.state === "done" ? showDuration(state.durationMs) : "", "faint"),
    ],
    failed: () => [
      piece(marks.failed, "bad"),
      words,
      piece(state.state === "failed" ? safeLine(state.message) : "", "bad"),
    ],
  };
  return [piece("    "), ...pieces[state.state]()];
}

function instanceRow(view: DeploymentView): Row[] {
  if (view.instances.size === 0) return [];
  const pieces = [...view.instances].flatMap(([id, { word }]): Piece[] => [
    piece(`  ${safeLine(id)} `),
    piece(word, word === "healthy" ? "good" : word === "lost" ? "bad" : "faint"),
  ]);
  return [[piece("  instances", "faint"), ...pieces]];
}

function trafficRow(view: DeploymentView): Row[] {
  return view.traffic === undefined ? [] : [[piece("  traffic    ", "faint"), piece(showTraffic(view.traffic))]];
}

function comparisonRow({ figures }: DeploymentView): Row[] {
  return figures === undefined ? [] : [[piece("  compared   ", "faint"), piece(showFigures(figures))]];
}

function outputRow(view: DeploymentView): Row[] {
  const line = safeLine(view.lastLine).trim();
  return line === "" ? [] : [[piece("  output     ", "faint"), piece(line, "faint")]];
}

/** As many rows as fit, the end rather than the beginning: what goes on is there. */
function around(rows: readonly Row[], height: number): Row[] {
  if (rows.length <= height) return [...rows];
  return rows.slice(-Math.max(1, height));
}
