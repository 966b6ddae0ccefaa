"""A small TikTok that runs inside your own project, over real HTTP.

Add ``ttminis_auth.simulator`` to ``INSTALLED_APPS``, include ``simulator.urls``
anywhere, and point the API base URL and the SDK URL at that place. It keeps all it
knows in memory, in one :data:`~ttminis_auth.simulator.world.world` per process, and
answers only where ``TTMINIS_SIMULATOR_OPEN = True``, which production never says.

``TTMINIS_SIMULATOR_WEBHOOK_URL`` (a whole address, http or https, or None) is where the
three apps of the beginning get webhooks, such as of a removed authorization. It may
be changed on the control page, and with ``world.set_webhook_url``.

It shares no code with the package that it judges: a wrong reading of TikTok's
documentation here must not be able to cancel out the same wrong reading there.

Read in this order: ``people``, ``rules`` and ``rights`` (what TikTok goes by),
``answers`` and ``faults`` (what it says), ``webhooks`` (what it says unasked),
``registry``, ``vault``, ``messenger`` and ``world`` (what it knows, behind one lock),
``endpoint`` (from HTTP and back), then ``forms`` and ``views``.
"""
