"""Who says so in public: credentials, keys, status, log, and the verifier anyone can run."""
