"""Trains a LoRA adapter of a language model on answers, with peft.

LoRA: https://arxiv.org/abs/2106.09685; beside every matrix of the layers ("all-linear"), since that
is what https://arxiv.org/abs/2305.14314 found to matter. Nothing is dropped by chance, so that a
step is the same whenever it is done.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer

from generators.adapters import WEIGHTS
from generators.dataset import Row, Turn
from generators.training import talks
from generators.training.course import Figures, State, chance
from generators.training.early import Weights
from generators.training.plan import PlanError
from generators.training.plans import TextPlan
from generators.training.talks import Batch, Talk

OURS: Final = "default"
"""peft's name for the adapter that is trained: it leaves it out of the saved names."""
BEFORE: Final = "before"
_CLIP: Final = 1.0


class TextLora:
    """An adapter, its base, and conversations."""

    def __init__(
        self, base: Path, learned: Sequence[Row], held_out: Sequence[Row], plan: TextPlan
    ) -> None:
        """Load the base from a folder. Raises PlanError where it cannot be adapted."""
        self._plan = plan
        stock: Any = AutoTokenizer  # typed as a union with None
        self.tokenizer: Any = stock.from_pretrained(base, **_safe())
        if not self.tokenizer.chat_template:
            raise PlanError(f"{base} has no chat template, so no conversation can be written.")
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = self._adapted(base)
        named = self.model.named_parameters()
        self._learnable = [value for _, value in named if value.requires_grad]
        self._optimiser = torch.optim.AdamW(self._learnable, plan.rate, weight_decay=0.0)
        self._learned = self._fitting(learned)
        self._held_out = self._fitting(held_out)

    def step(self, at: int, rate: float) -> Figures:
        """Learn from some answers."""
        draw = chance(self._plan.seed, at)
        chosen = torch.randint(len(self._learned), (self._plan.batch,), generator=draw).tolist()
        self.model.train()
        loss = self._loss([self._learned[row] for row in chosen])
        for group in self._optimiser.param_groups:
            group["lr"] = self._plan.rate * rate
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._learnable, _CLIP)
        self._optimiser.step()
        return {"loss": loss.item()}

    @torch.no_grad()
    def held_out(self) -> float:
        """Return the mean loss of a token of the answers that are held out."""
        self.model.eval()
        total, count = 0.0, 0
        for begin in range(0, len(self._held_out), self._plan.batch):
            some = self._held_out[begin : begin + self._plan.batch]
            tokens = sum(len(one.answer) for one in some)
            total += self._loss(some).item() * tokens
            count += tokens
        return total / count

    @torch.no_grad()
    def answer(self, turns: Sequence[Turn], tokens: int) -> str:
        """Return the likeliest answer."""
        self.model.eval()
        ids = torch.tensor([talks.asked_ids(turns, self.tokenizer)], device=self._device)
        made = self.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            generation_config=self._greedy(tokens),
        )
        return str(self.tokenizer.decode(made[0, ids.shape[1] :], skip_special_tokens=True))

    @contextmanager
    def before(self, adapter: Path | None) -> Iterator[None]:
        """Be what is in use now: an adapter in a folder, or the base alone."""
        if adapter is None:
            with self.model.disable_adapter():
                yield
            return
        try:
            self.model.load_adapter(str(adapter), BEFORE)
        except (RuntimeError, ValueError) as error:
            raise PlanError(
                f"{adapter} is in use and does not fit {self._plan.base}: take a new name."
            ) from error
        self.model.set_adapter(BEFORE)
        try:
            yield
        finally:
            self.model.set_adapter(OURS)
            self.model.delete_adapter(BEFORE)

    def write(self, folder: Path) -> Path:
        """Write the adapter as peft does; return its weights."""
        self.model.peft_config[OURS].base_model_name_or_path = self._plan.base
        self.model.save_pretrained(folder, selected_adapters=[OURS])
        return folder / WEIGHTS["text"]

    def weights(self) -> Weights:
        """Return the adapter's matrices."""
        return {name: value.cpu() for name, value in self._matrices().items()}

    def take(self, weights: Weights) -> None:
        """Have such matrices."""
        set_peft_model_state_dict(self.model, weights)

    def state(self) -> State:
        """Return the matrices and the optimiser's memory."""
        return {"weights": self.weights(), "optimiser": self._optimiser.state_dict()}

    def restore(self, state: State) -> None:
        """Take them back."""
        self.take(state["weights"])
        self._optimiser.load_state_dict(state["optimiser"])

    def _matrices(self) -> dict[str, Tensor]:
        return get_peft_model_state_dict(self.model, adapter_name=OURS)

    def _adapted(self, base: Path) -> Any:  # noqa: ANN401 - a wide union
        dtype = torch.bfloat16 if self._device.type == "cuda" else torch.float32
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            base, dtype=dtype, use_safetensors=True, **_safe()
        )
        rank = self._plan.rank
        shape = LoraConfig(
            r=rank, lora_alpha=rank, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        torch.manual_seed(self._plan.seed)
        # peft 0.21 asks transformers 5.23 by a name that was given up.
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            return get_peft_model(loaded.to(self._device), shape)

    def _fitting(self, rows: Sequence[Row]) -> list[Talk]:
        found = talks.talks(rows, self.tokenizer, self._plan.context_tokens)
        if not found:
            limit = self._plan.context_tokens
            raise PlanError(f"None of {len(rows)} conversations has {limit} tokens or fewer.")
        return found

    def _loss(self, chosen: Sequence[Talk]) -> Tensor:
        given: Batch = talks.batch(chosen, self.tokenizer.pad_token_id or 0)
        tensors = {"input_ids": given.ids, "attention_mask": given.mask, "labels": given.labels}
        loss: Tensor = self.model(**{k: v.to(self._device) for k, v in tensors.items()}).loss
        return loss

    def _greedy(self, tokens: int) -> Any:  # noqa: ANN401 - peft hands the base's on
        config = type(self.model.generation_config)()
        config.update(
            do_sample=False,
            max_new_tokens=tokens,
            eos_token_id=self.tokenizer.eos_token_id,
            pad_token_id=self.tokenizer.pad_token_id or self.tokenizer.eos_token_id,
        )
        return config


def _safe() -> dict[str, bool]:
    return {"local_files_only": True, "trust_remote_code": False}
