"""Telling people and programs outside of what happens to calls: webhooks, mail, Slack and Teams."""
