"""From YAML files to a `Site`; every finding has its file, line and column. The only importer of ruamel.yaml."""
