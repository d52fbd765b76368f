"""Anthropic's event streams, read strictly."""

import json
import re


def events(body):
    """The events of a stream, as pairs of name and data. Every frame must be complete and named after its data."""
    found = []
    text = body.decode("utf-8")
    assert text == "" or text.endswith("\n\n"), f"a torn frame: {text[-200:]!r}"
    for frame in text.split("\n\n")[:-1]:
        match = re.fullmatch(r"event: (\w+)\ndata: (.*)", frame)
        assert match, frame
        data = json.loads(match.group(2))
        assert data["type"] == match.group(1), frame
        found.append((match.group(1), data))
    return found


def gather(found):
    """The message a stream tells of, or the error it ends with. Fails on everything that Anthropic's order of events forbids."""
    message, error, open_index, json_text, ended, delta_count = None, None, None, "", False, 0
    for name, data in found:
        assert not ended, f"{name} after the end"
        if name == "ping":
            assert message is not None, "a ping before message_start"
            continue
        if name == "error":
            error, ended = data["error"], True
            continue
        if name == "message_start":
            assert message is None, "a second message_start"
            message = data["message"]
            assert message["content"] == [] and message["stop_reason"] is None
            assert re.fullmatch(r"msg_[A-Za-z0-9]+", message["id"])
            assert isinstance(message["usage"]["input_tokens"], int) and isinstance(message["usage"]["output_tokens"], int)
            continue
        assert message is not None, f"{name} before message_start"
        if name == "content_block_start":
            assert open_index is None, "blocks overlap"
            assert data["index"] == len(message["content"]), "indexes have gaps"
            open_index, json_text = data["index"], ""
            block = dict(data["content_block"])
            message["content"].append(block)
            if block["type"] == "tool_use":
                assert block["input"] == {} and block["id"] and block["name"]
        elif name == "content_block_delta":
            assert data["index"] == open_index
            delta, block = data["delta"], message["content"][open_index]
            if delta["type"] == "text_delta":
                block["text"] += delta["text"]
            elif delta["type"] == "thinking_delta":
                block["thinking"] += delta["thinking"]
            elif delta["type"] == "signature_delta":
                block["signature"] = delta["signature"]
            elif delta["type"] == "input_json_delta":
                json_text += delta["partial_json"]
            else:
                raise AssertionError(f"unknown delta {delta['type']}")
        elif name == "content_block_stop":
            assert data["index"] == open_index
            if message["content"][open_index]["type"] == "tool_use":
                message["content"][open_index]["json"] = json_text
                try:
                    message["content"][open_index]["input"] = json.loads(json_text) if json_text else {}
                except ValueError:
                    message["content"][open_index]["input"] = None
            open_index = None
        elif name == "message_delta":
            assert open_index is None, "message_delta within a block"
            delta_count += 1
            message["stop_reason"] = data["delta"]["stop_reason"]
            message["stop_sequence"] = data["delta"]["stop_sequence"]
            assert isinstance(data["usage"]["output_tokens"], int)
            message["usage"].update(data["usage"])
        elif name == "message_stop":
            assert delta_count == 1, f"{delta_count} message_delta"
            ended = True
        else:
            raise AssertionError(f"unknown event {name}")
    return Answer(message, error, ended and error is None)


class Answer:
    """What a stream came to."""

    def __init__(self, message, error, complete):
        self.message = message
        self.error = error
        self.complete = complete

    @property
    def text(self):
        """All its text."""
        return "".join(block["text"] for block in self.message["content"] if block["type"] == "text")

    @property
    def calls(self):
        """Its tool calls, as pairs of name and input."""
        return [(block["name"], block["input"]) for block in self.message["content"] if block["type"] == "tool_use"]


def read(response):
    """The answer in a response with an event stream."""
    assert response.status == 200, response.body
    assert response.value("content-type") == "text/event-stream; charset=utf-8", response.body
    return gather(events(response.body))
