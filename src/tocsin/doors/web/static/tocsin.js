// What a script adds to pages that work without one: times in the viewer's own zone, the length of a post as it is typed,
// and a page that notices when what it shows has changed.
"use strict";

const MINUTE = 60, HOUR = 3600, DAY = 86400;
// How far this device's clock is from Tocsin's own: what is late is decided there.
const OFF = new Date(document.body.dataset.now) - Date.now();

function span(seconds) {
  if (seconds < MINUTE) return `${Math.floor(seconds)} s`;
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / DAY)} days`;
}

function relative(at, isDue) {
  const ahead = (at - Date.now() - OFF) / 1000;
  if (ahead >= 0) return `in ${span(ahead)}`;
  return isDue ? `${span(-ahead)} late` : `${span(-ahead)} ago`;
}

function showTimes() {
  for (const time of document.querySelectorAll("time[datetime]:not([data-zone])")) {
    const at = new Date(time.dateTime);
    const isToday = at.toDateString() === new Date(Date.now() + OFF).toDateString();
    const hour = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const day = isToday ? "" : at.toLocaleDateString([], { day: "numeric", month: "short" }) + " ";
    time.textContent = `${day}${hour} (${relative(at, "due" in time.dataset)})`;
    time.title = at.toLocaleString([], { dateStyle: "full", timeStyle: "long" });
  }
}

// As X counts, so that one sees it while typing; Tocsin counts again when it is sent, and that count decides (core/texts.py).
const POST_LINK = /https?:\/\/[!-~]*[a-z0-9/=_#&+-]/gi;
const BARE_LINK = /(?<![\w@./])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w.-])/gi;
const LINK_WEIGHT = 23, POST_LIMIT = 280;
const LIGHT = [[0x0, 0x10ff], [0x2000, 0x200d], [0x2010, 0x201f], [0x2032, 0x2037]];

function postLength(text) {
  const filled = text.replaceAll("{issue}", "https://issue").normalize("NFC");
  const rest = filled.replace(POST_LINK, "");
  const links = (filled.match(POST_LINK) || []).length * LINK_WEIGHT;
  const hosts = (rest.match(BARE_LINK) || []).reduce((sum, host) => sum + Math.max(0, LINK_WEIGHT - host.length), 0);
  const isLight = (code) => LIGHT.some(([first, last]) => first <= code && code <= last);
  return links + hosts + [...rest].reduce((sum, sign) => sum + (isLight(sign.codePointAt(0)) ? 1 : 2), 0);
}

function countPosts() {
  for (const area of document.querySelectorAll("textarea[data-counts-post]")) {
    const count = area.closest(".question").querySelector("[data-count]");
    const show = () => {
      const length = postLength(area.value.trim());
      count.textContent = length;
      count.classList.toggle("is-too-long", length > POST_LIMIT);
    };
    area.addEventListener("input", show);
    show();
  }
}

// Nobody loses what they are writing: while anything was typed or a field has the focus, the page only says that it is old.
function isBeingFilledIn() {
  const typed = [...document.querySelectorAll("input, textarea, select")].some((field) => {
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") {
      const first = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(first, 0);
    }
    return field.value !== field.defaultValue;
  });
  const refused = document.querySelector("form .refused, .trouble") !== null;
  const focused = document.activeElement && document.activeElement.matches("input, textarea, select");
  return typed || refused || focused;
}

async function lookForNews() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.pathname + location.search, { method: "HEAD", cache: "no-store", redirect: "error" });
    const state = (answer.headers.get("ETag") || "").replace(/^W\/|"/g, "");
    if (!answer.ok || !state || state === document.body.dataset.state) return;
    if (isBeingFilledIn()) document.querySelector(".changed").hidden = false;
    else location.reload();
  } catch {
    // Out of reach for the moment; the next look may go through.
  }
}

showTimes();
countPosts();
setInterval(showTimes, 15000);
if (document.body.dataset.state && location.pathname.match(/^\/(alerts|(incidents|alerts|status)\/[^/]+)$/)) setInterval(lookForNews, 10000);

// Names to tap beside a list of names to type.
for (const chips of document.querySelectorAll("[data-adds]")) {
  const area = document.getElementById(chips.dataset.adds);
  chips.hidden = false;
  chips.addEventListener("click", (event) => {
    const name = event.target.closest("button")?.value;
    if (!name) return;
    area.value = `${area.value.trim()}\n${name}`.trim();
    area.rows = Math.max(area.rows, area.value.split("\n").length + 1);
  });
}
