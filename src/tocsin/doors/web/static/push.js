// "Use this device": asks the browser for a subscription, and sends it with the form. What the worker does stands in worker.js.
"use strict";

const FORM = document.querySelector("#form-add");
const TROUBLE = document.querySelector("#push-trouble");
const PATIENCE = 30000;
const WORKER = "/integrations/webpush/worker.js";

function say(words) {
  TROUBLE.textContent = words;
  TROUBLE.hidden = false;
  TROUBLE.scrollIntoView({ block: "nearest" });
}

function whyNot() {
  if (!window.isSecureContext) return "Browsers let only sites with https:// send notifications: open Tocsin at such an address.";
  const isApple = /iPhone|iPad/.test(navigator.userAgent);
  if (isApple && !("PushManager" in window)) {
    return "On an iPhone or iPad, first put Tocsin on the Home Screen (Share, then Add to Home Screen), open it from there, and come back to this page.";
  }
  if (!("serviceWorker" in navigator && "PushManager" in window)) return "This browser can't show notifications of sites: take another one.";
  if (Notification.permission === "denied") return "Notifications of Tocsin are blocked in this browser: allow them in its settings for this site, then load this page again.";
  return "";
}

function usualName() {
  const agent = navigator.userAgent;
  const browser = [["Edg", "edge"], ["Firefox", "firefox"], ["Chrome", "chrome"], ["Safari", "safari"]].find(([mark]) => agent.includes(mark));
  const device = [["iPhone", "iphone"], ["iPad", "ipad"], ["Android", "android"], ["Mac", "mac"], ["Windows", "windows"], ["Linux", "linux"]].find(([mark]) => agent.includes(mark));
  return [browser, device].filter(Boolean).map(([, name]) => name).join("-");
}

// A subscription made under another key of ours takes no message any more.
function isUnder(subscription, key) {
  const bytes = new Uint8Array(subscription.options.applicationServerKey || []);
  const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return text === key;
}

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") {
    throw new Error("You did not allow notifications, so nothing was added. Press the button again to be asked anew, or allow them in the browser's settings for this site.");
  }
  await navigator.serviceWorker.register(WORKER, { scope: "/" });
  const registration = await navigator.serviceWorker.ready;
  const answer = await fetch("/integrations/webpush/key", { cache: "no-store" });
  if (!answer.ok) throw new Error(await answer.text());
  const { key } = await answer.json();
  const old = await registration.pushManager.getSubscription();
  if (old && isUnder(old, key)) return old;
  if (old) await old.unsubscribe();
  const subscribing = registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  return Promise.race([subscribing, silence()]);
}

// Where a browser's push service is out of reach, such as behind a firewall, it says nothing at all.
function silence() {
  const words = "This browser's push service does not answer: is this device connected to the internet, and not kept from that service?";
  return new Promise((_, reject) => setTimeout(() => reject(new Error(words)), PATIENCE));
}

if (FORM) {
  const problem = whyNot();
  if (problem) say(problem);
  const button = FORM.querySelector("button");
  button.disabled = Boolean(problem);
  if (!FORM.elements.name.value) FORM.elements.name.value = usualName();
  FORM.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    TROUBLE.hidden = true;
    try {
      const subscription = await subscribe();
      FORM.elements.subscription.value = JSON.stringify(subscription);
      FORM.submit();
    } catch (error) {
      say(`${error.message || error}`);
      button.disabled = false;
    }
  });
}
