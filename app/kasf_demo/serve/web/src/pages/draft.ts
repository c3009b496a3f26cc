// The settings of one clip as this browser keeps them, so that a reload loses nothing.
import { store, stored } from "../i18n";
import type { Athlete, Quality, Session, TestId } from "../types";

/** Numbers are kept as they were typed. */
export interface Draft {
  athlete: Athlete;
  height_cm: string;
  test: TestId | null;
  sport: string;
  start: string;
  end: string;
  detector: string;
  quality: Quality;
  capture: string;
  exports: string[];
}

/** The default of the server, which may be "auto", and those that can be chosen. */
export function detectorsOf(session: Session): string[] {
  return [...new Set([session.detector, ...session.detectors.map(({ id }) => id)])];
}

function nameOf(clip: string): string {
  return `kasf.draft.${clip}`;
}

export function readDraft(clip: string, session: Session): Draft {
  const empty: Draft = { athlete: "auto", height_cm: "", test: null, sport: "", start: "", end: "", detector: session.detector, quality: "balanced", capture: "", exports: [] };
  try {
    const kept: Partial<Draft> = JSON.parse(stored(nameOf(clip)) ?? "{}");
    const draft = { ...empty, ...kept };
    if (!detectorsOf(session).includes(draft.detector)) draft.detector = session.detector;
    return draft;
  } catch {
    return empty;
  }
}

/** Keeps the settings; null forgets them. */
export function keepDraft(clip: string, draft: Draft | null): void {
  store(nameOf(clip), draft && JSON.stringify(draft));
}
