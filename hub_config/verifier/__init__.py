"""The public verify page: anyone checks a certificate, without an account, a script or the hub."""
