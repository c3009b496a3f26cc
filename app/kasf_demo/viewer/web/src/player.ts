// Which frame is shown, and playing through them: by the video's own frames where there is a video, else by the clock.

import { lastUpTo, nearest } from "./data";
import { AHEAD_S, VideoPicture } from "./picture";

export const RATES = [0.1, 0.25, 0.5, 1, 2];

export interface Media {
  video: HTMLVideoElement;
  times: Float64Array; // (P,) time stamps of the frames in the video
}

export class Player {
  frame = 0;
  playing = false;
  rate = 1;
  loop = true;
  onFrame: (frame: number) => void = () => {}; // another frame
  onPicture: () => void = () => {}; // another image for the same frame: after a seek
  readonly picture: VideoPicture | null;
  onState: () => void = () => {};

  private started = { now: 0, time: 0 }; // of the clock, without a video
  private seeking = false;
  private wanted: number | null = null; // the frame to show after the seek under way
  private ending = false; // the last image is being sought: a browser that drops frames may end before it
  private readonly last: number;

  constructor(
    private readonly times: Float64Array,
    private readonly media: Media | null,
  ) {
    this.last = times.length - 1;
    this.picture = media && new VideoPicture(media.video);
    if (media) this.listen(media.video);
  }

  // Shows `frame`: the skeletons at once, the image as soon as the browser has it.
  show(frame: number): void {
    this.ending = false;
    this.set(Math.min(Math.max(Math.round(frame), 0), this.last));
    this.started = { now: performance.now(), time: this.times[this.frame] };
    if (this.media) this.seek(this.frame);
  }

  step(by: number): void {
    this.pause();
    this.show(this.frame + by);
  }

  play(): void {
    if (this.playing || this.last === 0) return;
    const again = this.frame === this.last;
    if (again && !this.media) this.show(0);
    this.playing = true;
    if (this.media) {
      if (again) this.seek(0); // the skeletons follow when the image is there
      this.media.video.playbackRate = this.rate;
      this.media.video.play().catch(() => this.pause());
    } else {
      this.started = { now: performance.now(), time: this.times[this.frame] };
      requestAnimationFrame(this.tick);
    }
    this.onState();
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = this.ending = false;
    if (this.media) {
      this.media.video.pause();
      this.seek(this.frame); // it may be a frame further than the last one it told
    }
    this.onState();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  setRate(rate: number): void {
    this.rate = rate;
    this.started = { now: performance.now(), time: this.times[this.frame] };
    if (this.media) this.media.video.playbackRate = rate;
    this.onState();
  }

  setLoop(loop: boolean): void {
    this.loop = loop;
    this.onState();
  }

  private set(frame: number): void {
    if (frame === this.frame) return;
    this.frame = frame;
    this.onFrame(frame);
  }

  // At the end: again from the start, or stop there.
  private ended(): void {
    if (!this.playing) return;
    if (!this.loop) {
      this.ending = this.media !== null && this.seek(this.last); // the skeletons follow when the image is there
      if (this.ending) return;
      this.set(this.last);
      return this.pause();
    }
    if (!this.media) return this.show(0);
    this.seek(0); // the skeletons follow when the image is there
    this.media.video.play().catch(() => this.pause());
  }

  // The clock, without a video.
  private readonly tick = (now: number) => {
    if (!this.playing) return;
    const time = this.started.time + Math.max(0, ((now - this.started.now) / 1000) * this.rate);
    const frame_s = (this.times[this.last] - this.times[0]) / this.last;
    if (time > this.times[this.last] + frame_s) this.ended();
    else this.set(lastUpTo(this.times, time));
    requestAnimationFrame(this.tick);
  };

  // The video's frames: what it shows decides, so that a browser that drops frames drops the skeleton's too.
  private listen(video: HTMLVideoElement): void {
    const times = this.media!.times;
    const clock = () => times[lastUpTo(times, video.currentTime)];
    const shown = (told_s: number) => {
      const time = this.picture!.take(told_s);
      const frame = time === null ? this.frame : nearest(times, time);
      if (this.playing && frame !== this.frame) this.set(frame);
      else this.onPicture();
    };
    if ("requestVideoFrameCallback" in video) {
      const onFrame: VideoFrameRequestCallback = (_, { mediaTime }) => {
        shown(mediaTime > video.currentTime + AHEAD_S ? clock() : mediaTime); // Firefox under load tells of images long before it shows them
        video.requestVideoFrameCallback(onFrame);
      };
      video.requestVideoFrameCallback(onFrame);
    } else {
      const poll = () => {
        if (this.playing) shown(clock());
        requestAnimationFrame(poll);
      };
      requestAnimationFrame(poll);
    }
    video.addEventListener("seeked", () => {
      this.seeking = false;
      shown(clock());
      if (this.wanted !== null) this.seek(this.wanted);
      else if (this.ending) this.pause();
    });
    video.addEventListener("loadeddata", () => shown(clock()));
    video.addEventListener("ended", () => this.ended());
    video.addEventListener("pause", () => {
      // by the browser: the page is in the background, or headphones were unplugged
      if (this.playing && !video.ended) this.pause();
    });
  }

  // One seek at a time; the latest wish replaces those before it. Aimed at the middle of the frame: no rounding can miss it. False where
  // there is nothing to seek.
  private seek(frame: number): boolean {
    const { video, times } = this.media!;
    if (this.seeking) {
      this.wanted = frame;
      return true;
    }
    this.wanted = null;
    const gap = frame < this.last ? times[frame + 1] - times[frame] : frame > 0 ? times[frame] - times[frame - 1] : 0;
    const target = times[frame] + gap / 2;
    if (Math.abs(video.currentTime - target) < 1e-4) return false;
    this.seeking = true;
    video.currentTime = target;
    return true;
  }
}
