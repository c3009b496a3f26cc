// The image that the video shows right now, kept, with its time in the video.

const EPSILON_S = 0.002; // browsers round times to the microsecond, or worse
export const AHEAD_S = 0.1; // an image may be shown this long before the video's clock gets there

export class VideoPicture {
  readonly canvas = document.createElement("canvas"); // of the video's size; empty (width 0) before the first image
  private readonly pen = this.canvas.getContext("2d", { alpha: false })!;

  constructor(private readonly video: HTMLVideoElement) {
    this.canvas.width = this.canvas.height = 0;
  }

  // Keeps the present image, and returns its time in the video, or null before there is one. `told_s`: its time as the browser told it.
  // The video goes on while a script runs, so what is drawn may be some frames later than what was told. Chromium's VideoFrame says what it
  // is itself; elsewhere (Firefox 140 says 0) its time stamp does not lie between what was told and the video's clock, and is not believed.
  take(told_s: number): number | null {
    const { video } = this;
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return null;
    if (this.canvas.width !== video.videoWidth || this.canvas.height !== video.videoHeight) {
      [this.canvas.width, this.canvas.height] = [video.videoWidth, video.videoHeight];
    }
    const frame = grabbed(video);
    this.pen.drawImage(frame ?? video, 0, 0, this.canvas.width, this.canvas.height);
    const own_s = frame ? frame.timestamp / 1e6 : NaN;
    frame?.close();
    return own_s >= told_s - EPSILON_S && own_s <= video.currentTime + AHEAD_S ? own_s : told_s;
  }
}

function grabbed(video: HTMLVideoElement): VideoFrame | null {
  try {
    return "VideoFrame" in window ? new VideoFrame(video) : null;
  } catch {
    return null;
  }
}
