import { type Document, isAlias, isCollection, isNode, isScalar, type Node, parseAllDocuments, visit } from "yaml";

/**
 * The same YAML without anchors and aliases, which SOPS does not keep. Only for a text that `parseYamlText` took: that
 * limits what aliases can stand for.
 */
export function expandYamlAliases(text: string, indent: number): string {
  const options = { schema: "failsafe", uniqueKeys: false, resolveKnownTags: false } as const;
  const documents = parseAllDocuments(text, options);
  const all = Array.isArray(documents) ? documents : [];
  return all.map((document) => expand(document as Document).toString({ indent, lineWidth: 0 })).join("");
}

function expand(document: Document): Document {
  const anchors = new Map<string, Node>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) return anchors.get(node.source)?.clone() as Node;
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      return undefined;
    },
  });
  visit(document, { Node: (_, node) => dropAnchor(node) });
  return document;
}

function dropAnchor(node: Node): undefined {
  if ((isScalar(node) || isCollection(node)) && isNode(node)) delete (node as { anchor?: string }).anchor;
}
