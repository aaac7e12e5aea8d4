"""A preview as a child process: the models that it may load end with it.

A line of standard input holds a JSON object: workspace, statements, asked; standard output gets
one. The input is left open: when it ends, so does the preview.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> int:
    """Preview what standard input asks for."""
    from pathlib import Path

    from waygraph.app.preview import Asked, preview
    from waygraph.app.render_path import path_json
    from waygraph.config import find_workspace
    from waygraph.decisions import parse_statement
    from waygraph.errors import WaygraphError
    from waygraph.lifeline import end_with_parent

    asked = json.loads(sys.stdin.readline())
    end_with_parent()
    place = find_workspace(Path(asked["workspace"]))
    try:
        found = preview(
            place,
            [parse_statement(words) for words in asked["statements"]],
            [Asked(**one) for one in asked["asked"]],
        )
    except WaygraphError as error:
        json.dump({"error": error.message, "hint": error.hint}, sys.stdout)
        return 1
    told: dict[str, Any] = {
        "concepts_before": found.concepts_before,
        "concepts_after": found.concepts_after,
        "warnings": list(found.warnings),
        "effects": [
            {
                "goal": effect.goal,
                "before": path_json(effect.before) if effect.before else None,
                "after": path_json(effect.after) if effect.after else None,
                "none_before": effect.none_before,
                "none_after": effect.none_after,
                "changed": effect.changed,
            }
            for effect in found.effects
        ],
    }
    json.dump(told, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
