import re

from prometheus_client.parser import text_string_to_metric_families

from bot.life.metrics import Metrics, Queue


def test_nothing_is_global() -> None:
    first, second = Metrics(), Metrics()
    first.accepted.inc()
    assert "atelier_accepted_total 1.0" in first.text().decode()
    assert "atelier_accepted_total 0.0" in second.text().decode()


def test_no_label_can_name_a_person_or_a_channel() -> None:
    metrics = Metrics()
    metrics.registry.register(Queue())
    kinds = [*vars(metrics).values(), *vars(metrics.books).values()]
    labels = {name for kind in kinds for name in getattr(kind, "_labelnames", ())}
    assert labels == {"kind", "outcome", "source", "status", "reason", "stage", "decision"} | {
        "method",
        "result",
        "how",
        "scope",
    }


def test_what_waits_is_as_it_was_seen_last() -> None:
    metrics, queue = Metrics(), Queue()
    metrics.registry.register(queue)
    queue.depths = {("ask", "queued"): 3}
    queue.oldest_s = 1.5
    text = metrics.text().decode()
    assert 'atelier_queue_depth{kind="ask",state="queued"} 3.0' in text
    assert "atelier_queue_oldest_seconds 1.5" in text


def test_gauges_are_asked_when_somebody_looks() -> None:
    metrics, value = Metrics(), [1.0]
    metrics.gauge("lag", "How late.", lambda: value[0])
    metrics.gauges("open", "Whether.", "breaker", {"chat": lambda: value[0]})
    value[0] = 7.0
    text = metrics.text().decode()
    assert "atelier_lag 7.0" in text
    assert 'atelier_open{breaker="chat"} 7.0' in text


def test_it_can_be_read_back() -> None:
    metrics = Metrics()
    metrics.committed(0.003, 17)
    metrics.acks.observe(0.04)
    read = {each.name: each for each in text_string_to_metric_families(metrics.text().decode())}
    sums = {sample.name: sample.value for sample in read["atelier_writer_batch_size"].samples}
    assert sums["atelier_writer_batch_size_sum"] == 17
    assert all(re.fullmatch(r"atelier_[a-z_]+", name) for name in read)
