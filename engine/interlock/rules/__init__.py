"""Rules as values, their triggers, and the evaluator that decides."""
