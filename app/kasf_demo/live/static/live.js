"use strict";
const LOST = "The live view does not answer; trying again. If it has ended, start kasf-demo live again.";
const image = document.getElementById("image");
const figures = document.getElementById("figures");
const said = document.getElementById("said");
const record = document.getElementById("record");
const end = document.getElementById("end");
let csrf = "";
let over = false;
let lost = false;
let recording = null;

// announced by screen readers, so only what is new
function say(text) {
  if (said.textContent !== text) said.textContent = text;
}

function finish() {
  over = true;
  figures.textContent = "";
  say("The live view has ended.");
  record.disabled = end.disabled = true;
}

function restart() {
  if (!over) image.src = `/stream.mjpg?${Date.now()}`;
}

function show(state) {
  csrf = state.csrf;
  figures.textContent = `${state.frames_per_s.toFixed(1)} frames/s, ${Math.round(state.latency_ms)} ms from camera to page, ` +
    `${state.dropped} frames dropped` + (state.recordings.length ? `; recorded: ${state.recordings.join(", ")}` : "");
  record.setAttribute("aria-pressed", String(state.recording));
  record.textContent = state.recording ? "Stop recording (r)" : "Record (r)";
  if (recording !== null && recording !== state.recording) say(state.recording ? "Recording." : "The recording has ended.");
  else if (lost) say("");
  if (lost) restart();
  lost = false;
  recording = state.recording;
}

function miss(text) {
  lost = true;
  say(text);
}

async function look() {
  try {
    const answer = await fetch("/api/live", { cache: "no-store" });
    const state = await answer.json();
    if (over) return;
    if (answer.ok) show(state);
    else miss(state.error);
  } catch (error) {
    if (!over) miss(LOST);
  }
  if (!over) setTimeout(look, lost ? 2000 : 1000);
}

async function press(key) {
  try {
    const answer = await fetch(`/api/live/keys/${key}`, { method: "POST", headers: { "X-KASF-CSRF": csrf } });
    if (!answer.ok) say((await answer.json()).error);
    else if (key === "q") finish();
  } catch (error) {
    miss(LOST);
  }
}

image.addEventListener("error", () => setTimeout(restart, 3000));
record.addEventListener("click", () => press("r"));
end.addEventListener("click", () => press("q"));
document.addEventListener("keydown", (event) => {
  if (over || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "r" || event.key === "q") press(event.key);
});
look();
