import { posix } from "node:path";

/** Types by the ending of a name, from the registry of media types; texts are UTF-8, as the web has agreed. */
const types = new Map(
  Object.entries({
    html: "text/html; charset=utf-8",
    htm: "text/html; charset=utf-8",
    xhtml: "application/xhtml+xml",
    css: "text/css; charset=utf-8",
    js: "text/javascript; charset=utf-8",
    mjs: "text/javascript; charset=utf-8",
    cjs: "text/javascript; charset=utf-8",
    json: "application/json",
    jsonld: "application/ld+json",
    map: "application/json",
    geojson: "application/geo+json",
    webmanifest: "application/manifest+json",
    xml: "application/xml",
    rss: "application/rss+xml",
    atom: "application/atom+xml",
    xsl: "application/xslt+xml",
    txt: "text/plain; charset=utf-8",
    md: "text/markdown; charset=utf-8",
    csv: "text/csv; charset=utf-8",
    ics: "text/calendar; charset=utf-8",
    vtt: "text/vtt; charset=utf-8",
    yaml: "application/yaml",
    yml: "application/yaml",
    svg: "image/svg+xml",
    png: "image/png",
    apng: "image/apng",
    jpg: "image/jpeg",
    jpeg: "image/jpeg",
    gif: "image/gif",
    webp: "image/webp",
    avif: "image/avif",
    jxl: "image/jxl",
    bmp: "image/bmp",
    ico: "image/vnd.microsoft.icon",
    tif: "image/tiff",
    tiff: "image/tiff",
    woff: "font/woff",
    woff2: "font/woff2",
    ttf: "font/ttf",
    otf: "font/otf",
    eot: "application/vnd.ms-fontobject",
    mp3: "audio/mpeg",
    m4a: "audio/mp4",
    aac: "audio/aac",
    oga: "audio/ogg",
    ogg: "audio/ogg",
    opus: "audio/ogg",
    wav: "audio/wav",
    flac: "audio/flac",
    weba: "audio/webm",
    mp4: "video/mp4",
    m4v: "video/mp4",
    webm: "video/webm",
    ogv: "video/ogg",
    mov: "video/quicktime",
    pdf: "application/pdf",
    wasm: "application/wasm",
    zip: "application/zip",
    gz: "application/gzip",
    tar: "application/x-tar",
    "7z": "application/x-7z-compressed",
    epub: "application/epub+zip",
    rtf: "application/rtf",
    glb: "model/gltf-binary",
    gltf: "model/gltf+json",
  }),
);

/** What a file is, by its name. What is not known is bytes: browsers must not guess. */
export function contentType(path: string): string {
  const ending = /\.([a-z0-9]+)$/.exec(posix.basename(path).toLowerCase())?.[1] ?? "";
  return types.get(ending) ?? "application/octet-stream";
}

/** Folders in which build tools keep nothing but files that have the digest of their content in their names. */
const immutableFolders = /^(.*\/)?(_app\/immutable|_next\/static|_astro)\//;
/** `app.3f2a91bc.js`, `chunk-5QTUN2ZK.js`: before the ending, and behind a dot, a dash or an underscore. */
const lastPart = /[._-]([A-Za-z0-9]{8,64})\.(?:[a-z0-9]+\.)*[a-z0-9]+$/;
const year = 31_536_000;

/**
 * How long a file may be kept without asking: for ever when its name changes with its content, else it is asked for each
 * time, and answered with 304 as long as it is the same. A name that only might be a digest is taken for none: what
 * browsers keep for a year cannot be taken back.
 */
export function cacheControl(path: string, folders: readonly string[] = []): string {
  const isPage = /\.(html?|xhtml)$/i.test(path);
  const isImmutable =
    folders.some((folder) => path.startsWith(folder)) || immutableFolders.test(path) || isHashed(path);
  return isImmutable && !isPage ? `public, max-age=${year}, immutable` : "no-cache";
}

/** Words have no digits in them or end in them (`sprite64`), dates have no letters, and both rarely change their kind often. */
function isHashed(path: string): boolean {
  const part = lastPart.exec(posix.basename(path))?.[1] ?? "";
  if (!/\d/.test(part) || !/[A-Za-z]/.test(part) || /^([A-Za-z]+\d+|\d+[A-Za-z]+)$/.test(part)) return false;
  return /^([0-9a-f]+|[0-9A-Z]+)$/.test(part) || (part.match(/[a-z]+|[A-Z]+|\d+/g)?.length ?? 0) >= 6;
}

/** Files that were compressed beside the file itself, the smallest first. */
const encodings = [
  { name: "br", ending: ".br" },
  { name: "gzip", ending: ".gz" },
] as const;
export type Encoding = (typeof encodings)[number];

/** The encodings that a client takes, the preferred one first. */
export function acceptedEncodings(header: string | undefined): readonly Encoding[] {
  const weights = new Map<string, number>();
  for (const part of (header ?? "").toLowerCase().split(",")) {
    const [name = "", ...parameters] = part.split(";").map((one) => one.trim());
    const weight = parameters.find((one) => one.startsWith("q="))?.slice(2);
    if (name !== "") weights.set(name === "x-gzip" ? "gzip" : name, weight === undefined ? 1 : Number(weight));
  }
  const weightOf = ({ name }: Encoding) => weights.get(name) ?? weights.get("*") ?? 0;
  return encodings.filter((one) => weightOf(one) > 0).sort((a, b) => weightOf(b) - weightOf(a));
}
