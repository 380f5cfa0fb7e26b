"""The post's claims, one by one: each examined in the package's own worlds, or from results that ship."""
