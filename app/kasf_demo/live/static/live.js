"use strict";
const figures = document.getElementById("figures");
const record = document.getElementById("record");
const end = document.getElementById("end");
let csrf = "";
let over = false;

function finish(text) {
  over = true;
  figures.textContent = text;
  record.disabled = end.disabled = true;
}

async function look() {
  try {
    const answer = await fetch("/api/live");
    const state = await answer.json();
    if (!answer.ok) throw new Error(state.error);
    csrf = state.csrf;
    figures.textContent = `${state.frames_per_s.toFixed(1)} frames/s, ${Math.round(state.latency_ms)} ms from camera to page, ` +
      `${state.dropped} frames dropped` + (state.recordings.length ? `; recorded: ${state.recordings.join(", ")}` : "");
    record.setAttribute("aria-pressed", String(state.recording));
    record.textContent = state.recording ? "Stop recording (r)" : "Record (r)";
  } catch (error) {
    finish("The live view has ended. Start kasf-demo live again.");
  }
  if (!over) setTimeout(look, 1000);
}

async function press(key) {
  const answer = await fetch(`/api/live/keys/${key}`, { method: "POST", headers: { "X-KASF-CSRF": csrf } });
  if (answer.ok && key === "q") finish("The live view has ended.");
}

record.addEventListener("click", () => press("r"));
end.addEventListener("click", () => press("q"));
document.addEventListener("keydown", (event) => {
  if (over || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "r") press("r");
  if (event.key === "q" || event.key === "Escape") press("q");
});
look();
