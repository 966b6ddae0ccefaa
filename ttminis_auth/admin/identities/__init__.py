"""The people whom TikTok let in, and what can be done about them."""
