// The picture that the video shows right now, kept, with its time in the video.

const NEAR_S = 1; // a picture's own time stamp this near to where the video is can be believed

export class VideoPicture {
  readonly canvas = document.createElement("canvas"); // of the video's size; empty (width 0) before the first picture
  private readonly pen = this.canvas.getContext("2d", { alpha: false })!;

  constructor(private readonly video: HTMLVideoElement) {
    this.canvas.width = this.canvas.height = 0;
  }

  // Keeps the present picture, and returns its time in the video, or null before there is one. `told_s`: its time as told by the browser.
  // The video goes on while a script runs, so what is drawn may be some frames later than what was told: where the browser has VideoFrame,
  // the picture itself says what it is.
  take(told_s: number | null): number | null {
    const { video } = this;
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return null;
    if (this.canvas.width !== video.videoWidth || this.canvas.height !== video.videoHeight) {
      [this.canvas.width, this.canvas.height] = [video.videoWidth, video.videoHeight];
    }
    const frame = grabbed(video);
    this.pen.drawImage(frame ?? video, 0, 0, this.canvas.width, this.canvas.height);
    const own_s = frame ? frame.timestamp / 1e6 : NaN;
    frame?.close();
    return Math.abs(own_s - video.currentTime) < NEAR_S ? own_s : told_s;
  }
}

function grabbed(video: HTMLVideoElement): VideoFrame | null {
  try {
    return "VideoFrame" in window ? new VideoFrame(video) : null;
  } catch {
    return null;
  }
}
