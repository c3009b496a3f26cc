// Requests to the server. Errors are ApiError with the server's line and code; no answer at all is OfflineError.
import { connectionLost } from "./connection";
import { wait } from "./dom";
import type { Session } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

export class OfflineError extends Error {}

let session: Session | null = null;

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export async function getSession(again = false): Promise<Session> {
  if (!session || again) session = await get<Session>("/api/session");
  return session;
}

/** The ApiError in an answer that is no success. */
export function errorFrom(status: number, text: string): ApiError {
  try {
    const body: unknown = JSON.parse(text);
    if (body && typeof body === "object" && "error" in body && typeof body.error === "string") {
      return new ApiError(status, "code" in body ? String(body.code) : "", body.error);
    }
  } catch {
    // not ours: a proxy's page, or nothing
  }
  return new ApiError(status, `status_${status}`, `the server answered with status ${status}; try again`);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send("GET", path, undefined, signal)) as T;
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await write("POST", path, body, signal)) as T;
}

export async function remove(path: string): Promise<void> {
  await write("DELETE", path);
}

async function write(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  await getSession();
  try {
    return await send(method, path, body, signal);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "csrf") throw error;
    await getSession(true); // the server was started anew with other secrets
    return send(method, path, body, signal);
  }
}

export async function text(path: string, signal?: AbortSignal): Promise<string> {
  return (await answered("GET", path, undefined, signal)).text();
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  const answer = await answered(method, path, body, signal);
  return answer.status === 204 ? null : answer.json();
}

async function answered(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET" && session) headers["X-KASF-CSRF"] = session.csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, cache: "no-store", signal: signal ?? null, body: body === undefined ? null : JSON.stringify(body) };
  for (let tries = 0; ; tries++) {
    let answer: Response;
    try {
      answer = await fetch(path, init);
    } catch (error) {
      if (isAbort(error)) throw error;
      connectionLost();
      throw new OfflineError("no answer");
    }
    if (answer.ok) return answer;
    const error = errorFrom(answer.status, await answer.text());
    if (error.status !== 429 || method !== "GET" || tries >= 3) throw error;
    await wait(1000 * Math.max(1, Number(answer.headers.get("Retry-After")) || 1), signal);
  }
}
