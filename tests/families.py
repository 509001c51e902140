"""Tiny picture models of other families, with random weights, and adapters for them.

Like `tests.tiny`: stock folders that the real classes load, built at test time from configs.
"""

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    EulerAncestralDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from peft import LoraConfig, get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    T5Config,
    T5EncoderModel,
)

from tests import tiny

PACKED = 16
"""Flux packs 2 x 2 latents of 4 channels into one token of so many."""
RANK, ALPHA = 2, 8


def xl_model(folder: Path) -> Path:
    """Write a Stable Diffusion XL for pictures of 16 x 16 pixels; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny.clip_tokenizer(folder)
    torch.manual_seed(1)
    parts: dict[str, Any] = {
        "vae": _autoencoder(),
        "text_encoder": CLIPTextModelWithProjection(_reader(tokenizer)),
        "text_encoder_2": CLIPTextModelWithProjection(_reader(tokenizer)),
        "tokenizer": tokenizer,
        "tokenizer_2": tokenizer,
        "unet": UNet2DConditionModel(
            sample_size=8,
            in_channels=4,
            out_channels=4,
            layers_per_block=1,
            block_out_channels=(8, 16),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=32,
            attention_head_dim=8,
            norm_num_groups=4,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=16 + 6 * 8,
        ),
        "scheduler": EulerAncestralDiscreteScheduler(),
    }
    pipeline: Any = StableDiffusionXLPipeline(**parts, add_watermarker=False)
    pipeline.save_pretrained(folder)
    return folder


def flux_model(folder: Path) -> Path:
    """Write a Flux; return its folder. By itself it makes 1,024 pixels a side: name a size."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny.clip_tokenizer(folder)
    torch.manual_seed(2)
    vae = _autoencoder()
    vae.register_to_config(shift_factor=0.1)
    long = T5Config(vocab_size=400, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    parts: dict[str, Any] = {
        "transformer": FluxTransformer2DModel(
            in_channels=PACKED,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=16,
            guidance_embeds=True,
            axes_dims_rope=(4, 4, 8),
        ),
        "scheduler": FlowMatchEulerDiscreteScheduler(),
        "vae": vae,
        "text_encoder": CLIPTextModel(_reader(tokenizer)),
        "text_encoder_2": T5EncoderModel(long),
        "tokenizer": tokenizer,
        "tokenizer_2": tiny.chat_tokenizer(),
    }
    pipeline: Any = FluxPipeline(**parts)
    pipeline.save_pretrained(folder)
    return folder


def xl_adapter(folder: Path, painter: Path) -> Path:
    """Write a LoRA for the denoiser of `painter`; return its file."""
    unet: Any = UNet2DConditionModel.from_pretrained(painter / "unet")
    pipeline: Any = StableDiffusionXLPipeline
    pipeline.save_lora_weights(folder, unet_lora_layers=_weights(unet))
    return folder / "pytorch_lora_weights.safetensors"


def kohya_adapter(file: Path, painter: Path) -> Path:
    """Write a LoRA in the names of kohya-ss/sd-scripts, as most that are shared have; return it."""
    unet: Any = UNet2DConditionModel.from_pretrained(painter / "unet")
    named: dict[str, torch.Tensor] = {}
    for name, value in _weights(unet).items():
        module, _, side = name.removesuffix(".weight").rpartition(".lora_")
        place = f"lora_unet_{module.replace('.', '_')}"
        named[f"{place}.lora_{'down' if side == 'A' else 'up'}.weight"] = value
        named[f"{place}.alpha"] = torch.tensor(float(ALPHA))
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(named, file)
    return file


def flux_adapter(folder: Path, painter: Path) -> Path:
    """Write a LoRA for the transformer of `painter`; return its file."""
    transformer: Any = FluxTransformer2DModel.from_pretrained(painter / "transformer")
    pipeline: Any = FluxPipeline
    pipeline.save_lora_weights(folder, transformer_lora_layers=_weights(transformer))
    return folder / "pytorch_lora_weights.safetensors"


def _weights(model: Any) -> dict[str, torch.Tensor]:
    """Return random weights of an adapter for every projection of a model's attention."""
    targets = ["to_q", "to_k", "to_v"]
    model.add_adapter(LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets))
    torch.manual_seed(3)
    return {
        name: torch.randn_like(value) for name, value in get_peft_model_state_dict(model).items()
    }


def _reader(tokenizer: Any) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=32,
        projection_dim=16,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
    )


def _autoencoder() -> Any:
    return AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=tiny.PICTURE_SIDE_PX,
    )
