"""`python -m bench.llamacpp FOLDER`: llama.cpp as a server, with a Qwen 3 of ours in Q8_0.

Writes the model as GGUF beside the folder, matrices in blocks of 32 weights of 8 bits and vectors
in 32, and prints the line that our engine prints. Nothing is fetched. Needs the extra peers.
"""

import argparse
import importlib
import json
import signal
import socket
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

SLOTS = 16
THREADS = 1
MOSTLY_Q8_0 = 7
"""GGUF's number of this kind of file."""
_NORMAL, _CONTROL = 1, 3
"""GGUF's numbers of kinds of tokens."""
_SPECIAL = 3
"""Of the tokenizer that `bench.models` makes: its first tokens are control tokens."""


def written(folder: Path) -> Path:
    """Write the model of a folder of transformers as GGUF; return the file."""
    gguf: Any = importlib.import_module("gguf")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    file = folder.with_suffix(".gguf")
    writer = gguf.GGUFWriter(file, "qwen3")
    _describe(writer, config)
    _add_words(writer, folder, config)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, config["num_hidden_layers"])
    for name, tensor in load_file(folder / "model.safetensors").items():
        _add(writer, str(names.get_name(name, (".weight", ".bias"))), tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _describe(writer: Any, config: dict[str, Any]) -> None:  # noqa: ANN401 - of gguf
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_file_type(MOSTLY_Q8_0)


def _add_words(writer: Any, folder: Path, config: dict[str, Any]) -> None:  # noqa: ANN401 - of gguf
    told = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    words = sorted(told["vocab"], key=told["vocab"].__getitem__)
    kinds = [_CONTROL] * _SPECIAL + [_NORMAL] * (len(words) - _SPECIAL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in told["merges"]])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template((folder / "chat_template.jinja").read_text(encoding="utf-8"))


def _add(writer: Any, name: str, tensor: np.ndarray) -> None:  # noqa: ANN401 - of gguf
    if tensor.ndim == 1:
        writer.add_tensor(name, tensor.astype(np.float32))
        return
    gguf: Any = importlib.import_module("gguf")
    block = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor(name, gguf.quants.quantize(tensor, block), raw_dtype=block)


def served(file: Path, context_tokens: int) -> Any:  # noqa: ANN401 - of xllamacpp
    """Serve a file on a free port, so many tokens for each of the slots; keep the result."""
    xllamacpp: Any = importlib.import_module("xllamacpp")
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    given = xllamacpp.CommonParams()
    given.model.path = str(file)
    given.hostnames, given.port = ["127.0.0.1"], port
    given.n_parallel, given.n_ctx = SLOTS, SLOTS * context_tokens
    given.cpuparams.n_threads = given.cpuparams_batch.n_threads = THREADS
    given.cpuparams.poll = given.cpuparams_batch.poll = 0
    given.n_gpu_layers = 0
    given.cache_prompt = False
    given.verbosity = -1
    return xllamacpp.Server(given)


def main() -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="bench.llamacpp", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--context-tokens", type=int, default=2048)
    options = parser.parse_args()
    server = served(written(options.folder), options.context_tokens)
    url = str(server.listening_address)
    print(json.dumps({"url": url, "models": {"text": options.folder.name}}), flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
