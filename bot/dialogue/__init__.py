"""How a talk goes on, inside the Rasa server: the policy that puts danger first, and the wording."""
