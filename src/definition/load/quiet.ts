type EmitWarning = (warning: string | Error, type?: string | { type?: string; code?: string }, code?: string) => void;

/** Runs `action` without Node's remarks on its own features; other warnings pass. */
export function withoutNodeRemarks<T>(action: () => T): T {
  const restore = hideNodeRemarks();
  try {
    return action();
  } finally {
    restore();
  }
}

/** Hides them until the function it returns is called. */
export function hideNodeRemarks(): () => void {
  const original = process.emitWarning as EmitWarning;
  const filtered: EmitWarning = (warning, type, code) => {
    const kind = typeof type === "object" ? type.type : type;
    const name = (typeof type === "object" ? type.code : code) ?? "";
    if (kind === "ExperimentalWarning" || name === "MODULE_TYPELESS_PACKAGE_JSON") return;
    original.call(process, warning, type, code);
  };
  process.emitWarning = filtered as typeof process.emitWarning;
  return () => {
    if (process.emitWarning === (filtered as typeof process.emitWarning)) {
      process.emitWarning = original as typeof process.emitWarning;
    }
  };
}
