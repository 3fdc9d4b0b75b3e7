"""A language model of random weights, small enough to be made by a test: 300 KB, in llama.cpp's file format.

What goes in: a seed. What comes out: a GGUF file that llama.cpp loads and that says nonsense; held to a JSON schema or to a
tool's parameters it says valid nonsense, character by character, as a real model would.

A random model would stop at once, or never, and would break characters apart. So the weights are random but for one thing:
channel 0 of the residual stream is a constant (the embeddings hold it, no block writes to it), and what the output layer makes
of that channel is a bias for each token, which makes some likelier than others.

Sources: the GGUF specification (ggml-org/ggml, docs/gguf.md); the names of llama's tensors and keys (ggml-org/llama.cpp,
gguf-py/gguf/constants.py); GPT-2's byte-level alphabet (openai/gpt-2, src/encoder.py).
"""

from __future__ import annotations

import random
import struct
from array import array
from pathlib import Path
from typing import Any

CONTEXT = 8192
EMBEDDING = 64
HEADS = 4
FEED_FORWARD = 96
CONSTANT = 4.0  # what channel 0 holds

UINT32, FLOAT32, BOOL, STRING, ARRAY = 4, 6, 7, 8, 9  # GGUF's value types
INT32 = 5
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4  # llama.cpp's token types
ALIGNMENT = 32

END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CALL, CALL_END = "<tool_call>", "</tool_call>"
PHRASES = ['{"', '":', '","', '"}', '"]', " the", "ing", "name", "true", "false", "null", "é", "日", "😀", "42"]

# In the manner of ChatML with tool calls in tags (Hermes), which llama.cpp knows by the tags.
CHAT_TEMPLATE = """\
{%- if tools %}<|im_start|>system
Tools: <tools>{% for tool in tools %}{{ tool | tojson }}{% endfor %}</tools>
Call one as <tool_call>{"name": <function-name>, "arguments": <args-json-object>}</tool_call><|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content or "" }}
{%- for call in message.tool_calls or [] %}
<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>
{%- endfor %}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def write_tiny_model(path: Path, seed: int = 7) -> None:
    """Write the model; the same seed gives the same bytes."""
    vocabulary = Vocabulary()
    metadata = [
        entry("general.architecture", STRING, "llama"),
        entry("general.name", STRING, "tiny-random"),
        entry("general.alignment", UINT32, ALIGNMENT),
        entry("llama.context_length", UINT32, CONTEXT),
        entry("llama.embedding_length", UINT32, EMBEDDING),
        entry("llama.block_count", UINT32, 1),
        entry("llama.feed_forward_length", UINT32, FEED_FORWARD),
        entry("llama.attention.head_count", UINT32, HEADS),
        entry("llama.attention.head_count_kv", UINT32, HEADS),
        entry("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
        entry("llama.rope.dimension_count", UINT32, EMBEDDING // HEADS),
        entry("llama.vocab_size", UINT32, len(vocabulary.tokens)),
        entry("tokenizer.ggml.model", STRING, "gpt2"),
        entry("tokenizer.ggml.pre", STRING, "gpt-2"),
        entry("tokenizer.ggml.tokens", STRING, vocabulary.tokens),
        entry("tokenizer.ggml.token_type", INT32, vocabulary.types),
        entry("tokenizer.ggml.merges", STRING, vocabulary.merges),
        entry("tokenizer.ggml.bos_token_id", UINT32, vocabulary.tokens.index(END_OF_TEXT)),
        entry("tokenizer.ggml.eos_token_id", UINT32, vocabulary.tokens.index(END)),
        entry("tokenizer.ggml.add_bos_token", BOOL, False),
        entry("tokenizer.chat_template", STRING, CHAT_TEMPLATE),
    ]
    write_gguf(path, metadata, weights(vocabulary, random.Random(seed)))


class Vocabulary:
    """All bytes in GPT-2's alphabet, a few phrases, and the marks of a chat."""

    def __init__(self) -> None:
        self.letters = byte_letters()
        self.tokens = list(self.letters)
        self.merges: list[str] = []
        for phrase in PHRASES:
            self._add(phrase)
        self.types = [NORMAL] * len(self.tokens) + [CONTROL] * 3 + [USER_DEFINED] * 2
        self.tokens += [END_OF_TEXT, START, END, CALL, CALL_END]

    def _add(self, phrase: str) -> None:
        whole, *rest = (self.letters[byte] for byte in phrase.encode())
        for letter in rest:
            if whole + letter not in self.tokens:
                self.tokens.append(whole + letter)
                self.merges.append(f"{whole} {letter}")
            whole += letter

    def bias(self, token: str, kind: int) -> float:
        """How likely a token is, whatever came before it."""
        if kind == CONTROL:
            return 5.0 if token == END else -40.0
        if kind == USER_DEFINED:
            return 3.5 if token == CALL else 0.0
        try:
            text = bytes(map(self.letters.index, token)).decode()
        except UnicodeDecodeError:
            return -40.0  # a part of a character
        if any(character < " " for character in text):
            return -40.0
        if text in {'"', '","', '"}', '"]', "]", "}"}:
            return 2.5  # strings and containers end
        return 0.0 if text.isalnum() or not text.isascii() else -2.0


