// The HTTP API, as /api/openapi.json describes it.

/** An answer that says what is wrong: `field`, `message`, `hint`, `nearest`. */
export class Fault extends Error {
  constructor(status, { field = "", message = "", hint = "", nearest = [] } = {}) {
    super(message || `the server answered ${status}`);
    Object.assign(this, { status, field, hint, nearest });
  }
}

/** The query of an address; lists are repeated, what is empty is left out. */
export function query(params) {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") found.append(name, one);
    }
  }
  return found.size ? `?${found}` : "";
}

async function ask(method, path, body, signal) {
  let answer;
  try {
    answer = await fetch(`/api${path}`, {
      method,
      signal,
      headers: body === undefined
        ? { "X-Waygraph": "1" }
        : { "X-Waygraph": "1", "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Fault(0, { message: "The server does not answer.", hint: "Is waygraph serve still running?" });
  }
  if (answer.ok) return answer.json();
  const said = await answer.json().catch(() => ({}));
  throw new Fault(answer.status, said.error);
}

export const get = (path, params = {}, signal) => ask("GET", path + query(params), undefined, signal);
export const post = (path, body, signal) => ask("POST", path, body, signal);
export const remove = (path) => ask("DELETE", path);
