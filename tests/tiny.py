"""Tiny models with random weights, built in seconds into a folder that the real classes load.

They know nothing and say nonsense: only the plumbing from the request to the answer is real.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from peft import LoraConfig, get_peft_model_state_dict
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizer,
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    CLIPProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5EncoderModel,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessorPil,
)

SENTENCES = (
    "The quick brown fox writes an announcement for the whole team.",
    "Please tell everybody that the build is green again.",
    "A red circle on a white background, drawn by hand.",
    "请帮我写一份关于新功能的公告。",
    "今天下午三点在会议室开会，请大家准时参加。",
    "你好，世界！欢迎使用这个机器人。",
)
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n"
    "{% endif %}{% endif %}"
)
CONTEXT_TOKENS = 256
PICTURE_SIDE_PX = 16


def language_model(folder: Path, context_tokens: int = CONTEXT_TOKENS) -> Path:
    """Write a Qwen3 with a byte-level BPE tokenizer and a chat template; return its folder."""
    tokenizer = chat_tokenizer()
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=context_tokens,
        initializer_range=0.2,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def chat_tokenizer() -> PreTrainedTokenizerFast:
    """Train a byte-level BPE of a few hundred tokens on a few sentences."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>"],
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def picture_model(folder: Path, width: int = 16) -> Path:
    """Write a stock Stable Diffusion pipeline for pictures of 16 x 16 pixels; return its folder.

    `width` is that of its text encoder: adapters for one width do not fit another.
    """
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = clip_tokenizer(folder)
    parts: dict[str, Any] = {
        "vae": _autoencoder(),
        "text_encoder": _text_encoder(tokenizer, width),
        "tokenizer": tokenizer,
        "unet": _unet(width),
        "scheduler": DPMSolverMultistepScheduler(steps_offset=1),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }
    pipeline: Any = StableDiffusionPipeline(**parts)  # its classes are typed as unions with dummies
    pipeline.save_pretrained(folder)
    return folder


def flowing_model(folder: Path, painter: Path) -> Path:
    """Write a Stable Diffusion 3, a transformer that flows, with the tokenizer of `painter`."""
    torch.manual_seed(0)
    stock: Any = CLIPTokenizer  # typed as a union with None
    tokenizer = stock.from_pretrained(painter / "tokenizer", model_max_length=77)
    reader: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    reader |= {"num_attention_heads": 2, "projection_dim": 16, "vocab_size": len(tokenizer)}
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    encoders = [CLIPTextModelWithProjection(CLIPTextConfig(**reader, **ends)) for _ in range(2)]
    long = T5Config(vocab_size=400, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    denoiser: dict[str, Any] = {"sample_size": 8, "in_channels": 4, "out_channels": 4}
    denoiser |= {"attention_head_dim": 8, "num_attention_heads": 2, "joint_attention_dim": 32}
    denoiser |= {"caption_projection_dim": 16, "pooled_projection_dim": 32, "num_layers": 1}
    vae = _autoencoder()
    vae.register_to_config(shift_factor=0.1)
    parts: dict[str, Any] = {
        "transformer": SD3Transformer2DModel(**denoiser, pos_embed_max_size=8),
        "scheduler": FlowMatchEulerDiscreteScheduler(),
        "vae": vae,
        "text_encoder": encoders[0],
        "text_encoder_2": encoders[1],
        "text_encoder_3": T5EncoderModel(long),
        "tokenizer": tokenizer,
        "tokenizer_2": tokenizer,
        "tokenizer_3": chat_tokenizer(),
    }
    pipeline: Any = StableDiffusion3Pipeline(**parts)
    pipeline.save_pretrained(folder)
    return folder


def picture_classifier(folder: Path, labels: tuple[str, ...] = ("normal", "nsfw")) -> Path:
    """Write a ViT that has learned that what is red has the last label, and other colours not."""
    torch.manual_seed(0)
    config = ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=PICTURE_SIDE_PX,
        patch_size=8,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        hidden_dropout_prob=0.0,
    )
    model = ViTForImageClassification(config)
    colours = torch.rand(64, 3)
    colours[:32] = torch.tensor([0.98, 0.02, 0.02]) + 0.1 * (colours[:32] - 0.5)
    pixels = (colours * 2 - 1)[:, :, None, None].expand(-1, -1, *(PICTURE_SIDE_PX,) * 2)
    known = torch.zeros(64, dtype=torch.long)
    known[:32] = len(labels) - 1
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(150):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(pixel_values=pixels).logits, known).backward()
        optimiser.step()
    model.save_pretrained(folder)
    side = {"height": PICTURE_SIDE_PX, "width": PICTURE_SIDE_PX}
    ViTImageProcessorPil(size=side).save_pretrained(folder)
    return folder


