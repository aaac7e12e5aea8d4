"""An ingest as a child process: told on standard input, telling how it goes on standard output.

The input is left open: when it ends, so does the ingest. Each line that is told is a JSON object:
``{"stage", "done", "total"}`` while it works, and at the end ``{"report"}`` or
``{"error", "hint"}``. An interrupt ends it as Ctrl-C ends the command: what is done is kept.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from waygraph.lifeline import end_with_parent

# By how much it gives way to the server, so that who reads does not wait for who writes.
_NICE = 10
# So many seconds lie between two words of progress on one stage.
_EVERY = 0.1
INTERRUPTED = 130


def main() -> int:
    """Ingest what standard input asks for."""
    from waygraph.app.articles import ArticleOptions
    from waygraph.app.ingest import ingest
    from waygraph.errors import WaygraphError

    if hasattr(os, "nice"):
        os.nice(_NICE)
    asked = json.loads(sys.stdin.readline())
    end_with_parent()
    last = ("", 0.0)

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if stage != last[0] or done == total or now - last[1] >= _EVERY:
            last = (stage, now)
            _tell(stage=stage, done=done, total=total)

    try:
        articles = ArticleOptions(asked["fetch"], asked["offline"])
        report = ingest(
            asked["paths"], asked["workspace"], workers=asked["workers"], articles=articles,
            progress=progress, store=asked["store"] or None,
        )  # fmt: skip
    except WaygraphError as error:
        _tell(error=error.message, hint=error.hint)
        return 1
    except OSError as error:
        _tell(error=f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), hint="")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    _tell(
        report={
            "documents": report.documents,
            "concepts": report.concepts,
            "read": report.read,
            "dropped": report.dropped,
            "renamed": len(report.renamed),
            "graphs_written": report.graphs_written,
            "graphs_dropped": report.graphs_dropped,
            "seconds": round(sum(report.seconds.values()), 1),
            "failures": [_failure(f) for f in report.failures],
            "warnings": [_failure(w) for w in report.warnings],
        }
    )
    return 0


def _failure(failure: Any) -> dict[str, Any]:
    return {"address": failure.address, "reason": failure.reason, "line": failure.line}


def _tell(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
