// What the server answers; see docs/openapi.json. Times in seconds, sizes in bytes, pixels of the upright clip.

export type TestId = "cmj" | "sj" | "dj" | "sprint" | "squat" | "gait" | "cod";
export type Quality = "fast" | "balanced" | "best";
export type Level = "ok" | "warning" | "problem";

export interface Session {
  csrf: string;
  version: string;
  language: string;
  limits: { bytes: number; seconds: number; clips: number; jobs: number };
  detectors: { id: string; qualities: Quality[]; licence: string }[];
  detector: string;
  tests: { id: TestId; name: string }[];
  sports: string[];
  exports: string[];
  workers: number;
}

export interface Clip {
  id: string;
  name: string;
  bytes: number;
  width: number;
  height: number;
  frame_rate: number;
  duration_s: number;
  frames: number | null;
  added: number;
  jobs: string[];
  thumbnail: string;
}

export interface Person {
  box: [number, number, number, number];
  centre: [number, number];
  score: number;
  keypoints: [number, number, number][];
}

export interface People {
  time_s: number;
  width: number;
  height: number;
  people: Person[];
}

export interface Finding {
  code: string;
  level: Level;
  text: string;
  remedy: string;
}

export type Athlete = "auto" | "largest" | "center" | "longest" | "all" | { x: number; y: number; time_s: number };

export interface JobRequest {
  clip: string;
  athlete: Athlete;
  height_m: number | null;
  test: TestId | null;
  sport: string | null;
  detector: string | null;
  quality: Quality;
  start_s: number | null;
  end_s: number | null;
  capture_fps: number | null;
  exports: string[];
}

export interface Job {
  id: string;
  clip: string;
  clip_name: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  position: number | null;
  stage: string | null;
  stages: { name: string; share: number }[];
  progress: number;
  eta_s: number | null;
  error: string | null;
  code: string | null;
  result: string | null;
  created: number;
  started: number | null;
  ended: number | null;
  request: Partial<JobRequest>;
  assessment: { test: string; error: string | null } | null;
  warnings: string[];
}

export interface Result {
  id: string;
  name: string;
  folder: string;
  clip_name: string;
  clip: string | null;
  created: number;
  duration_s: number;
  frames: number;
  people: number;
  test: string | null;
  detector: string;
  warnings: number;
  thumbnail: string;
}

export interface ResultFile {
  name: string;
  bytes: number;
  kind: string;
  label: string;
  person: number | null;
  url: string;
}

export type Interval = [number, number] | null | undefined;

export interface AngleRange {
  min_deg: number | null;
  max_deg: number | null;
  range_deg: number | null;
  min_interval_deg?: Interval;
  max_interval_deg?: Interval;
  doubtful_frames?: number;
  frames: number;
}

export interface PersonSummary {
  id: number;
  frames_with_pose: number;
  angles?: Record<string, AngleRange>;
  foot_angles?: Record<string, AngleRange>;
  speeds?: Record<string, { peak_m_per_s: number | null; peak_s: number | null; peak_interval_m_per_s?: Interval }>;
  events?: {
    flights?: { takeoff_s: number; landing_s: number; height_time_m: number | null; height_interval_m?: Interval; doubtful: boolean }[];
    contacts?: { side: "l" | "r"; start_s: number; end_s: number; doubtful: boolean }[];
    strike?: { kind: string; side: string; time_s: number; m_per_s: number; interval_m_per_s?: Interval; doubtful: boolean } | null;
  };
  jumps?: Record<string, unknown>[];
  spins?: Record<string, unknown>[];
  doubtful?: { frames: number; share: number };
}

export interface AssessedValue {
  key: string;
  side: string | null;
  label: string;
  value: number | null;
  unit: string;
  interval: Interval;
  trust: string;
  time_s: number | null;
  note: string;
  definition: string;
  source: string;
}

export interface FullResult extends Result {
  files: ResultFile[];
  exports: string[];
  summary: {
    people: PersonSummary[];
    warnings: string[];
    findings: Finding[];
    scale: { kind: string; height_m: number } | null;
    video: { width: number; height: number; fps: number; start_s: number; end_s: number };
    options: Record<string, unknown>;
    detector: { name: string } | null;
    assessments: { test: string; values: AssessedValue[]; notes: string[] }[];
  };
}