def byte_letters() -> list[str]:
    """GPT-2's letter for each byte: itself where it can be seen, else the next unused one from U+0100 on."""
    visible = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return [chr(byte) if byte in visible else chr(next(hidden)) for byte in range(256)]


def weights(vocabulary: Vocabulary, source: random.Random) -> dict[str, tuple[tuple[int, ...], array[float]]]:
    """Each tensor's shape and values, the contiguous dimension first."""

    def matrix(inputs: int, outputs: int, deviation: float) -> tuple[tuple[int, ...], array[float]]:
        return (inputs, outputs), array("f", (source.gauss(0, deviation) for _ in range(inputs * outputs)))

    def ones() -> tuple[tuple[int, ...], array[float]]:
        return (EMBEDDING,), array("f", [1.0] * EMBEDDING)

    count = len(vocabulary.tokens)
    tensors = {
        "token_embd.weight": matrix(EMBEDDING, count, 0.5),
        "output_norm.weight": ones(),
        "output.weight": matrix(EMBEDDING, count, 0.18),
        "blk.0.attn_norm.weight": ones(),
        "blk.0.ffn_norm.weight": ones(),
        **{f"blk.0.attn_{name}.weight": matrix(EMBEDDING, EMBEDDING, 0.15) for name in ("q", "k", "v")},
        "blk.0.attn_output.weight": matrix(EMBEDDING, EMBEDDING, 0.1),
        "blk.0.ffn_gate.weight": matrix(EMBEDDING, FEED_FORWARD, 0.15),
        "blk.0.ffn_up.weight": matrix(EMBEDDING, FEED_FORWARD, 0.15),
        "blk.0.ffn_down.weight": matrix(FEED_FORWARD, EMBEDDING, 0.1),
    }
    for name, inputs in (("attn_output", EMBEDDING), ("ffn_down", FEED_FORWARD)):
        tensors[f"blk.0.{name}.weight"][1][:inputs] = array("f", [0.0] * inputs)  # nothing is written to channel 0
    embeddings, outputs = tensors["token_embd.weight"][1], tensors["output.weight"][1]
    # What the final norm makes of the constant, beside channels of a variance of about 0.35.
    normed = CONSTANT / ((CONSTANT**2 + (EMBEDDING - 1) * 0.35) / EMBEDDING) ** 0.5
    for row, (token, kind) in enumerate(zip(vocabulary.tokens, vocabulary.types, strict=True)):
        embeddings[row * EMBEDDING] = CONSTANT
        outputs[row * EMBEDDING] = vocabulary.bias(token, kind) / normed
    end, call_end = (vocabulary.tokens.index(token) * EMBEDDING for token in (END, CALL_END))
    for channel in range(1, EMBEDDING):  # the turn mostly ends after a call
        outputs[end + channel] += 0.3 * embeddings[call_end + channel]
    return tensors


def write_gguf(path: Path, metadata: list[bytes], tensors: dict[str, tuple[tuple[int, ...], array[float]]]) -> None:
    """The file: header, metadata, where each tensor lies, and the tensors, each on its alignment."""
    places, blobs, offset = [], [], 0
    for name, (shape, values) in tensors.items():
        place = struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)  # 0: 32-bit floats
        places.append(text(name) + place)
        blobs.append(padded(values.tobytes()))
        offset += len(blobs[-1])
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    path.write_bytes(padded(header + b"".join((*metadata, *places))) + b"".join(blobs))


def entry(key: str, kind: int, value: Any) -> bytes:
    """One pair of the metadata; a list is an array of the kind."""
    if isinstance(value, list):
        head = struct.pack("<IIQ", ARRAY, kind, len(value))
        return text(key) + head + b"".join(packed(kind, each) for each in value)
    return text(key) + struct.pack("<I", kind) + packed(kind, value)


def packed(kind: int, value: Any) -> bytes:
    return (
        text(value)
        if kind == STRING
        else struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}[kind], value)
    )


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)
