"""Pårørendevejviser: a Danish assistant for relatives, built on Rasa Open Source."""
