"""Writes the synthetic African water sample: three aggregates, Fahrenheit beside Celsius, columns called TWh, uneven coverage."""

from pathlib import Path

import numpy as np

COUNTRIES = {
    "Kenya": "Savana",
    "Ghana": "Desert",
    "Algeria": "Mediterranean",
    "Ethiopia": "Steppe",
    "Gabon": "Rainforest",
    "Chad": "Savana",
}
INTENSITIES = "wetbulb_temperature,WUE_FixedApproachDirect(L/KWh),WUE_FixedColdWaterDirect(L/KWh),WUE_Indirect(L/KWh),Leakages (%)"


HOURLY = INTENSITIES.split(",", 1)[1]
WEATHER = "temperature,humidity,precipitation,wind_speed"
# Named as in the release; neither the name nor the sum of the parts is to be believed.
ENERGY = "Total energy - TWh,Total renewables - TWh,Total fossil fuels - TWh"
FUELS = ("Coal", "Gas", "Oil", "Nuclear", "Solar", "Hydro", "Wind", "Biofuels")
MIX = ",".join(
    [*(f"{fuel} consumption - TWh" for fuel in FUELS), "Other renewables (including geothermal and biomass) - TWh", "Other - TWh"]
)


def _weather(wet_bulb_f: float) -> str:
    # The dry bulb stands a few degrees above the wet one, and in Celsius.
    return f"{(wet_bulb_f - 32) * 5 / 9 + 6:.6f},60.0,0.05,10.0"


def _energy(indirect: float) -> str:
    total, share = 8760.0 * 12, min(indirect / 5.3374, 1.0)
    return f"{total:.3f},{total * share:.3f},{total * (1 - share) * 1.1:.3f}"


def _mix(indirect: float) -> str:
    # Two fuels whose published litres per kWh (gas 1.41, hydro 5.337428, wind 0.001) average to the indirect water.
    rich, litres = ("Hydro", 5.337428) if indirect > 1.41 else ("Wind", 0.001)
    share = (indirect - 1.41) / (litres - 1.41)
    cells = {"Gas": 1 - share, rich: share}
    return ",".join([*(f"{8760.0 * 12 * cells.get(fuel, 0.0):.6f}" for fuel in FUELS), "0.000000", "0.000000"])


def _row(wet_bulb_f: float, indirect: float, leakage: float) -> str:
    # The two published cooling-tower polynomials, in degrees Fahrenheit.
    approach = max(0.0, -0.0001896 * wet_bulb_f**2 + 0.03095 * wet_bulb_f + 0.4442)
    cold = max(0.0, 0.0005112 * wet_bulb_f**2 - 0.04982 * wet_bulb_f + 2.387)
    return f"{wet_bulb_f:.6f},{approach:.9f},{cold:.9f},{indirect:.6f},{leakage}"


def _write_hours(folder: Path, rng: np.random.Generator) -> None:
    # The row number begins again with every city; a name carries an accent.
    lines = [f",timestamp,city,temperature,precipitation,wind_speed,humidity,country,wetbulb_temperature,climate_region,{ENERGY},{HOURLY}"]
    for city, country, warmth in (("Yaoundé", "Cameroon", 66.0), ("Nairobi", "Kenya", 59.0), ("Algiers", "Algeria", 44.0)):
        for hour in range(24):
            wet = warmth + 5 * np.sin((hour - 9) / 24 * 2 * np.pi) + rng.normal(0, 0.3)
            own = f"{(wet - 32) * 5 / 9 + 4:.2f},0.0,9.5,70,{country},{wet:.6f},{COUNTRIES.get(country, 'Desert')}"
            figures = _row(wet, 3.2, 0.3972).split(",", 1)[1]
            lines.append(f"{hour},2022-08-20 {hour:02d}:00:00,{city},{own},{_energy(3.2)},{figures}")
    (folder / "Africa_countries_WUE_sample.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_v3(folder: Path) -> None:
    lines = ["Country,Cities,WB (degC),WUE"]
    for country, celsius in (("Nigeria", 20.6116), ("Ethiopia", 13.0333), ("Republic of the Congo", 23.1), ("Rwanda", 17.2)):
        wet = celsius * 9 / 5 + 32
        lines.append(f"{country},3,{celsius},{0.0005112 * wet**2 - 0.04982 * wet + 2.387:.6f}")
    (folder / "Country_Summary.csv").write_text("\n".join(lines) + "\n")


def write(folder: Path) -> None:
    """Writes the raw-shaped files into a folder."""
    rng = np.random.default_rng(20240804)
    months = [f"country,year,month,{WEATHER},{INTENSITIES},{ENERGY},{MIX},climate_region"]
    years = [f"country,year,{WEATHER},{INTENSITIES},{ENERGY},{MIX},climate_region"]
    for number, (country, region) in enumerate(COUNTRIES.items()):
        warmth, indirect = rng.uniform(55, 72), rng.uniform(0.5, 5.3)
        leakage = 0.3972 if number % 2 else round(float(rng.uniform(0.17, 0.55)), 4)
        # Some countries are covered for 25 months, most for 13.
        for month in range(25 if number == 0 else 13):
            wet = warmth + 6 * np.sin(month / 12 * 2 * np.pi) + rng.normal(0, 0.5)
            when = f"{2022 + (7 + month) // 12},{(7 + month) % 12 + 1}"
            figures = f"{_row(wet, indirect, leakage)},{_energy(indirect)},{_mix(indirect)}"
            months.append(f"{country},{when},{_weather(wet)},{figures},{region}")
        for year in (2022, 2023):
            wet = warmth + rng.normal(0, 1)
            figures = f"{_row(wet, indirect, leakage)},{_energy(indirect)},{_mix(indirect)}"
            years.append(f"{country},{year},{_weather(wet)},{figures},{region}")
    climates = ["climate_region," + INTENSITIES.split(",", 1)[1]]
    for region in sorted(set(COUNTRIES.values())):
        climates.append(f"{region}," + _row(rng.uniform(55, 72), rng.uniform(1.5, 4), 0.3972).split(",", 1)[1])
    _write_hours(folder, rng)
    _write_v3(folder)
    for name, lines in (
        ("country_month_cleaned", months),
        ("country_year_cleaned", years),
        ("climate_summary", climates),
    ):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
