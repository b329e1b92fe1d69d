// An MCP server of revision 2026-07-28 alone, which has no handshake, made with the second version of the
// protocol's own SDK: it checks that headers and body agree. Arguments: the SDK's node_modules, and "stdio" or
// "http" (prints "port N", ends with its standard input; GET /learn?name=NAME gives it one more tool, /seen
// tells the requests).
"use strict";
const path = require("node:path");
const http = require("node:http");
const modules = process.argv[2];
const { McpServer, createMcpHandler } = require(path.join(modules, "@modelcontextprotocol/server"));
const { serveStdio } = require(path.join(modules, "@modelcontextprotocol/server/dist/stdio.cjs"));
const { z } = require(path.join(modules, "zod"));

const text = (value) => ({ content: [{ type: "text", text: value }] });
const learned = [];

function add(server, name) {
  server.registerTool(name, { inputSchema: z.object({}) }, () => text(`I am ${name}`));
}

function makeServer() {
  const server = new McpServer({ name: "modern-server", version: "1.0.0" }, { capabilities: { tools: { listChanged: true } } });
  server.registerTool("query", {
    inputSchema: z.object({
      region: z.string().meta({ "x-mcp-header": "Region" }),
      limit: z.number().int().optional().meta({ "x-mcp-header": "Limit" }),
      options: z.object({ dry: z.boolean().meta({ "x-mcp-header": "Dry-Run" }) }).optional(),
    }),
  }, (given) => text(JSON.stringify(given)));
  server.registerTool("slow", { inputSchema: z.object({ ms: z.number().int() }) }, ({ ms }) =>
    new Promise((resolve) => { setTimeout(() => resolve(text(`after ${ms} ms`)), ms); }));
  server.registerTool("learn", { inputSchema: z.object({ name: z.string() }) }, ({ name }) => {
    learned.push(name);
    add(server, name);
    return text("learned");
  });
  for (const name of learned) add(server, name);
  return server;
}

function overHttp() {
  const seen = [];
  const handler = createMcpHandler(makeServer, { legacy: "reject" });
  const listener = http.createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const url = new URL(request.url, "http://127.0.0.1");
    if (url.pathname === "/seen") return response.end(JSON.stringify(seen));
    if (url.pathname === "/learn") {
      learned.push(url.searchParams.get("name"));
      handler.notify.toolsChanged();
      return response.end();
    }
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith("mcp-")));
    seen.push({ method: request.method, headers });
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const answer = await handler.fetch(new Request(url, {
      method: request.method, headers: request.headers, body: body || undefined, signal: gone.signal,
    }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    try {
      for await (const piece of answer.body ?? []) response.write(piece);
    } catch { /* the client has gone */ }
    response.end();
  });
  listener.listen(0, "127.0.0.1", () => console.log(`port ${listener.address().port}`));
  process.stdin.on("end", () => process.exit(0)).resume();
}

if (process.argv[3] === "stdio") serveStdio(makeServer, { legacy: "reject" });
else overHttp();
