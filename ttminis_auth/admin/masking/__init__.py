"""allauth's pages of tokens and apps, without their secrets."""
