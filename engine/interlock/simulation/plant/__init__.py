"""The plant: the simulated building behind simulated devices; physics only, it knows no points and no site.

::

    Weather ── at(instant) ─▶ Outdoors              synthetic_weather, weather_file
    Building(zones, weather, …).advance(to)         building
      Zone(name, room, …)                           zone, room, balance
        units: AirConditioner, Emitter, Stage, …    units, air_conditioner, emitter, thermostat
        Blind, Occupants, WindowHabit               blind, occupants
      figures() ─▶ Figures                          figures
"""
