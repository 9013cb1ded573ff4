"""How well it was learnt: intake, the examiner and its sandbox, transcripts, gradebook and gate."""
