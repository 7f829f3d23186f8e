// A browser in miniature around the service worker: `node browser.js WORKER SCENARIO` prints what was shown, sent and opened.
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");
const [worker, scenario] = process.argv.slice(2);
const { answers = [], steps, buttons = true, windows = [] } = JSON.parse(scenario);
const seen = { shown: [], sent: [], opened: [], focused: [] };
const listeners = {};
const screen = new Map();

globalThis.self = globalThis;
globalThis.setTimeout = (then) => then();
globalThis.Notification = class {};
if (buttons) Notification.prototype.actions = [];
globalThis.location = { origin: "https://tocsin.example" };
globalThis.addEventListener = (name, listener) => (listeners[name] = listener);
globalThis.skipWaiting = () => {};
globalThis.clients = {
  claim: async () => {},
  matchAll: async () => windows.map((url) => ({ url, focus: () => seen.focused.push(url) })),
  openWindow: async (url) => seen.opened.push(url),
};
globalThis.registration = {
  showNotification: async (title, options) => {
    if (options.silent && options.vibrate) throw new TypeError("Silent notifications must not specify vibration patterns.");
    seen.shown.push({ title, ...options });
    screen.set(options.tag, { data: options.data, close: () => screen.delete(options.tag) });
  },
  getNotifications: async ({ tag }) => (screen.has(tag) ? [screen.get(tag)] : []),
};
globalThis.fetch = async (url, options) => {
  seen.sent.push({ url, body: options.body, method: options.method, credentials: options.credentials });
  const answer = url.includes("/receipt/") ? { status: 204, text: "" } : answers.shift();
  if (!answer) throw new TypeError("Failed to fetch");
  const headers = { "Content-Type": answer.type || "text/plain; charset=utf-8" };
  return new Response(answer.status === 204 ? null : answer.text, { status: answer.status, headers });
};
vm.runInThisContext(fs.readFileSync(worker, "utf8"));

async function happen(name, event) {
  const waits = [];
  listeners[name]({ ...event, waitUntil: (one) => waits.push(one) });
  await Promise.all(waits);
}
(async () => {
  for (const step of steps) {
    if (step.push !== undefined) await happen("push", { data: { json: () => JSON.parse(step.push) } });
    else if (step.event) await happen(step.event, {});
    else await happen(step.closed ? "notificationclose" : "notificationclick", { action: step.press, notification: screen.get(step.id) });
  }
  console.log(JSON.stringify(seen));
})();