def clip_model(folder: Path) -> Path:
    """Write a CLIP that knows nothing; return its folder."""
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = clip_tokenizer(folder)
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    small |= {"num_attention_heads": 2, "projection_dim": 8}
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    words = {"vocab_size": len(tokenizer), "max_position_embeddings": 32, **ends}
    sight = {"image_size": PICTURE_SIDE_PX, "patch_size": 8}
    config = CLIPConfig(
        text_config={**small, **words}, vision_config={**small, **sight}, projection_dim=8
    )
    CLIPModel(config).save_pretrained(folder)
    side = {"height": PICTURE_SIDE_PX, "width": PICTURE_SIDE_PX}
    pictures = CLIPImageProcessorPil(size=side, crop_size=side)
    CLIPProcessor(pictures, tokenizer).save_pretrained(folder)
    return folder


def clip_tokenizer(folder: Path) -> CLIPTokenizer:
    """Train a CLIP tokenizer of a few hundred tokens; `folder` receives its two source files."""
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["<|startoftext|>", "<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    vocab, merges = (Path(path) for path in tokenizer.model.save(str(folder)))
    clip = CLIPTokenizer(vocab=str(vocab), merges=str(merges), model_max_length=32)
    vocab.unlink()
    merges.unlink()
    return clip


def _autoencoder() -> Any:
    return AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=PICTURE_SIDE_PX,
    )


def _unet(width: int) -> Any:
    return UNet2DConditionModel(
        sample_size=PICTURE_SIDE_PX // 2,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=width,
        attention_head_dim=8,
        norm_num_groups=4,
    )


def _text_encoder(tokenizer: CLIPTokenizer, width: int) -> CLIPTextModel:
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=32,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)


def embedding_model(folder: Path) -> Path:
    """Write a BERT sentence encoder of 16 dimensions in all-MiniLM-L6-v2's layout."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: number for number, token in enumerate(_words())}
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
    )
    BertModel(config).save_pretrained(folder)
    BertTokenizer(vocab=vocabulary, do_lower_case=True).save_pretrained(folder)
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": 256})
    pooling = {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True}
    _write_json(folder / "1_Pooling" / "config.json", pooling)
    _write_json(folder / "modules.json", [])
    return folder


def _words() -> Iterator[str]:
    yield from ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    text = " ".join(SENTENCES).lower()
    characters = sorted(set(text) - {" "})
    yield from characters
    yield from (f"##{character}" for character in characters)
    yield from sorted({word for word in text.split() if len(word) > 1})


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def adapter(folder: Path, painter: Path, seed: int = 0) -> Path:
    """Write a LoRA of random weights for the picture model in `painter`; return its file."""
    unet: Any = UNet2DConditionModel.from_pretrained(painter / "unet")
    unet.add_adapter(LoraConfig(r=2, lora_alpha=8, target_modules=["to_q", "to_k", "to_v"]))
    torch.manual_seed(seed)
    weights = {
        name: torch.randn_like(value) for name, value in get_peft_model_state_dict(unet).items()
    }
    pipeline: Any = StableDiffusionPipeline  # typed as a union with a dummy
    pipeline.save_lora_weights(folder, unet_lora_layers=weights)
    return folder / "pytorch_lora_weights.safetensors"
