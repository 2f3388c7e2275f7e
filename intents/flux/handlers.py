"""What Flux does for each of its intents."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from dao.records import GoalDraft, RescheduleDraft, Task, TaskDraft
from intents.errors import IntentError
from intents.flux.references import current, find, labels
from intents.schema import Arguments
from intents.toolbox import ToolContext, ToolOutcome
from intents.when import NotUnderstood, When, describe, describe_recurrence, horizon, understand

_LED: Final = re.compile(
    r"(?:in|by|within|over|during|before|until|till|for)\s+(?:about\s+|the\s+next\s+)?(?=\S)", re.IGNORECASE
)
_PLACES_WITHOUT_TO: Final = ("home", "here", "there")
# Small models fill in what they should leave out.
_NO_RECURRENCE: Final = ("none", "no", "never", "once", "one time", "null", "n/a")
_NAMED: Final = 3


async def submit_goal_intent(arguments: Arguments, context: ToolContext) -> ToolOutcome:
    """Keep a goal; a timeline whose end cannot be told is kept in the caller's words alone."""
    timeline = _LED.sub("", arguments.timeline, count=1) if arguments.timeline else None
    goal = await context.dao.create_goal(
        GoalDraft(
            user_id=context.caller.user_id,
            statement=_capital(arguments.goal_statement),
            timeline=timeline,
            target_date=horizon(arguments.timeline, context.now, context.caller.timezone) if timeline else None,
            context=arguments.context,
            origin=context.origin,
        )
    )
    target = f" with a target of {goal.timeline}" if goal.timeline else ""
    return ToolOutcome(f"Goal created: {goal.statement}{target}.", "done", goal.model_dump(mode="json"))


async def submit_new_task_intent(arguments: Arguments, context: ToolContext) -> ToolOutcome:
    """Keep a task for a time or a place; a time that is not understood is asked back."""
    when: When | None = None
    if arguments.trigger_type == "time":
        try:
            when = _understand_task_time(arguments, context)
        except NotUnderstood as question:
            return ToolOutcome(str(question), "rejected")
    task = await context.dao.create_task(
        TaskDraft(
            user_id=context.caller.user_id,
            title=_capital(arguments.title),
            trigger_type=arguments.trigger_type,
            trigger_at=when.at if when else None,
            recurrence=when.recurrence if when else None,
            location=arguments.location,
            notes=arguments.notes,
            priority=arguments.priority or "normal",
            origin=context.origin,
        )
    )
    return ToolOutcome(f"Task created: {task.title}, {_told(task, context)}.", "done", task.model_dump(mode="json"))


async def submit_reschedule_intent(arguments: Arguments, context: ToolContext) -> ToolOutcome:
    """Move the one open task that is meant; ask back when two can be meant, or none."""
    tasks = await context.dao.tasks(context.caller.user_id, status="open")
    if not tasks:
        return ToolOutcome("You have no open tasks, so there is nothing to move.", "rejected")
    found = find(arguments.task_reference, tasks, lambda task: _told(task, context), context.now)
    if not found.tasks:
        return ToolOutcome(_none_like(arguments.task_reference, tasks, context), "rejected")
    if not found.sure:
        return ToolOutcome(_which(found.tasks, context), "rejected")
    task = found.tasks[0]
    try:
        when = _understand_new_time(arguments.new_time, task, context)
    except NotUnderstood as question:
        return ToolOutcome(str(question), "rejected")
    if when.recurrence:
        return ToolOutcome("I can move a task to a single time only. When should it be?", "rejected")
    draft = RescheduleDraft(new_time=when.at, reason=arguments.reason, origin=context.origin)
    moved = await context.dao.reschedule_task(task.id, draft)
    told = describe(when.at, context.now, context.caller.timezone)
    repeats = f", and it still repeats {_in_words(moved.recurrence)}".rstrip() if moved.recurrence else ""
    return ToolOutcome(f"Task moved: {moved.title}, now {told}{repeats}.", "done", moved.model_dump(mode="json"))


def _understand_task_time(arguments: Arguments, context: ToolContext) -> When:
    said, repeats = arguments.trigger_time, arguments.recurrence or ""
    if repeats.casefold().strip(" .") in _NO_RECURRENCE or repeats.casefold() in said.casefold():
        return understand(said, context.now, context.caller.timezone)
    try:
        return understand(f"{repeats} {said}", context.now, context.caller.timezone)
    except NotUnderstood:
        # "every Monday" with "next Monday at nine": each is clear, only together they are not one phrase.
        first = understand(said, context.now, context.caller.timezone)
        rule = understand(repeats, context.now, context.caller.timezone).recurrence
        return When(first.at, first.recurrence or rule)


def _understand_new_time(said: str, task: Task, context: ToolContext) -> When:
    zone = context.caller.timezone
    if task.trigger_at is None:
        return understand(said, context.now, zone)
    # "Move it to Friday" keeps the hour that the task had.
    return understand(said, context.now, zone, usual=task.trigger_at.astimezone(zone).time())


def _which(candidates: Sequence[Task], context: ToolContext) -> str:
    names = _names(candidates, context)
    if len(names) == 1:
        return f"Did you mean {names[0]}?"
    count = {2: "two", 3: "three"}.get(len(names), "several")
    return f"I found {count}: {_listed(names)}. Which one?"


def _none_like(reference: str, tasks: Sequence[Task], context: ToolContext) -> str:
    ahead = sorted((task for task in tasks if current(task, context.now)), key=_due)
    behind = sorted((task for task in tasks if not current(task, context.now)), key=_due, reverse=True)
    names = _names((*ahead, *behind)[:_NAMED], context)
    if len(names) == 1:
        return f"I found no task like {reference}. You have only {names[0]}. Do you mean that one?"
    if (more := len(tasks) - len(names)) > 0:
        names = (*names, f"{more} more")
    return f"I found no task like {reference}. You have {_listed(names)}. Which one do you mean?"


def _due(task: Task) -> datetime:
    return task.trigger_at or datetime.max.replace(tzinfo=UTC)


def _names(tasks: Sequence[Task], context: ToolContext) -> tuple[str, ...]:
    return tuple(f"“{label}”" for label in labels(tasks, lambda task: _told(task, context)))


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _told(task: Task, context: ToolContext) -> str:
    if task.trigger_at is None:
        place = task.location or "the place"
        return f"when you get {place}" if place.casefold() in _PLACES_WITHOUT_TO else f"when you get to {place}"
    first = describe(task.trigger_at, context.now, context.caller.timezone)
    return f"{_in_words(task.recurrence) or 'repeating'}, first {first}" if task.recurrence else first


def _in_words(rule: str) -> str:
    """Say a recurrence; one that came from elsewhere may have no words, and must not hide the others: then nothing."""
    try:
        return describe_recurrence(rule)
    except IntentError:
        return ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
