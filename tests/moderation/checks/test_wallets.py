import pytest

from moderation.checks.wallets import wallets

# The examples of BIP 173, BIP 350 and EIP 55, and the first block's address.
ISSUED = (
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    "0x52908400098527886E0F7030069857D2E4169EE7",
)


@pytest.mark.parametrize("address", ISSUED)
def test_an_address_is_found_and_a_mistyped_one_is_not(address: str) -> None:
    text = f"付款到{address}，谢谢"
    assert [text[start:end] for start, end in wallets(text)] == [address]
    if not address.startswith("0x"):
        swapped = address[:-2] + address[-1] + address[-2]
        assert not list(wallets(swapped))


@pytest.mark.parametrize(
    "text",
    ["0x7fffffffffffffff", "1" * 34, "3" + "z" * 33, "bc1" + "q" * 39, "commit " + "0a" * 20],
)
def test_other_long_words_are_none(text: str) -> None:
    assert not list(wallets(text))
