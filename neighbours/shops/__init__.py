"""The tenants of a site with django-tenants: shops, each with a schema of its own."""
