import { TextDecoder } from "node:util";

const declaration = /^<\?xml[^>]{0,100}?\sencoding\s*=\s*["']([\w.:-]+)["']/;

/**
 * A decoder for the text that begins so: what its mark says (UTF-8 or UTF-16), or its zero bytes (UTF-16 without one), or
 * what its XML declaration names, or else UTF-8. Writers that put text together in memory declare UTF-16 and then write
 * bytes of UTF-8: the bytes count.
 *
 * @throws an error whose message completes "The report cannot be read:", when nobody knows the encoding.
 */
export function decoderFor(beginning: Buffer): TextDecoder {
  const wide = wideEncoding(beginning);
  if (wide !== undefined) return new TextDecoder(wide);
  const declared = declaration.exec(beginning.toString("latin1", 0, 200).replace(/^\u00ef\u00bb\u00bf/, ""))?.[1];
  const named = decoderNamed(declared ?? "utf-8");
  return named.encoding.startsWith("utf-16") ? new TextDecoder("utf-8") : named;
}

function wideEncoding([first, second, third, fourth]: Buffer): "utf-16le" | "utf-16be" | undefined {
  const isWider = first === 0 && second === 0;
  if (isWider || (second === 0 && third === 0 && fourth === 0) || (first === 0xff && third === 0 && fourth === 0))
    throw new Error("It is written in UTF-32, which is not supported");
  if ((first === 0xff && second === 0xfe) || second === 0) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || first === 0) return "utf-16be";
  return undefined;
}

function decoderNamed(name: string): TextDecoder {
  try {
    return new TextDecoder(/^(iso-10646-)?ucs-?[24]$/i.test(name) ? "utf-16le" : name);
  } catch {
    throw new Error(`It claims to be written in ${name}, which is not supported`);
  }
}
