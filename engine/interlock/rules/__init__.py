"""Rules as values, their triggers, and the evaluator that decides. The only importer of APScheduler's triggers."""
