"""Measures reads of current estimates over HTTP; the limit is a bare route with the same JSON."""

import json

from tests.bench.generator import INDICATORS, indicator
from tests.bench.load import Measured, loaded, row
from tests.bench.result import Row
from tests.bench.scene import Found, Scene
from tests.bench.server import Server, get, program, serving
from tests.bench.stores import store

ROUNDS = 5
WARM_UP = 1_000
WORK = (("one client", 1, 2_000), ("64 clients", 64, 5_000))
MUST = 0.9


def measure(scene: Scene) -> Found:
    """Reads of current estimates from one client and from many."""
    folder, size = scene.folder("reads"), scene.sizes[0]
    asked, same = folder / "asked", folder / "same"
    names = [indicator(number) for number in range(INDICATORS)]
    most = max(count for _, _, count in WORK)
    for path, address in ((asked, "/v1/estimates"), (same, "/answers")):
        path.write_text("".join(f"{address}/{names[n % len(names)]}\n" for n in range(most)))
    with serving(store(size)) as ours:
        answers = {name: json.loads(get(ours.port, f"/v1/estimates/{name}")[1]) for name in names}
        (folder / "answers.json").write_text(json.dumps(answers))
        ready = f"/answers/{names[0]}"
        with program("-m", "tests.bench.bare", "--data", str(folder), ready=ready) as limit:
            sides = ((ours, asked), (limit, same))
            for server, path in sides:
                loaded(server.port, path, 16, 0, WARM_UP)
            rows = list[Row]()
            for words, clients, count in WORK:
                found: dict[Server, list[Measured]] = {ours: [], limit: []}
                for _ in range(ROUNDS):
                    for server, path in sides:
                        found[server].append(loaded(server.port, path, clients, 0, count))
                words = f"current estimate over HTTP, {words}"
                details = f"{ROUNDS} rounds of {count:,}, {size:,} claims on {INDICATORS} indicators"
                rows.append(row(words, found[ours], found[limit], "reads/s", MUST, details))
    return Found(rows)
