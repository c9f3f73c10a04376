// Reads one JSON value from standard input, and answers with one on standard output.

export async function input() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

export function answer(value) {
  process.stdout.write(JSON.stringify(value) + '\n');
}

// The judgement of one case as a value: {ok: true, ...} or {ok: false, error}.
export async function judged(work) {
  try {
    return {ok: true, ...(await work())};
  } catch (error) {
    const details = error.details ? ' ' + JSON.stringify(error.details).slice(0, 800) : '';
    return {ok: false, error: `${error.code ?? error.name}: ${error.message}${details}`};
  }
}
