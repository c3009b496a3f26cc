// A job's state in words.
import { duration, maybe, t } from "../i18n";
import type { Job } from "../types";

export function stageName(stage: string | null): string {
  return maybe(`stage.${(stage ?? "starting").replaceAll(" ", "_")}`, stage ?? "");
}

/** "number 3 in the queue", "detecting, about 40 s left", "cancelled". */
export function jobState(job: Job): string {
  if (job.state === "queued") return job.position === null || job.position <= 1 ? t("job.next") : t("job.queued", { position: job.position });
  if (job.state !== "running") return t(`job.${job.state}`);
  const left = job.eta_s === null ? "" : `, ${t("job.left", { time: duration(job.eta_s) })}`;
  return stageName(job.stage) + left;
}
