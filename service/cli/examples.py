"""The examples in the help of each verb: they work on the example story (`intellog demo`)."""

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "serve": (
        "serve --data my-log",
        "serve --host 0.0.0.0 --tls-cert chain.pem --tls-key key.pem",
        "serve --data my-node --port 8001 --follow http://127.0.0.1:8000",
        "serve --data my-log --port 8001 --standby",
    ),
    "demo": ("demo", "demo --data /tmp/story --port 8001"),
    "mcp": ("mcp --data my-log", "mcp --url http://127.0.0.1:8000"),
    "sql": (
        'sql "SELECT indicator, best, low, high FROM public_estimates"',
        "sql --data my-log",
    ),
    "key list": ("key list", "key list --json"),
    "key create": ("key create --name intel.example/log",),
    "key rotate": ("key rotate",),
    "key retire": ("key retire 3a5bf9c1",),
    "key witness": ("key witness",),
    "key recover": ("key recover --accept-loss",),
    "proof": ("proof 118", "proof 118 --json"),
    "checkpoints": ("checkpoints", "checkpoints --json"),
    "define": ("define drones-lost --title 'Drones lost' --measure increment",),
    "source": ("source un-panel --name 'UN Panel of Experts' --kind official",),
    "post": ("post report.json", "post - --url http://127.0.0.1:8000 < report.json"),
    "attach": ("attach nis-2025-09-02 page.html",),
    "propose": (
        "propose article.txt --publisher yonhap --published-at 2025-09-02",
        "propose article.txt --publisher yonhap --ticked --file",
    ),
    "correct": (
        "correct nis-2025-09-02 --kind record --reason 'title mistyped' \\\n"
        "      --provenance-title 'About 2,000 killed'",
    ),
    "withdraw": ("withdraw nis-2025-09-02 --kind publisher --published-at 2025-09-05",),
    "redact": (
        "redact nis-2025-09-02 --reason 'names a person' \\\n"
        "      --authority 'court order 12/2026' --dry-run",
    ),
    "hold": ("hold nis-2025-09-02 --reason 'the translation is being checked'",),
    "release": ("release nis-2025-09-02 --reason 'the translation is right'",),
    "mark": ("mark nis-2025-09-02 --marking TLP:GREEN --dry-run",),
    "grade": (
        "grade nis --reliability B --reason 'borne out later in most cases'",
        "grade nis-2025-09-02/1 --credibility 2",
    ),
    "link": ("link nis-2025-04-30/1 --derived-from nis-2025-01-13/1 --dry-run",),
    "unlink": (
        "unlink euromaidan-press-2024-11-21/1 \\\n      --derived-from nis-2024-11-20/1 --dry-run",
    ),
    "dispute": ("dispute nis-2025-09-02/1 --by tass --published-at 2025-09-03",),
    "assess": (
        "assess dprk-killed --low 1800 --best 2000 --confidence moderate \\\n"
        "      --claims nis-2025-09-02/1 --rationale 'borne out by burials'",
    ),
    "import": ("import commands.ndjson", "import losses.csv --map losses.toml --preview 5"),
    "export": ("export -o copy.ndjson", "export --events | gzip > events.ndjson.gz"),
    "check": ("check --data my-log",),
    "migrate": ("migrate --log postgresql://owner@db/intellog \\\n      --role intellog_service",),
    "mirror": (
        "mirror https://intel.example --data my-mirror",
        "mirror https://intel.example --data my-mirror --once",
    ),
    "promote": ("promote --data my-mirror", "promote --data my-mirror --yes"),
    "check-store": (
        "check-store --data /srv/intellog",
        "check-store postgresql://log@db.example/log --events 1000000",
    ),
    "replay": ("replay dprk-killed --after 230",),
    "estimates": ("estimates --flag contradiction", "estimates --published-by 2025-02-01 --json"),
    "estimate": (
        "estimate dprk-killed",
        "estimate dprk-killed --published-by 2025-02-01 --policy envelope/1",
    ),
    "explain": ("explain dprk-killed", "explain dprk-killed --published-by 2025-02-01"),
    "vintages": (
        "vintages dprk-killed --originator nis --axis publication",
        "vintages dprk-killed --chart",
    ),
    "series": ("series dprk-killed --release first", "series dprk-killed --as increment --from 2025"),
    "revisions": ("revisions dprk-killed",),
    "cite": (
        "cite dprk-killed --where https://example.org/story",
        "cite dprk-killed --where 'Briefing 12' --when-it-moves-by-percent 5",
    ),
    "uncite": ("uncite story --reason 'The article is gone.'",),
    "citations": ("citations --state moved",),
    "citation": ("citation story",),
    "changed": ("changed --since 2025-01-01", "changed --flag contradiction --order desc"),
    "briefing": (
        "briefing --since 2025-06-01 --axis publication",
        "briefing --since 230",
    ),
    "changes": ("changes dprk-killed --since 100", "changes dprk-killed --since 2025-01-01"),
    "slippage": ("slippage dprk-tranche3-planned",),
    "compare": ("compare --candidate latest-publication/1",),
    "conflicts": ("conflicts --indicator dprk-killed", "conflicts --code contradiction"),
    "open": ("open",),
    "reports": ("reports --find killed --limit 5",),
    "report": ("report nis-2025-09-02",),
    "history": ("history nis-2025-09-02",),
    "claim": ("claim nis-2025-09-02/1",),
    "impact": ("impact nis-2025-09-02/1",),
    "sources": ("sources --limit 5",),
    "indicators": ("indicators --limit 5",),
    "events": ("events --indicator dprk-killed --type ReportFiled", "events --json --after 200"),
    "rebuild": (
        "rebuild",
        "rebuild --url http://127.0.0.1:8000",
        "rebuild --roll-back --url http://127.0.0.1:8000",
    ),
    "backup": ("backup /backups/my-log --data my-log",),
    "restore": ("restore /backups/my-log --data my-log",),
    "move": (
        "move /srv/intellog --data my-log",
        "move postgresql://intellog@db.example/intellog --data my-log",
    ),
    "evidence get": (
        "evidence get -o page.html \\\n"
        "      2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    ),
    "evidence check": ("evidence check --data my-log",),
    "evidence sweep": ("evidence sweep --days 90",),
    "token create": (
        "token create --subject ana --role analyst --clearance TLP:AMBER",
        "token create --subject wire-bot --role reporter \\\n"
        "      --clearance TLP:CLEAR --expires 2099-01-01",
    ),
    "token list": ("token list --data my-log",),
    "token revoke": ("token revoke 0123456789ab --data my-log",),
    "bundle": (
        "bundle nis-2025-09-02",
        "bundle nis-2025-09-02 --to handed-on.zip \\\n      --url http://127.0.0.1:8000",
    ),
    "verify log": (
        "verify log my-log",
        "verify log --url http://127.0.0.1:8000",
        "verify log --url https://intel.example --policy trusted.policy",
    ),
    "verify estimates": (
        "verify estimates my-log",
        "verify estimates --url http://127.0.0.1:8000",
    ),
    "verify time": ("verify time my-log --certificates authority.pem",),
    "verify receipt": (
        "verify receipt event-12.tlog-proof --policy trusted.policy",
        "verify receipt proof.json --body event.json",
    ),
    "verify estimate": (
        "verify estimate killed.json",
        "verify estimate killed.json --policy trusted.policy --json",
    ),
    "verify bundle": ("verify bundle nis-2025-09-02.zip --policy trusted.policy",),
    "verify consistency": (
        "verify consistency monday.note --url http://127.0.0.1:8000",
        "verify consistency monday.note friday.note \\\n      --url http://127.0.0.1:8000",
    ),
    "webhook create": (
        "webhook create desk https://hooks.example/intellog \\\n"
        "      --topic north-korea --kind estimate.changed --url http://127.0.0.1:8000",
    ),
    "webhook list": ("webhook list --url http://127.0.0.1:8000",),
    "webhook delete": ("webhook delete desk --url http://127.0.0.1:8000",),
    "webhook deliveries": ("webhook deliveries desk --url http://127.0.0.1:8000",),
    "webhook redeliver": ("webhook redeliver desk --after 200 --url http://127.0.0.1:8000",),
}
"""By the words of the verb; each example as it is typed after `intellog`."""


def epilog(verb: str) -> str | None:
    """What the help of a verb ends with: its examples, one a line, which are not wrapped."""
    examples = EXAMPLES.get(verb)
    if examples is None:
        return None
    title = "Example" if len(examples) == 1 else "Examples"
    return "\n".join(("\b", f"{title}:", *(f"  intellog {each}" for each in examples)))
