"""Commands on their way to devices: gate, journal, wire, receipt."""
