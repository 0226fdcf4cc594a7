"""What people do by hand, with or without a service that runs: reading, commanding, claiming, surveying."""
