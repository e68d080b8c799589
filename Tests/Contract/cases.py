"""What schemathesis cannot make from a schema: tables, and jobs with time enough."""

import csv
import io
import json
import random

import schemathesis

TEXTS = ["text/csv", "text/tab-separated-values", "text/plain", "text/markdown"]
RECORDS = ["application/x-ndjson", "application/jsonl"]
OPTIONAL = ["sigma", "weight", "trials", "held_out", "curve", "note"]


def table(generator: random.Random) -> str:
    """Points as a table, with and without a header and the optional columns."""
    columns = ["x", "y", *generator.sample(OPTIONAL, generator.randrange(3))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=generator.choice(["\n", "\r\n"]))
    if len(columns) > 2 or generator.random() < 0.5:
        writer.writerow(columns)
    for _ in range(generator.randrange(2, 20)):
        writer.writerow(cell(name, generator) for name in columns)
    return text.getvalue()


def records(generator: random.Random) -> str:
    """Points as a record of JSON on each line."""
    return "".join(
        json.dumps({name: cell(name, generator) for name in ["step", "loss"]}) + "\n"
        for _ in range(generator.randrange(2, 20)))


def cell(column: str, generator: random.Random):
    match column:
        case "held_out":
            return generator.randrange(2)
        case "curve" | "note":
            return "".join(generator.choices('ab ,"é\n', k=generator.randrange(4)))
        case _:
            return generator.choice([generator.random(), 10 ** generator.uniform(-300, 300)])


@schemathesis.hook
def map_case(context, case):
    """Puts a table in the place of a text that the schema allows, and lengthens time limits: one
    shorter than the work is answered 504, as it should be."""
    if case.meta.generation.mode.is_positive:
        if case.media_type in TEXTS:
            case.body = table(random.Random(repr(case.body)))
        elif case.media_type in RECORDS:
            case.body = records(random.Random(repr(case.body)))
        elif isinstance(case.body, dict) and "timeout_s" in case.body:
            case.body["timeout_s"] = max(case.body["timeout_s"], 30)
    return case


@schemathesis.deserializer("text/csv")
def read_table(_, response):
    """The text itself: it is what the schema speaks of."""
    return response.content.decode()
