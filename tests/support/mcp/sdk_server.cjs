// An MCP server made with the protocol's own SDK, which is strict about what it is sent. Arguments:
// the SDK's node_modules, and "stdio", "http", "http-json" or "http-no-stream" (each prints "port N", ends with
// its standard input; the last knows no GET). Its tools say by their names what they do. Over HTTP, GET /seen tells
// the requests, /forget ends all sessions, /learn?name=NAME gives it one more tool (&cut: after it has ended
// the stream by which clients would hear of it).
"use strict";
const path = require("node:path");
const http = require("node:http");
const { randomUUID } = require("node:crypto");
const modules = process.argv[2];
const sdk = (file) => require(path.join(modules, "@modelcontextprotocol/sdk/dist/cjs", file));
const { McpServer } = sdk("server/mcp.js");
const { StdioServerTransport } = sdk("server/stdio.js");
const { StreamableHTTPServerTransport } = sdk("server/streamableHttp.js");
const { z } = require(path.join(modules, "zod"));

const text = (value) => ({ content: [{ type: "text", text: value }] });

function makeServer() {
  const server = new McpServer({ name: "test-server", version: "1.0.0" }, { capabilities: { logging: {} } });
  let cancelled = 0;
  server.registerTool("echo", { description: "Says it again.", inputSchema: { text: z.string() } }, ({ text: said }) => text(said));
  server.registerTool("fail", { inputSchema: {} }, () => ({ isError: true, ...text("it went wrong") }));
  server.registerTool("throw", { inputSchema: {} }, () => { throw new Error("thrown"); });
  server.registerTool("slow", { inputSchema: { ms: z.number().int().min(0).max(60000) } }, ({ ms }, extra) =>
    new Promise((resolve) => {
      if (extra.signal.aborted) ++cancelled;
      else extra.signal.addEventListener("abort", () => { ++cancelled; });
      setTimeout(() => resolve(text(`after ${ms} ms`)), ms);
    }));
  server.registerTool("cancelled", { inputSchema: {} }, () => text(String(cancelled)));
  server.registerTool("big", { inputSchema: { bytes: z.number() } }, ({ bytes }) => text("x".repeat(bytes)));
  server.registerTool("environment", { inputSchema: { name: z.string() } }, ({ name }) => text(process.env[name] ?? "(unset)"));
  server.registerTool("crash", { inputSchema: {} }, () => { console.error("out of order"); process.exit(3); });
  server.registerTool("process", { inputSchema: {} }, () => text(String(process.pid)));
  let working = 0, most = 0;
  server.registerTool("work", { inputSchema: { ms: z.number().int() } }, ({ ms }) =>
    new Promise((resolve) => {
      most = Math.max(most, ++working);
      setTimeout(() => { --working; resolve(text(String(most))); }, ms);
    }));
  server.registerTool("learn", { inputSchema: { name: z.string() } }, ({ name }) => {
    server.registerTool(name, { inputSchema: {} }, () => text(`I am ${name}`));
    return text("learned");
  });
  server.registerTool("notify", { inputSchema: { count: z.number() } }, async ({ count }, extra) => {
    for (let i = 0; i < count; ++i)
      await extra.sendNotification({ method: "notifications/message", params: { level: "info", data: i } });
    return text("notified");
  });
  return server;
}

async function overHttp(how) {
  const sessions = new Map();
  const servers = [];
  const seen = [];
  const listener = http.createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    if (request.url === "/seen") return response.end(JSON.stringify(seen));
    if (request.url === "/forget") { sessions.clear(); return response.end(); }
    const url = new URL(request.url, "http://127.0.0.1");
    if (url.pathname === "/learn") {
      const name = url.searchParams.get("name");
      if (url.searchParams.has("cut")) for (const one of sessions.values()) one.closeStandaloneSSEStream();
      for (const server of servers) server.registerTool(name, { inputSchema: {} }, () => text(`I am ${name}`));
      return response.end();
    }
    seen.push({ method: request.method, session: request.headers["mcp-session-id"] ?? null, version: request.headers["mcp-protocol-version"] ?? null, key: request.headers["x-key"] ?? null });
    if (how === "http-no-stream" && request.method === "GET") { response.statusCode = 404; return response.end("Cannot GET /mcp"); }
    const message = body ? JSON.parse(body) : undefined;
    let transport = sessions.get(request.headers["mcp-session-id"]);
    if (!transport) {
      if (message?.method !== "initialize") { response.statusCode = 404; return response.end("{}"); }
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID, enableJsonResponse: how === "http-json",
        onsessioninitialized: (id) => sessions.set(id, transport),
      });
      servers.push(makeServer());
      await servers.at(-1).connect(transport);
    }
    await transport.handleRequest(request, response, message);
  });
  listener.listen(0, "127.0.0.1", () => console.log(`port ${listener.address().port}`));
  process.stdin.on("end", () => process.exit(0)).resume();
}

if (process.argv[3] === "stdio") makeServer().connect(new StdioServerTransport());
else overHttp(process.argv[3]);
