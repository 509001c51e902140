"""A bot says that it is there, and a SQLite file has one."""

from tests.e2e.product import Product, atelier


async def test_the_bot_that_runs_is_in_the_table(product: Product) -> None:
    async def there() -> bool:
        return len(product.rows("SELECT id FROM instance")) == 1

    await product.until(there)
    ((host, age_ms),) = product.rows("SELECT host, beat_ms - started_ms FROM instance")
    assert host
    assert age_ms >= 0


def test_a_second_one_on_the_same_folder_is_refused(product: Product) -> None:
    for command in (("bot",), ("up", "--json", "--port", "0")):
        tokens = {"SLACK_BOT_TOKEN": "xoxb-local", "SLACK_APP_TOKEN": "xapp-local"}
        ended = atelier(*command, "--data", str(product.data), **tokens)
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert "is at work on" in ended.stderr
        assert ended.stderr.count("\n") == 1


def test_a_backup_while_it_runs_is_verified(product: Product) -> None:
    to = product.data / "saved.db"
    ended = atelier("db", "backup", str(to), "--data", str(product.data))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("verified.\n")
    to.unlink()
