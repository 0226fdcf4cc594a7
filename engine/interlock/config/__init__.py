"""From YAML files to a `Site`; every finding has its place. The only importer of ruamel.yaml."""
