"""Prefect flows, one per deployment. They hold no logic: each task calls one plain function of ``pipelines.steps``."""
