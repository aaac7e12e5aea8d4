"""What of a plan fits into the time and the number of steps there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from waygraph.answer import LeftOut, Named, Step


def fit(
    steps: Sequence[Step], minutes: float | None, most_steps: int | None
) -> tuple[list[Step], list[LeftOut]]:
    """The steps that fit, in their order, and what is left out, with the reason.

    The goal comes first, then the spine from the goal back, then what is needed, that first which
    is needed most surely by what is on the spine, in an unbroken chain; each is taken if it still
    fits, and what it is needed for is there. What is read already takes no time.

    Args:
        steps: the whole plan, the goal last; that is kept even if it alone takes too long.
        minutes: of reading, at most; None for as many as it takes.
        most_steps: at most so many, at least 1; None for as many as it takes.
    """
    if minutes is None and most_steps is None:
        return list(steps), []
    goal = len(steps) - 1
    spine = [i for i, step in enumerate(steps[:-1]) if step.spine]
    at = {step.concept: i for i, step in enumerate(steps)}
    chains = {i: _chain(steps, at, i) for i in range(goal) if not steps[i].spine}
    needed = sorted(
        chains, key=lambda i: (-prod(steps[j].confidence for j in chains[i]), len(chains[i]), i)
    )
    kept, spent, why = {goal}, steps[goal].read.minutes, dict[int, str]()
    read = {steps[goal].read.place}
    for i in (*reversed(spine), *needed):
        takes = 0.0 if steps[i].read.place in read else steps[i].read.minutes
        if most_steps is not None and len(kept) >= most_steps:
            why[i] = f"the plan has its {most_steps} steps"
        elif minutes is not None and spent + takes > minutes + 1e-9:
            why[i] = f"{spent:g} of {minutes:g} minutes are taken, it needs {takes:g}"
        elif i in chains and len(chains[i]) > 1 and chains[i][1] not in kept:
            why[i] = f"{steps[chains[i][1]].concept.label} is left out"
        else:
            kept.add(i)
            read.add(steps[i].read.place)
            spent = round(spent + takes, 1)
    left_out = [
        LeftOut(steps[i].concept, steps[i].read.minutes, _needed_for(steps[i]) + why[i])
        for i in sorted(why)
    ]
    return [steps[i] for i in sorted(kept)], left_out


def _chain(steps: Sequence[Step], at: Mapping[Named, int], i: int) -> list[int]:
    """A step that is not on the spine, what it is needed for, and so on to the spine."""
    found = [i]
    while (to := steps[found[-1]].to) and (j := at.get(to, i)) not in found:
        if steps[j].spine:
            break
        found.append(j)
    return found


def _needed_for(step: Step) -> str:
    return f"needed for {step.to.label}; " if step.to and not step.spine else ""
