// The page's start: data out of the document, the parts made and tied to each other.

import { App } from "./app";
import { byId } from "./dom";
import { bytes, decode } from "./data";
import { Player } from "./player";

function start(): void {
  const data = decode(JSON.parse(byId("data").textContent ?? ""));
  const encoded = byId("mp4").textContent ?? "";
  const video = byId<HTMLVideoElement>("video");
  if (data.picture && encoded) {
    // a blob, not a data: address: Safari plays no video from those
    video.src = URL.createObjectURL(new Blob([bytes(encoded)], { type: "video/mp4" }));
    byId("picture").hidden = false;
    document.body.style.setProperty("--aspect", String(data.picture.width / data.picture.height));
  }
  byId("mp4").remove(); // some megabytes that nobody needs any more
  const media = data.picture && encoded ? { video, times: data.picture.media } : null;
  new App(data, new Player(data.times, media));
}

start();
