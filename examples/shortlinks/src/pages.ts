import type { Link } from "./links.ts";

const title = "Short links";

export function homePage(count: number, problem?: string): string {
  return page(`
    ${problem === undefined ? "" : `<p role="alert">${escapeHtml(problem)}</p>`}
    <form method="post" action="/links">
      <label>Long address <input name="target" type="url" required placeholder="https://…" size="40"></label>
      <button>Shorten</button>
    </form>
    <p>${count} ${count === 1 ? "link" : "links"} so far.</p>`);
}

export function createdPage(link: Link, shortUrl: string, token: string): string {
  return page(`
    <p><a href="${escapeHtml(shortUrl)}">${escapeHtml(shortUrl)}</a> leads to ${escapeHtml(link.target)}</p>
    <form method="post" action="/links/${escapeHtml(link.code)}/delete">
      <input type="hidden" name="token" value="${escapeHtml(token)}">
      <button>Delete it</button>
    </form>
    <p><a href="/">Another one</a></p>`);
}

export function messagePage(message: string): string {
  return page(`<p>${escapeHtml(message)}</p><p><a href="/">Short links</a></p>`);
}

function page(content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${title}</title>
    <style>body { font: 1rem/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }</style>
  </head>
  <body>
    <h1>${title}</h1>${content}
  </body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
