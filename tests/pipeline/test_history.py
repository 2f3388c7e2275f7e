from models.llm import ToolCall
from pipeline.history import AssistantEntry, History


def test_the_model_sees_what_is_being_said_until_it_is_known_what_was_heard() -> None:
    history = History("system", 100)
    history.add_user("hello")
    entry = AssistantEntry(["One.", "Two."])
    history.add_assistant(entry)
    assert history.messages()[-1].content == "One. Two."
    entry.parts[1] = ""
    assert history.messages()[-1].content == "One."


def test_a_response_nobody_heard_leaves_no_message() -> None:
    history = History("system", 100)
    history.add_assistant(AssistantEntry([""]))
    assert [message.role for message in history.messages()] == ["system"]


def test_a_tool_result_follows_its_call() -> None:
    history = History("system", 100)
    entry = AssistantEntry()
    history.add_assistant(entry)
    call = ToolCall("1:0:0", "tool", {})
    entry.tool_calls.append(call)
    history.add_tool_result(call, "done", "done")
    assert [message.role for message in history.messages()] == ["system", "assistant", "tool"]


def test_a_long_history_keeps_the_system_prompt_and_begins_with_the_caller() -> None:
    history = History("system", 5)
    for number in range(20):
        history.add_user(str(number))
        history.add_assistant(AssistantEntry([f"answer {number}"]))
    messages = history.messages()
    assert messages[0].role == "system" and messages[1].role == "user" and len(messages) <= 6
    assert messages[-1].content == "answer 19"


def test_the_recent_talk_is_what_both_said_without_what_tools_answered() -> None:
    history = History("system", 100)
    assert history.recent() == ""
    for number in range(3):
        history.add_user(f"ask {number}")
        entry = AssistantEntry([f"answer {number}", "", "more, cut off"])
        for index, heard in enumerate((f"answer {number}", "", "more")):
            entry.hear(index, heard)
        history.add_assistant(entry)
        history.add_tool_result(ToolCall(f"{number}:0:0", "tool", {}), "done", "done")
        history.add_assistant(AssistantEntry([""]))
    assert history.recent() == "ask 1 answer 1 more ask 2 answer 2 more"
    assert history.recent(1) == "answer 2 more"


def test_the_recent_talk_holds_no_word_that_was_not_heard_yet() -> None:
    history = History("system", 100)
    entry = AssistantEntry(["Task created.", "When should I remind you?"])
    history.add_assistant(entry)
    assert history.recent() == ""
    entry.hear(0, "Task created.")
    assert history.recent() == "Task created."
    entry.hear(1, "When should")
    assert history.recent() == "Task created. When should"
