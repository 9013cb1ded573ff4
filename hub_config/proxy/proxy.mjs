// The proxy: configurable-http-proxy on Unix sockets, with what it lacks for them.
//
// - Requests to a Unix socket keep their connection. Without an agent every request says "close", the server answers and
//   closes before the last empty write, and a request that was carried out is reported as 503.
// - The routes of hub, portal and verifier exist from the first moment and whether or not the hub runs. The hub adds and
//   removes learners' routes; it leaves routes alone that are not its own.
// - Where a request came from is what we saw, not what it claims (unless a trusted https proxy stands in front).
// - An address without a name of ours (127.0.0.1, localhost) is sent to the hub's.
// - A service that is down gives a page that says so and tries again by itself.
//
// Arguments: --ip A --port P --api-socket S --hub HOST=S --static HOST=S ... --home URL [--trust-forwarded]
// The token is CONFIGPROXY_AUTH_TOKEN in the environment: arguments can be read by everyone on the machine.

import fs from "node:fs";
import http from "node:http";
import { parseArgs } from "node:util";
import { ConfigurableProxy } from "configurable-http-proxy/lib/configproxy.js";

const { values: options } = parseArgs({
  options: {
    ip: { type: "string", default: "127.0.0.1" },
    port: { type: "string" },
    "api-socket": { type: "string" },
    hub: { type: "string" },
    static: { type: "string", multiple: true, default: [] },
    home: { type: "string" },
    "trust-forwarded": { type: "boolean", default: false },
  },
});
const authToken = process.env.CONFIGPROXY_AUTH_TOKEN;
delete process.env.CONFIGPROXY_AUTH_TOKEN;
if (!authToken || !options.port || !options["api-socket"] || !options.hub || !options.home) {
  console.error("proxy: --port, --api-socket, --hub, --home and CONFIGPROXY_AUTH_TOKEN are needed");
  process.exit(2);
}
process.umask(0); // sockets are protected by their directory

const target = (path) => "http+unix://" + encodeURIComponent(path);
const split = (text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)];

// Idle connections end before any of our servers (uvicorn: 5 s) would end them.
const agent = new http.Agent({ keepAlive: true, timeout: 4000 });
const prototype = ConfigurableProxy.prototype;

const proxyOptsForTarget = prototype.proxyOptsForTarget;
prototype.proxyOptsForTarget = function (...args) {
  const result = proxyOptsForTarget.apply(this, args);
  if (result.target.socketPath) result.agent = agent;
  return result;
};

const CLAIMS = ["forwarded", "x-real-ip", "x-scheme", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
  "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-server"];
const honest = (req) => {
  if (!options["trust-forwarded"]) for (const name of CLAIMS) delete req.headers[name];
};

const NAMELESS = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]|localhost)(:\d+)?$/i;
const handleProxyWeb = prototype.handleProxyWeb;
prototype.handleProxyWeb = function (req, res) {
  honest(req);
  if (NAMELESS.test(req.headers.host || "localhost") && req.url !== "/_chp_healthz") {
    res.writeHead(302, { Location: options.home + "/" });
    res.end();
    return;
  }
  req.headers.connection = "keep-alive";
  return handleProxyWeb.call(this, req, res);
};
const handleProxyWs = prototype.handleProxyWs;
prototype.handleProxyWs = function (req, socket, head) {
  honest(req);
  return handleProxyWs.call(this, req, socket, head);
};

const PAGE = (title, text, again) => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
${again ? '<meta http-equiv="refresh" content="5">' : ""}<title>${title}</title></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body></html>
`;
const handleProxyError = prototype.handleProxyError;
prototype.handleProxyError = function (code, kind, req, res, error) {
  if (kind !== "web" || !res || res.headersSent || res.writableEnded) {
    return handleProxyError.call(this, code, kind, req, res, error);
  }
  this.log.error("%s %s %s", code, req.method, (error && error.code) || "");
  const down = code === 503;
  const body = Buffer.from(
    down
      ? PAGE("Just a moment", "This part of the academy is starting again. Your work is kept. This page tries again by itself.",
             req.method === "GET")
      : PAGE("Not here", `Nothing answers at this address. <a href="${options.home}/">Go to the start</a>.`, false));
  res.writeHead(code, {
    "Content-Type": "text/html; charset=utf-8", "Content-Length": body.length, "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", ...(down ? { "Retry-After": "5" } : {}),
  });
  res.end(req.method === "HEAD" ? undefined : body);
};

const proxy = new ConfigurableProxy({ authToken, hostRouting: true, xfwd: true, includePrefix: true });
const [hubHost, hubSocket] = split(options.hub);
await proxy.addRoute("/", { target: target(hubSocket) });
await proxy.addRoute("/" + hubHost, { target: target(hubSocket) });
for (const route of options.static) {
  const [host, path] = split(route);
  await proxy.addRoute("/" + host, { target: target(path) });
}

fs.rmSync(options["api-socket"], { force: true });
const failed = (what) => (error) => {
  console.error(`proxy: cannot listen on ${what}: ${error.code}` +
    (error.code === "EADDRINUSE" ? "; another program uses it: choose another port with --port" : ""));
  process.exit(1);
};
proxy.proxyServer.on("error", failed(`${options.ip}:${options.port}`));
proxy.apiServer.on("error", failed(options["api-socket"]));
proxy.apiServer.listen(options["api-socket"], () => proxy.proxyServer.listen(Number(options.port), options.ip));

for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => process.exit(0));
process.on("uncaughtException", (error) => console.error(`proxy: ${error.stack}`));
