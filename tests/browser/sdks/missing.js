// (f) defines nothing, as outside TikTok.
