// Shows what Tocsin pushes, and answers for the person who presses a button of it, also on a locked screen.
// What it is told is described in notification.py; it comes encrypted for this browser, so it is taken at its word.
"use strict";

const OPEN = { action: "open", title: "Open" };
const ACKNOWLEDGE = { action: "acknowledge", title: "Acknowledge" };
const PATIENCE = 15000;
// By then Tocsin has written down what it sent: a receipt for what it does not know yet would be lost.
const WRITTEN_DOWN = 1000;
// The browser has given itself another address, to which nothing is sent before its owner shows that it is theirs.
const LOST = {
  id: "lost",
  title: "Pages can't reach this device any more",
  body: "This browser has changed its address. Open this, and press Use this device.",
  link: "/me/push",
  urgent: true,
};
// Safari shows no buttons: there a tap opens the page that has one.
const HAS_BUTTONS = "actions" in Notification.prototype;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(take(event.data)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(show(LOST)));
self.addEventListener("notificationclose", (event) => event.waitUntil(tell(event.notification.data, "seen")));
self.addEventListener("notificationclick", (event) => {
  const page = event.notification.data || {};
  const doing = event.action === "acknowledge" ? acknowledge(page) : open(page);
  event.notification.close();
  event.waitUntil(Promise.all([doing, tell(page, "seen")]));
});

async function take(data) {
  let page;
  try {
    page = data.json();
  } catch {
    // Browsers take the right to push away from whoever pushes and shows nothing.
    page = { id: "unread", title: "Tocsin", body: "Something came that this browser can't read: look into Tocsin.", link: "/" };
  }
  // Sent once more, since we could not tell that it came, it stands there already: no need to ring again.
  const there = await self.registration.getNotifications({ tag: page.id });
  const again = there.some((one) => one.data && one.data.body === page.body);
  await show(again ? { ...page, quiet: true } : page);
  await new Promise((done) => setTimeout(done, WRITTEN_DOWN));
  await tell(page, "delivered");
}

function show(page, body = page.body) {
  const actions = [...(page.answer ? [ACKNOWLEDGE] : []), ...(page.link ? [OPEN] : [])];
  const options = {
    body: body || "",
    tag: page.id,
    data: page,
    icon: "/static/bell.png",
    requireInteraction: Boolean(page.urgent),
    renotify: !page.quiet,
    silent: Boolean(page.quiet),
    actions,
  };
  if (page.urgent && !page.quiet) options.vibrate = [400, 200, 400, 200, 400];
  return self.registration.showNotification(page.title || "Tocsin", options);
}

// Says what came back in the place of what was asked, without a sound; where nothing did, the button stays.
async function acknowledge(page) {
  try {
    const answer = await post(page.answer);
    // Whatever else answers, such as a proxy, has pages for its errors, and acknowledged nothing.
    const isOurs = (answer.headers.get("Content-Type") || "").startsWith("text/plain");
    if (!isOurs) throw new Error(`answered ${answer.status}`);
    await show({ ...page, answer: "", urgent: false, quiet: answer.ok }, await answer.text());
  } catch {
    await show({ ...page, quiet: false }, `Not acknowledged: Tocsin can't be reached from here. Try again.\n${page.body}`);
  }
}

async function open(page) {
  const address = (!HAS_BUTTONS && page.page) || page.link || "/";
  const url = new URL(address, self.location.origin).href;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((one) => one.url === url);
  return there ? there.focus() : self.clients.openWindow(url);
}

// A receipt is a courtesy: that it fails changes nothing for the person.
async function tell(page, state) {
  if (!page || !page.receipt) return;
  try {
    await post(page.receipt, state);
  } catch {
    // Tocsin goes on without it.
  }
}

function post(url, body = "") {
  return fetch(url, { method: "POST", body, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
}
