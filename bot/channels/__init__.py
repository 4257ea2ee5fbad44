"""How people reach the assistant: the guarded web channel that a website's chat window talks with."""
