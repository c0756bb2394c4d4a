"""SQLite: accounts, sites, requests, sealed shares and the log. SQL lives only here."""
