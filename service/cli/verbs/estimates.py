"""Questions about estimates."""

from typing import Annotated

import typer

from service.cli import tables
from service.cli.client import Target, client_of, pages
from service.cli.options import (
    DEFAULT_DATA,
    Cohort,
    Data,
    Indicator,
    Json,
    KnownAt,
    Originator,
    Period,
    PublishedBy,
    Url,
    ValidAt,
)
from service.cli.printing import print_answer, print_items


def estimates(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    q: Annotated[
        str | None, typer.Option("--find", help="Only indicators whose text contains these words.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the current estimate of every indicator."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    with client_of(Target(data, url)) as client:
        items = pages(client, "/v1/estimates", limit=1000, q=q, **times)
        print_items(items, tables.estimates, as_json)


def estimate(
    indicator: Indicator,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    cohort: Cohort = None,
    period: Period = None,
    originator: Originator = None,
    as_json: Json = False,
) -> None:
    """Show one estimate, now or as of any time."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    narrowing = {"cohort": cohort, "period": period, "originator": originator}
    path, query = f"/v1/estimates/{indicator}", times | narrowing
    print_answer(Target(data, url), path, query, tables.estimate, as_json)


def explain(
    indicator: Indicator,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    cohort: Cohort = None,
    period: Period = None,
    originator: Originator = None,
    as_json: Json = False,
) -> None:
    """Explain an estimate: every claim used or left out, and why."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    narrowing = {"cohort": cohort, "period": period, "originator": originator}
    path, query = f"/v1/estimates/{indicator}/explanation", times | narrowing
    print_answer(Target(data, url), path, query, tables.explanation, as_json)


def vintages(
    indicator: Indicator,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    cohort: Cohort = None,
    period: Period = None,
    originator: Originator = None,
    axis: Annotated[str | None, typer.Option(help="record (default) or publication.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Include reports that repeated the same figure.")
    ] = False,
    chart: Annotated[
        bool, typer.Option("--chart", help="Draw a chart, one line per revision.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the revisions of an estimate."""
    query = {
        "known_at": known_at,
        "published_by": published_by,
        "cohort": cohort,
        "period": period,
        "originator": originator,
        "axis": axis,
        "all": "true" if every else None,
    }
    with client_of(Target(data, url)) as client:
        items = pages(client, f"/v1/estimates/{indicator}/vintages", limit=1000, **query)
        print_items(items, tables.vintage_chart if chart else tables.vintages, as_json)


def series(
    indicator: Indicator,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    cohort: Cohort = None,
    originator: Originator = None,
    release: Annotated[
        str | None, typer.Option("--release", help="first, latest (default) or n: the n-th published.")
    ] = None,
    turned: Annotated[
        str | None,
        typer.Option("--as", help="increment: steps of a total; cumulative: a running total."),
    ] = None,
    period_from: Annotated[
        str | None, typer.Option("--from", help="Only periods that begin in this one or later.")
    ] = None,
    period_to: Annotated[
        str | None, typer.Option("--to", help="Only periods that end in this one or earlier.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the estimate of each period."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    narrowing = {"cohort": cohort, "originator": originator, "release": release, "as": turned}
    within = {"period_from": period_from, "period_to": period_to}
    with client_of(Target(data, url)) as client:
        path, query = f"/v1/estimates/{indicator}/series", times | narrowing | within
        items = pages(client, path, limit=1000, **query)
        print_items(items, tables.series, as_json)


def slippage(
    plan: Annotated[str, typer.Argument(help="Id of an indicator that plans for another one.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    valid_at: ValidAt = None,
    cohort: Cohort = None,
    as_json: Json = False,
) -> None:
    """Compare each statement of a plan with what is fulfilled of it."""
    times = {"known_at": known_at, "published_by": published_by, "valid_at": valid_at}
    with client_of(Target(data, url)) as client:
        path = f"/v1/estimates/{plan}/slippage"
        items = pages(client, path, limit=1000, cohort=cohort, **times)
        print_items(items, tables.slippage, as_json)
