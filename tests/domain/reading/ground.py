"""What the log knows in the tests of reading: invented indicators, sources and claims."""

from datetime import date

from domain.reading.known import Known, KnownClaim, KnownIndicator, KnownSource

INDICATORS = (
    KnownIndicator(
        "coast-troops-planned",
        "Northern troops planned for the coast",
        ("northern troops", "reinforcements"),
        "persons",
        "stock",
        plans_for="coast-troops-sent",
    ),
    KnownIndicator(
        "coast-troops-sent",
        "Northern troops sent to the coast",
        ("northern troops", "northern soldiers"),
        "persons",
        "cumulative",
    ),
    KnownIndicator("flood-dead", "People killed by the floods", ("dead",), "persons", "cumulative"),
    KnownIndicator("flood-displaced", "People displaced by the floods", (), "persons", "stock"),
    KnownIndicator("cholera-cases", "Cholera cases", ("infections",), "cases", "cumulative"),
    KnownIndicator("cholera-deaths", "Deaths from cholera", (), "persons", "cumulative"),
    KnownIndicator("bed-occupancy", "Hospital beds occupied", (), "percent", "stock"),
    KnownIndicator("grain-shipped", "Grain shipped", (), "tonnes", "increment"),
    KnownIndicator("bridge-open", "The Lindau bridge is open", ("bridge reopened",), "", "proposition"),
)
SOURCES = (
    KnownSource("health-ministry", "Ministry of Health", ("Health Ministry", "MoH")),
    KnownSource("coast-guard", "Coastal Guard Service (CGS)", ()),
    KnownSource("relief-agency", "Northern Relief Agency", ("NRA", "the relief agency")),
    KnownSource("defence-ministry", "Ministry of Defence", ("Defence Ministry",)),
    KnownSource("ada-ferris", "Ada Ferris", (), "health-ministry", person=True),
    KnownSource("jon-vale", "Jon Vale", (), None, person=True),
)
CLAIMS = (
    KnownClaim("cgs-2025-06-10/1", "coast-troops-planned", "coast-guard", date(2025, 6, 10), best=4000),
    KnownClaim("nra-2025-05-01/1", "flood-displaced", "relief-agency", date(2025, 5, 1), best=12000),
)
KNOWN = Known(INDICATORS, SOURCES, lambda name: [each for each in CLAIMS if each.indicator == name])
