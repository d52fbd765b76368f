"""The official clients of Anthropic and OpenAI, pointed at a gateway.

Responses are checked against the clients' own models (`_strict_response_validation`): a field that is missing or has another
type raises, where the clients would by default shrug and fail later, in their user's code.
"""

import anthropic
import openai

MODEL = "qwen-plus"
TIMEOUT = 20.0


def _options(base_url, options):
    return {"base_url": base_url, "api_key": "x", "max_retries": 0, "timeout": TIMEOUT, "_strict_response_validation": True, **options}


def anthropic_client(world, **options):
    """`anthropic.Anthropic`. Retries are off, so that a test sees what the gateway said first."""
    # The environment must not decide: neither its proxies, nor the variables that the client reads.
    return anthropic.Anthropic(
        **{"http_client": anthropic.DefaultHttpxClient(trust_env=False), **_options(world.base_url, options)})


def async_anthropic_client(world, **options):
    """`anthropic.AsyncAnthropic`."""
    return anthropic.AsyncAnthropic(
        **{"http_client": anthropic.DefaultAsyncHttpxClient(trust_env=False), **_options(world.base_url, options)})


def openai_client(world, **options):
    """`openai.OpenAI`; its base URL contains the version."""
    return openai.OpenAI(
        **{"http_client": openai.DefaultHttpxClient(trust_env=False), **_options(world.base_url + "/v1", options)})


def async_openai_client(world, **options):
    """`openai.AsyncOpenAI`."""
    return openai.AsyncOpenAI(
        **{"http_client": openai.DefaultAsyncHttpxClient(trust_env=False), **_options(world.base_url + "/v1", options)})


def user(content):
    """One message of the user."""
    return [{"role": "user", "content": content}]


def text_of(message):
    """All text of a message of Anthropic's."""
    return "".join(block.text for block in message.content if block.type == "text")


def calls_of(message):
    """The tool calls of a message of Anthropic's, as pairs of name and input."""
    return [(block.name, block.input) for block in message.content if block.type == "tool_use"]


__all__ = [
    "MODEL", "TIMEOUT", "anthropic_client", "async_anthropic_client", "async_openai_client", "calls_of",
    "openai_client", "text_of", "user",
]
