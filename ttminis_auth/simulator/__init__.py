"""A small TikTok that runs inside your own project, over real HTTP.

Add ``ttminis_auth.simulator`` to ``INSTALLED_APPS``, include ``simulator.urls``
anywhere, and point the API base URL and the SDK URL at that place. It keeps all it
knows in memory, in one :data:`~ttminis_auth.simulator.world.world` per process, and
answers only while ``DEBUG`` is on or a test is running.

It shares no code with the package that it judges: a wrong reading of TikTok's
documentation here must not be able to cancel out the same wrong reading there.

Read in this order: ``people`` and ``vault`` (what TikTok knows), ``answers`` and
``faults`` (what it says), ``world`` (all of it behind one lock), ``endpoint`` (from
HTTP and back), then ``views``.
"""
